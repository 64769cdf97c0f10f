#include "near_words.h"

#include <catch2/catch.hpp>

using tegu::ctl::near_words;

TEST_CASE("ctl near words: slips of the finger", "[ctl]") {
  using Words = std::vector<std::string>;
  const Words known = {"up", "down", "status", "db", "domain", "account", "alias", "queue"};
  struct {
    std::string in;
    Words want;
  } table[] = {
      {"accuont", {"account"}},
      {"acount", {"account"}},
      {"stauts", {"status"}},
      {"a", {"account", "alias"}},
      {"do", {"domain", "down", "db"}},
      {"domains", {"domain"}},
      {"quue", {"queue"}},
      {"x", {}},
      {"", {}},
      {"mailbox", {}},
      {std::string(100'000, 'a'), {}},
  };
  for (const auto& row : table) {
    INFO(row.in);
    CHECK(near_words(row.in, known) == row.want);
  }
}
