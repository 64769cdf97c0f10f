// Settings: every type parses, is checked against its range and survives a round trip.
#include "base/settings.h"

#include <catch2/catch.hpp>

#include "base/bytes.h"
#include "base/log.h"

using namespace tegu::base;

static constexpr Setting catalogue[] = {
    {"t.flag", SettingType::boolean, "false", 0, 0, "A flag.", "Флаг."},
    {"t.count", SettingType::integer, "5", 1, 10, "A count.", "Число."},
    {"t.size", SettingType::size, "50M", 1024, int64_t{1} << 40, "A size.", "Размер."},
    {"t.wait", SettingType::duration, "5m", 1, 3600, "A time.", "Время."},
    {"t.name", SettingType::text, "", 0, 0, "A text.", "Текст."},
    {"t.list", SettingType::list, "a, b", 0, 0, "A list.", "Список."},
};

TEST_CASE("base settings: defaults are there and typed", "[base]") {
  Settings settings(catalogue);
  CHECK_FALSE(settings.flag("t.flag"));
  CHECK(settings.number("t.count") == 5);
  CHECK(settings.number("t.size") == 50 << 20);
  CHECK(settings.duration("t.wait") == std::chrono::minutes(5));
  CHECK(settings.text("t.name").empty());
  CHECK(settings.list("t.list") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("base settings: bad values are kept out and told", "[base]") {
  Settings settings(catalogue);
  std::vector<std::string> problems;
  Settings changed = settings.with(
      {{"t.count", "11"}, {"t.size", "2K"}, {"t.wait", "2h"}, {"t.flag", "maybe"}, {"t.nope", "1"}},
      problems);
  CHECK(problems.size() == 4);
  CHECK(changed.number("t.count") == 5);
  CHECK(changed.number("t.size") == 2048);
  CHECK(settings.number("t.size") == 50 << 20);
  CHECK(parse_setting(catalogue[1], "11").error() == "t.count: wants a number from 1 to 10");
}

TEST_CASE("base settings: a copy is the same snapshot, a change is another", "[base]") {
  Settings settings(catalogue);
  Settings copy = settings;
  std::vector<std::string> problems;
  CHECK(copy.same_as(settings));
  CHECK_FALSE(settings.with({{"t.count", "6"}}, problems).same_as(settings));
  CHECK_FALSE(settings.with({}, problems).same_as(settings));
  CHECK_FALSE(Settings(catalogue).same_as(settings));
}

TEST_CASE("base settings: what is formatted parses to the same", "[base]") {
  Settings settings(catalogue);
  for (const Setting& setting : catalogue) {
    const auto& value = settings.value(setting.key);
    CHECK(parse_setting(setting, format_setting(setting, value)) == value);
  }
}

TEST_CASE("base log: fields are escaped in both formats", "[base]") {
  using namespace tegu::base;
  CHECK(log::format(log::Format::text, "x.y", {{"n", 5}, {"t", "a b"}, {"e", "q\"\n"}}) ==
        "x.y n=5 t=\"a b\" e=\"q\\\"\\x0a\"");
  CHECK(log::format(log::Format::json, "x", {{"n", 5}, {"t", "q\"\n"}}) ==
        R"("event":"x","n":5,"t":"q\"\n")");
}

TEST_CASE("base bytes: packed numbers survive, cut ones fail", "[base]") {
  std::string packed;
  ByteWriter writer(packed);
  uint64_t numbers[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
  int64_t signs[] = {0, -1, 1, INT64_MIN, INT64_MAX};
  for (auto n : numbers) writer.varint(n);
  for (auto n : signs) writer.svarint(n);
  writer.counted("abc");
  ByteReader reader(packed);
  for (auto n : numbers) CHECK(reader.varint() == n);
  for (auto n : signs) CHECK(reader.svarint() == n);
  CHECK(reader.counted() == "abc");
  CHECK((reader.ok() && reader.at_end()));
  for (size_t cut = 0; cut < packed.size(); cut++) {
    ByteReader shorter(std::string_view(packed).substr(0, cut));
    for (size_t i = 0; i < 7; i++) shorter.varint();
    for (size_t i = 0; i < 5; i++) shorter.svarint();
    shorter.counted();
    CHECK_FALSE(shorter.ok());
  }
  ByteReader overlong("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  overlong.varint();
  CHECK_FALSE(overlong.ok());
}
