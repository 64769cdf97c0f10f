#include "net/pg/params.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "net/pg/types.h"

using namespace tegu;
using net::pg::Params;

static std::string hex(const Params& params, size_t i) {
  return base::hex_encode(std::string_view(params.value(i), static_cast<size_t>(params.length(i))));
}

TEST_CASE("pg params: scalars are big-endian with their types", "[pg]") {
  Params params;
  params.add(int64_t{1})
      .add(int32_t{-2})
      .add(int16_t{258})
      .add(true)
      .text("a\xc3\xa9")
      .bytes(std::string_view("\0\xff", 2));
  struct {
    uint32_t type;
    const char* bytes;
  } want[] = {{20, "0000000000000001"}, {23, "fffffffe"}, {21, "0102"}, {16, "01"},
              {25, "61c3a9"},           {17, "00ff"}};
  REQUIRE(params.size() == std::size(want));
  for (size_t i = 0; i < params.size(); i++) {
    CHECK(params.type(i) == want[i].type);
    CHECK(hex(params, i) == want[i].bytes);
  }
}

TEST_CASE("pg params: NULL keeps its type and has no value", "[pg]") {
  Params params;
  params.add(std::optional<int64_t>()).text_or_null(std::nullopt).null();
  uint32_t types[] = {20, 25, 0};
  for (size_t i = 0; i < params.size(); i++) {
    CHECK(params.type(i) == types[i]);
    CHECK(params.value(i) == nullptr);
    CHECK(params.length(i) == 0);
  }
}

TEST_CASE("pg params: times count microseconds from 2000", "[pg]") {
  Params params;
  params.time(base::WallTime(std::chrono::seconds(946684800) + std::chrono::microseconds(5)));
  params.time(base::WallTime(std::chrono::seconds(946684799)));
  CHECK(hex(params, 0) == "0000000000000005");
  CHECK(hex(params, 1) == "fffffffffff0bdc0");
  CHECK(net::pg::type::to_time(-1000000) == base::WallTime(std::chrono::seconds(946684799)));
}

TEST_CASE("pg params: arrays", "[pg]") {
  Params params;
  params.int4s(std::vector<int32_t>{7, 8});
  params.texts(std::vector<std::string>{});
  params.texts_or_null(std::vector<std::optional<std::string>>{"x", std::nullopt});
  params.bools({true, false});
  CHECK(params.type(0) == 1007);
  CHECK(hex(params, 0) ==
        "00000001"
        "00000000"
        "00000017"
        "00000002"
        "00000001"
        "00000004"
        "00000007"
        "00000004"
        "00000008");
  CHECK(hex(params, 1) ==
        "00000000"
        "00000000"
        "00000019");
  CHECK(hex(params, 2) ==
        "00000001"
        "00000001"
        "00000019"
        "00000002"
        "00000001"
        "00000001"
        "78"
        "ffffffff");
  CHECK(hex(params, 3) ==
        "00000001"
        "00000000"
        "00000010"
        "00000002"
        "00000001"
        "00000001"
        "01"
        "00000001"
        "00");
}
