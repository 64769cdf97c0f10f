// Connection strings of --database.
#include "conninfo.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "state.h"

using namespace tegu;
using namespace tegu::ctl;

TEST_CASE("ctl conninfo: the owner's password", "[ctl]") {
  struct Case {
    const char *conninfo, *password, *rest;
  };
  for (const auto& [conninfo, password, rest] : {
           Case{"host=a password=x dbname=t", "x", "host=a  dbname=t"},
           {"password=x", "x", ""},
           {"password='a b' host=c", "a b", " host=c"},
           {"host=c password='it\\'s'", "it's", "host=c "},
           {"password=one password=two", "two", " "},
           {"password=x sslpassword=y", "x", " sslpassword=y"},
       }) {
    CHECK(password_of(conninfo) == password);
    CHECK(without_password(conninfo) == rest);
  }
  CHECK(password_of("host=a").empty());
  CHECK(password_of("host=a sslpassword=y").empty());
  CHECK_THROWS_AS(password_of("passfile=/no/such/file"), base::UsageError);
  CHECK_THROWS_AS(password_of("postgresql://u:p@h/d"), base::UsageError);
}

TEST_CASE("ctl conninfo: the password of a passfile, and the daemons' strings", "[ctl]") {
  std::string file = "/tmp/tegu-conninfo-test.pgpass";
  write_file(file, "*:*:*:tegu_owner:secret\n", 0600);
  CHECK(password_of("host=a passfile='" + file + "'") == "secret");
  CHECK(password_of("passfile=" + file + " host=a") == "secret");
  std::remove(file.c_str());
  CHECK(conninfo_of_role("host=a user=tegu_owner", "", "tegu_queue") ==
        "host=a user=tegu_owner user=tegu_queue");
  CHECK(with_owner("host=a") == "host=a user=tegu_owner");
  CHECK(with_owner("user=other host=a") == "user=other host=a");
  CHECK(conninfo_of_role("host=a", "secret", "tegu_queue") ==
        "host=a user=tegu_queue password=" + role_password("secret", "tegu_queue") +
            " passfile=/dev/null");
}
