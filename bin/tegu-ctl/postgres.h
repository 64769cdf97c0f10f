// The private PostgreSQL of a state folder: no TCP, passwords for everybody, checksums, durable.
#pragma once
#include <string>
#include <vector>

#include "program.h"
#include "state.h"
#include "users.h"

namespace tegu::ctl {

class PrivatePostgres {
 public:
  // Throws base::UsageError when no PostgreSQL 14 or newer is installed.
  explicit PrivatePostgres(const State& state);

  // initdb on the first start, and our part of the configuration on each. True when it was new.
  bool prepare();
  Program program(int output) const;
  bool answers() const;
  // The database "tegu", once the server answers.
  void create_database() const;

  // libpq strings without secrets (they name the passfiles).
  std::string admin_conninfo() const;  // superuser
  std::string owner_conninfo() const;  // tegu_owner
  std::string owner_password() const;

 private:
  std::string conninfo(const std::string& role, const std::string& passfile) const;

  const State& state_;
  User user_;
  std::string programs_;  // folder of initdb and postgres
  std::string folder_;    // of the socket
};

}  // namespace tegu::ctl
