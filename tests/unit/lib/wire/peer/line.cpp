// Lines, greetings, requests and answers, as a hostile peer would send them.
#include "wire/peer/line.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "wire/peer/fields.h"

using namespace tegu::wire::peer;

TEST_CASE("peer line: only bounded objects are read", "[peer]") {
  auto nested = [](int depth) {
    return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(parse_line(R"({"id":1,"op":"status"})"));
  CHECK(parse_line(nested(max_depth)));
  CHECK(parse_line(R"({"a":"[[[[[[[[[[[[[[[[[[[[\"[[[[["})"));
  struct Case {
    std::string line, want;
  };
  for (const auto& [line, want] : {Case{"", "not JSON"},
                                   {"{", "not JSON"},
                                   {"[1]", "not a JSON object"},
                                   {"1", "not a JSON object"},
                                   {"{\"a\":\"\xff\"}", "not JSON"},
                                   {"{\"a\":1}{", "not JSON"},
                                   {nested(max_depth + 1), "nested deeper than 16"},
                                   {std::string(1 << 19, '['), "nested deeper than 16"},
                                   {std::string(max_line + 1, ' '), "line is longer than 1 MiB"}}) {
    auto parsed = parse_line(line);
    REQUIRE(!parsed);
    CHECK(parsed.error() == want);
  }
}

TEST_CASE("peer line: every cut of a request is refused", "[peer]") {
  std::string whole = R"({"id":12,"op":"rcpt","address":"\u0061@b.org","list":[1,{"x":true}]})";
  REQUIRE(parse_line(whole));
  for (size_t cut = 0; cut < whole.size(); cut++) CHECK(!parse_line(whole.substr(0, cut)));
}

TEST_CASE("peer line: greetings must match", "[peer]") {
  CHECK(format_greeting("tegu-router", 1) == R"({"protocol":"tegu-router","version":1})");
  CHECK(!refuse_greeting(format_greeting("tegu-router", 1), "tegu-router", 1));
  CHECK(refuse_greeting(format_greeting("tegu-router", 2), "tegu-router", 1) ==
        "peer speaks tegu-router 2, wanted tegu-router 1");
  CHECK(refuse_greeting(format_greeting("tegu-\nqueue", 1), "tegu-router", 1) ==
        "peer speaks tegu-\\x0aqueue 1, wanted tegu-router 1");
  CHECK(refuse_greeting("220 hello", "tegu-router", 1) == "greeting: not JSON");
  CHECK(refuse_greeting("{}", "tegu-router", 1) == "greeting: protocol: missing");
}

TEST_CASE("peer line: calls have an id and an operation", "[peer]") {
  auto call = decode_call(Json::parse(R"({"id":7,"op":"login"})"));
  REQUIRE(call);
  CHECK(call->id == 7);
  CHECK(call->op == "login");
  for (const char* bad :
       {R"({"op":"x"})", R"({"id":1})", R"({"id":-1,"op":"x"})", R"({"id":"1","op":"x"})",
        R"({"id":1.5,"op":"x"})", R"({"id":18446744073709551615,"op":"x"})", R"({"id":1,"op":2})",
        R"({"id":1,"op":""})"}) {
    INFO(bad);
    CHECK(!decode_call(Json::parse(bad)));
  }
}

TEST_CASE("peer line: answers come back as they were given", "[peer]") {
  auto good = decode_outcome(success(3, {{"status", "local"}}));
  REQUIRE(good);
  CHECK(good->id == 3);
  CHECK(!good->failure);
  CHECK(decode_outcome(success(4, Json()))->id == 4);

  for (auto failure : {Failure::temporary, Failure::refused, Failure::bad_request}) {
    auto bad = decode_outcome(failed(5, failure, "why\xff"));
    REQUIRE(bad);
    CHECK(bad->failure == failure);
    CHECK(bad->text == "why\xff");
  }
  CHECK(!decode_outcome(Json::parse(R"({"id":1,"ok":false,"error":"maybe"})")));
  CHECK(!decode_outcome(Json::parse(R"({"ok":true})")));
}

TEST_CASE("peer fields: octets that are not UTF-8 survive", "[peer]") {
  for (std::string text : {std::string("plain"), std::string("\xff\x00\x01", 3), std::string()}) {
    Json object = {{"x", octets(text)}};
    Json again = *parse_line(format_line(object));
    Fields fields(again);
    CHECK(fields.text("x") == text);
    CHECK(fields.ok());
  }
}

TEST_CASE("peer fields: the first mistake is told", "[peer]") {
  Json object = Json::parse(R"({"n":5,"s":"abc","l":[1,2],"b":"yes","o":{"base64":"?"}})");
  struct Case {
    std::function<void(Fields&)> read;
    const char* want;
  };
  for (const auto& [read, want] : {
           Case{[](Fields& f) { f.number("n", 0, 4); }, "n: wants 0 to 4"},
           {[](Fields& f) { f.number("s", 0, 4); }, "s: wants an integer"},
           {[](Fields& f) { f.text("s", 2); }, "s: longer than 2 octets"},
           {[](Fields& f) { f.text("n"); }, "n: wants a string"},
           {[](Fields& f) { f.text("o"); }, "o: wants a string"},
           {[](Fields& f) { f.list("l", 1); }, "l: more than 1 entries"},
           {[](Fields& f) { f.list("s", 1); }, "s: wants a list"},
           {[](Fields& f) { f.object("l"); }, "l: wants an object"},
           {[](Fields& f) { f.flag("b"); }, "b: wants true or false"},
           {[](Fields& f) { f.text("none"), f.number("s", 0, 1); }, "none: missing"},
       }) {
    Fields fields(object);
    read(fields);
    CHECK(fields.error() == want);
  }
}
