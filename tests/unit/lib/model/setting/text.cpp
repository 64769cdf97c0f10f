#include "model/setting/text.h"

#include <catch2/catch.hpp>

#include "model/setting/catalogue.h"

using namespace tegu::model::setting;

TEST_CASE("setting text: what is exported is imported", "[setting]") {
  Changes changes = {{"smtp.hostname", "mx.example.org"}, {"queue.retry", "1m,2m"}};
  for (bool all : {false, true}) {
    for (bool russian : {false, true}) {
      std::string text = format_text(changes, all, russian);
      auto back = parse_text(text);
      REQUIRE(back.has_value());
      CHECK(*back == changes);
    }
  }
  CHECK(format_text({}, false).empty());
}

TEST_CASE("setting text: the complete file names every setting and stays narrow", "[setting]") {
  std::string text = format_text({}, true);
  for (const auto& setting : catalogue()) {
    CHECK(text.find("\n#" + std::string(setting.key) + " = ") != std::string::npos);
  }
  size_t start = 0;
  while (start < text.size()) {
    size_t end = text.find('\n', start);
    CHECK(end - start <= 100);
    start = end + 1;
  }
}

TEST_CASE("setting text: mistakes are told with their lines", "[setting]") {
  auto bad = parse_text("# fine\n\nsmtp.hostname = a\nnonsense\nsmtp.hostname=b\nno.such = 1\n");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error() ==
        "line 4: wants \"key = value\"\nline 5: smtp.hostname was set before\n"
        "line 6: no such setting: no.such (tegu-ctl config list shows all)");
}

TEST_CASE("setting text: blanks, CR and values with = are read", "[setting]") {
  auto got = parse_text("  smtp.message_size_limit=1048576\r\nrouter.recipient_delimiter = =\r\n");
  REQUIRE(got.has_value());
  CHECK(*got == Changes{{"smtp.message_size_limit", "1M"}, {"router.recipient_delimiter", "="}});
}

TEST_CASE("setting text: diff shows what would change", "[setting]") {
  struct {
    Changes now, wanted;
    const char* want;
  } table[] = {
      {{}, {}, ""},
      {{{"smtp.hostname", "a"}}, {{"smtp.hostname", "a"}}, ""},
      {{{"smtp.hostname", "a"}}, {}, "-smtp.hostname = a\n+smtp.hostname = \n"},
      {{},
       {{"queue.lifetime", "4d"}, {"smtp.check_sender", "true"}},
       "-queue.lifetime = 5d\n+queue.lifetime = 4d\n"},
  };
  for (const auto& row : table) CHECK(diff(row.now, row.wanted) == row.want);
}
