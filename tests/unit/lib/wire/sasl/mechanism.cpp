// Tests the steps of PLAIN and LOGIN.
#include "wire/sasl/mechanism.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tegu::wire::sasl;
using namespace std::string_literals;

TEST_CASE("sasl: PLAIN reads its three parts", "[sasl]") {
  for (const std::string& in : {"\0jane\0secret"s, "boss\0jane\0secret"s}) {
    auto server = make_server("plain");
    REQUIRE(server);
    auto step = server->start(in);
    REQUIRE(std::holds_alternative<Credentials>(step));
    const auto& got = std::get<Credentials>(step);
    CHECK(got.authorization == (in.front() == '\0' ? "" : "boss"));
    CHECK(got.login == "jane");
    CHECK(got.secret == "secret");
  }
  auto server = make_server("PLAIN");
  auto step = server->start(std::nullopt);
  REQUIRE(std::holds_alternative<Challenge>(step));
  CHECK(std::get<Challenge>(step).text.empty());
  CHECK(std::holds_alternative<Credentials>(server->next("\0a\0b"s)));
}

TEST_CASE("sasl: malformed PLAIN is refused", "[sasl]") {
  const std::vector<std::string> rows = {
      ""s,
      "jane"s,
      "\0jane"s,
      "\0jane\0"s,
      "\0\0secret"s,
      "\0\0"s,
      "\0jane\0sec\0ret"s,
      "\0\xff\0secret"s,
      "\xff\0jane\0secret"s,
      "\0"s + std::string(256, 'j') + "\0secret"s,
      "\0jane\0"s + std::string(1025, 's'),
  };
  for (const std::string& in : rows) {
    INFO(in);
    CHECK(std::holds_alternative<Malformed>(make_server("PLAIN")->start(in)));
  }
  CHECK(std::holds_alternative<Credentials>(
      make_server("PLAIN")->start("\0"s + std::string(255, 'j') + "\0"s + std::string(1024, 's'))));
}

TEST_CASE("sasl: LOGIN asks for name and secret", "[sasl]") {
  auto server = make_server("LOGIN");
  CHECK(std::get<Challenge>(server->start(std::nullopt)).text == "Username:");
  CHECK(std::get<Challenge>(server->next("jane")).text == "Password:");
  auto step = server->next("secret");
  CHECK(std::get<Credentials>(step).login == "jane");
  CHECK(std::get<Credentials>(step).secret == "secret");

  server = make_server("LOGIN");
  CHECK(std::get<Challenge>(server->start("jane")).text == "Password:");
  CHECK(std::holds_alternative<Malformed>(server->next("")));
  // A bad name is refused after the password.
  for (const auto& name : {""s, "a\0b"s, "\xff"s, std::string(256, 'j')}) {
    server = make_server("LOGIN");
    CHECK(std::get<Challenge>(server->start(name)).text == "Password:");
    CHECK(std::holds_alternative<Malformed>(server->next("secret")));
    server = make_server("LOGIN");
    server->start(std::nullopt);
    CHECK(std::get<Challenge>(server->next(name)).text == "Password:");
    CHECK(std::holds_alternative<Malformed>(server->next("secret")));
  }
}

TEST_CASE("sasl: unknown mechanisms are not made", "[sasl]") {
  CHECK_FALSE(make_server("CRAM-MD5"));
  CHECK_FALSE(make_server(""));
  for (std::string_view name : server_mechanisms()) CHECK(make_server(name));
  CHECK_FALSE(make_client(std::vector<std::string>{"GSSAPI"}, Credentials("", "a", "b")));
  CHECK_FALSE(make_client(std::vector<std::string>{"LOGIN"}, Credentials("boss", "a", "b")));
}

TEST_CASE("sasl: client and server understand each other", "[sasl]") {
  for (const std::string& name : {"plain"s, "LOGIN"s}) {
    for (bool initial_allowed : {true, false}) {
      INFO(name << initial_allowed);
      auto client = make_client(std::vector<std::string>{"X", name}, Credentials("", "jane", "pw"));
      auto server = make_server(name);
      REQUIRE(client);
      auto first = client->start();
      auto step = server->start(initial_allowed ? first : std::nullopt);
      if (first && !initial_allowed) {
        REQUIRE(std::holds_alternative<Challenge>(step));
        step = server->next(*first);
      }
      while (std::holds_alternative<Challenge>(step)) {
        auto answer = client->next(std::get<Challenge>(step).text);
        REQUIRE(answer);
        step = server->next(*answer);
      }
      REQUIRE(std::holds_alternative<Credentials>(step));
      CHECK(std::get<Credentials>(step).login == "jane");
      CHECK(std::get<Credentials>(step).secret == "pw");
      CHECK_FALSE(client->next("more?"));
    }
  }
  CHECK(
      make_client(std::vector<std::string>{"LOGIN", "PLAIN"}, Credentials("", "a", "b"))->name() ==
      "PLAIN");
}
