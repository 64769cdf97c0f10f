// The servers that a connection string names. They are tried one by one, each with its own time:
// libpq's asynchronous connect knows no time limit, so one black hole would hide the others.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tegu::net::pg {

// One server: keywords and values for libpq (the password among them: never log them), and a name
// for the log.
struct Target {
  std::vector<std::pair<std::string, std::string>> options;
  std::string name;  // "db1:5432", "/run/postgresql:5432"

  const std::string* option(std::string_view keyword) const;
};

// "host=a,b port=5432 dbname=tegu" or "postgresql://..." with several hosts; at least one Target.
// What the string leaves open: target_session_attrs=read-write, client_encoding=UTF8, keep-alives
// that notice a dead server within half a minute, and `application_name`. Throws base::UsageError.
// Host names are looked up by the system and that blocks the loop: names that matter stand in
// /etc/hosts, or are written as addresses.
std::vector<Target> parse_targets(const std::string& conninfo, const std::string& application_name);

}  // namespace tegu::net::pg
