#include "model/directory/password.h"

#include <catch2/catch.hpp>

using namespace tegu::model::directory;

TEST_CASE("directory password: hashes verify their own password only", "[directory]") {
  std::string hash = hash_password("correct horse", 1);
  CHECK(hash.starts_with("$y$"));
  CHECK(hash != hash_password("correct horse", 1));
  CHECK(verify_password("correct horse", hash));
  CHECK_FALSE(verify_password("correct hors", hash));
  CHECK_FALSE(verify_password("", hash));
  CHECK_FALSE(verify_password(std::string("correct horse\0x", 15), hash));
  CHECK_FALSE(verify_password("correct horse", ""));
  CHECK_FALSE(verify_password("correct horse", "nonsense"));
  CHECK_FALSE(verify_password("correct horse", "*0"));
  CHECK_FALSE(verify_password("correct horse", dummy_hash(1)));
  CHECK(hash_password("x", 1).size() == dummy_hash(1).size());
}

TEST_CASE("directory password: what is no password gets no hash", "[directory]") {
  CHECK_THROWS(hash_password("", 1));
  CHECK_THROWS(hash_password(std::string(512, 'x'), 1));
  CHECK_THROWS(hash_password(std::string("a\0b", 3), 1));
  CHECK(verify_password(std::string(511, 'x'), hash_password(std::string(511, 'x'), 1)));
}

TEST_CASE("directory password: hashes of other systems verify", "[directory]") {
  // `openssl passwd -6 -salt saltsalt secret` and `-5`
  for (const char* hash : {"$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wi"
                           "OQSpT0Y77vwPZN.Pq.H91p5hVO1",
                           "$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA"}) {
    CHECK(verify_password("secret", hash));
    CHECK_FALSE(verify_password("Secret", hash));
  }
}
