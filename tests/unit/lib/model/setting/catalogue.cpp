#include "model/setting/catalogue.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/text.h"
#include "base/unicode.h"

using namespace tegu;
using model::setting::catalogue;
using model::setting::normalise;

TEST_CASE("setting catalogue: every declaration is whole", "[setting]") {
  base::Settings defaults(catalogue());  // a default that does not parse aborts
  std::string_view before;
  for (const base::Setting& setting : catalogue()) {
    INFO(setting.key);
    CHECK(before < setting.key);
    before = setting.key;
    CHECK(setting.key.find('.') != std::string_view::npos);
    CHECK(setting.english.size() > 10);
    CHECK(setting.english.ends_with('.'));
    CHECK(base::is_ascii(setting.english));
    CHECK(setting.russian.size() > 10);
    CHECK(setting.russian.ends_with('.'));
    CHECK(base::is_utf8(setting.russian));
    CHECK_FALSE(base::is_ascii(setting.russian));
    CHECK(setting.least <= setting.most);
    auto standard = normalise(setting.key, setting.standard);
    REQUIRE(standard.has_value());
    CHECK(*standard == setting.standard);
    auto section = setting.key.substr(0, setting.key.find('.'));
    CHECK(model::setting::section_title(section, false) != section);
    CHECK(model::setting::section_title(section, true) != section);
  }
}

TEST_CASE("setting catalogue: values are normalised or refused with what to write", "[setting]") {
  struct {
    const char *key, *in, *want;  // want starting with "!": part of the refusal
  } table[] = {
      {"smtp.message_size_limit", "104857600", "100M"},
      {"smtp.message_size_limit", "huge", "!wants a size such as 50M"},
      {"smtp.message_size_limit", "1", "!from 64K to 2G"},
      {"smtp.relay_networks", " 192.0.2.0/24 , 2001:db8::/32,", "192.0.2.0/24,2001:db8::/32"},
      {"smtp.relay_networks", "", ""},
      {"smtp.relay_networks", "192.0.2.0/33", "!wants networks"},
      {"smtp.relay_networks", "example.org", "!wants networks"},
      {"smtp.relay_networks", "2001:db8::/129", "!wants networks"},
      {"smtp.check_sender", "yes", "true"},
      {"smtp.hostname", "mail.example.org", "mail.example.org"},
      {"smtp.hostname", "a b", "!wants a host name"},
      {"queue.retry", "1s,2s", "1s,2s"},
      {"queue.retry", "soon", "!wants times"},
      {"queue.retry", "0s", "!wants times"},
      {"queue.retry", "", "!wants times"},
      {"queue.lifetime", "5d", "5d"},
      {"queue.lifetime", "1s", "!from"},
      {"auth.failure_delay", "0s", "0s"},
      {"dns.servers", "127.0.0.1,192.0.2.53@5353,::1", "127.0.0.1,192.0.2.53@5353,::1"},
      {"dns.servers", "127.0.0.1:53", "!wants addresses"},
      {"dns.servers", "127.0.0.1@0", "!wants addresses"},
      {"router.postmaster", "admin@example.org", "admin@example.org"},
      {"router.postmaster", "admin", "!wants an address"},
      {"router.recipient_delimiter", "+-", "+-"},
      {"router.recipient_delimiter", "", ""},
      {"router.recipient_delimiter", "@", "!wants some of"},
      {"router.smart_host", "smtp://relay.example.org:25", "smtp://relay.example.org:25"},
      {"router.smart_host", "relay.example.org", "!wants smtp://"},
      {"queue.source_addresses", "192.0.2.1/24", "!wants addresses"},
      {"queue.tls_verify", "example.org", "example.org"},
      {"no.such", "1", "!no such setting: no.such"},
      {"no.\x1bsuch", "1", "!no such setting: no.\\x1bsuch"},
  };
  for (const auto& row : table) {
    INFO(row.key << " = " << row.in);
    auto got = normalise(row.key, row.in);
    if (row.want[0] == '!') {
      REQUIRE_FALSE(got.has_value());
      CHECK(base::ifind(got.error(), row.want + 1) != std::string_view::npos);
    } else {
      REQUIRE(got.has_value());
      CHECK(*got == row.want);
    }
  }
}

// Every "section.name" in quotes in the code of libraries and programs, the catalogue left out.
static std::set<std::string> quoted_keys() {
  namespace fs = std::filesystem;
  fs::path root = fs::path(TEGU_TEST_DATA) / ".." / "..";
  std::set<std::string> keys;
  for (const char* folder : {"lib", "bin"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      std::string path = entry.path().string();
      if (!path.ends_with(".cpp") || path.contains("model/setting")) continue;
      std::ifstream file(path);
      std::string text(std::istreambuf_iterator<char>(file), {});
      for (size_t at = text.find('"'); at != text.npos; at = text.find('"', at + 1)) {
        size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.", at + 1);
        if (end != text.npos && text[end] == '"') keys.insert(text.substr(at + 1, end - at - 1));
      }
    }
  }
  return keys;
}

TEST_CASE("setting catalogue: every setting is read by somebody", "[setting]") {
  std::set<std::string> keys = quoted_keys();
  for (const base::Setting& setting : catalogue()) {
    INFO(setting.key);
    CHECK(keys.contains(std::string(setting.key)));
  }
}
