// The state folder: locks, files, derived passwords.
#include "state.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"

using namespace tegu;
using namespace tegu::ctl;

namespace {

struct Folder {
  std::string path;
  Folder() {
    char text[] = "/tmp/tegu-state-XXXXXX";
    path = ::mkdtemp(text);
    ::chmod(path.c_str(), 0755);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

mode_t mode_of(const std::string& path) {
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("ctl state: one supervisor at a time", "[ctl]") {
  Folder folder;
  State state = State::make(folder.path + "/a/state");
  CHECK(state.folder() == folder.path + "/a/state");
  CHECK(state.supervisor() == 0);
  {
    auto first = state.lock();
    REQUIRE(first);
    CHECK(!state.lock());
    REQUIRE(::pwrite(first->get(), "4711\n", 5, 0) == 5);
    CHECK(state.supervisor() == 4711);
  }
  CHECK(state.supervisor() == 0);
  CHECK(state.lock());
}

TEST_CASE("ctl state: nodes differ by folder", "[ctl]") {
  Folder folder;
  State one = State::make(folder.path + "/one"), two = State::make(folder.path + "/two");
  CHECK(one.node() != two.node());
  CHECK(one.node() == State(folder.path + "/./one").node());
}

TEST_CASE("ctl state: sockets fit into their addresses", "[ctl]") {
  Folder folder;
  CHECK(State::make(folder.path + "/s").run_folder() == folder.path + "/s/run");
  State deep = State::make(folder.path + "/" + std::string(90, 'd'));
  CHECK(deep.run_folder().size() < 80);
}

TEST_CASE("ctl state: what others cannot reach moves to where they can", "[ctl]") {
  if (::geteuid() != 0) return;
  Folder folder;
  ::chmod(folder.path.c_str(), 0700);
  State state = State::make(folder.path + "/var");
  CHECK_THAT(state.folder(), Catch::StartsWith("/var/lib/tegu/var-"));
  CHECK(std::filesystem::is_symlink(folder.path + "/var"));
  CHECK(State::make(folder.path + "/var").folder() == state.folder());
  std::filesystem::remove_all(state.folder());
  // The link alone is left: the folder comes back.
  CHECK(State::make(folder.path + "/var").folder() == state.folder());
  std::filesystem::remove_all(state.folder());
}

TEST_CASE("ctl state: files are replaced whole, with their mode", "[ctl]") {
  Folder folder;
  std::string file = folder.path + "/f";
  CHECK(!read_file(file));
  write_file(file, "one", 0600);
  CHECK(mode_of(file) == 0600);
  write_file(file, std::string("two\0", 4), 0640);
  CHECK(read_file(file) == std::string("two\0", 4));
  CHECK(mode_of(file) == 0640);
  CHECK_THROWS_AS(write_file(folder.path + "/none/f", "", 0600), base::SystemError);
  CHECK_THROWS_AS(make_folder(file, 0755), base::UsageError);
  make_folder(folder.path + "/d", 01770);
  CHECK(mode_of(folder.path + "/d") == 01770);
}

TEST_CASE("ctl state: role passwords follow from the owner's", "[ctl]") {
  // printf 'tegu database role tegu_smtpd' | openssl dgst -sha256 -hmac owner
  CHECK(role_password("owner", "tegu_smtpd") ==
        "c1e13ca0f08c88d5cbf38f7446cfa8a6efcd25c3e094b3fdcb1b8bdb5c530c65");
  CHECK(role_password("owner", "tegu_queue") != role_password("owner", "tegu_smtpd"));
  CHECK(role_password("other", "tegu_smtpd") != role_password("owner", "tegu_smtpd"));
}
