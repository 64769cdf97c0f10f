#include "conninfo.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "state.h"

namespace tegu::ctl {

constexpr auto none = std::string::npos;

// Where "key=" begins as a keyword of its own; the last one counts.
static size_t find_keyword(std::string_view conninfo, std::string_view key) {
  for (size_t at = conninfo.rfind(key); at != none && at > 0; at = conninfo.rfind(key, at - 1)) {
    if (conninfo[at - 1] == ' ') return at;
  }
  return conninfo.starts_with(key) ? 0 : none;
}

// The end of the value that begins at `at`: a blank, or behind the closing quote.
static size_t value_end(std::string_view conninfo, size_t at) {
  bool quoted = at < conninfo.size() && conninfo[at] == '\'';
  for (size_t i = quoted ? at + 1 : at; i < conninfo.size(); i++) {
    if (conninfo[i] == '\\') {
      i++;
    } else if (quoted && conninfo[i] == '\'') {
      return i + 1;
    } else if (!quoted && conninfo[i] == ' ') {
      return i;
    }
  }
  return conninfo.size();
}

static std::string value_of(std::string_view conninfo, std::string_view key) {
  size_t at = find_keyword(conninfo, key);
  if (at == none) return {};
  at += key.size();
  std::string_view raw = conninfo.substr(at, value_end(conninfo, at) - at);
  if (raw.size() >= 2 && raw.starts_with('\'')) raw = raw.substr(1, raw.size() - 2);
  std::string value;
  for (size_t i = 0; i < raw.size(); i++) {
    if (raw[i] == '\\' && i + 1 < raw.size()) i++;
    value += raw[i];
  }
  return value;
}

std::string password_of(const std::string& conninfo) {
  if (conninfo.starts_with("postgres:") || conninfo.starts_with("postgresql:")) {
    throw base::UsageError(
        "--database: write keywords such as \"host=db1 dbname=tegu user=tegu_owner "
        "passfile=/root/owner.pgpass\", not a URI");
  }
  if (auto password = value_of(conninfo, "password="); !password.empty()) return password;
  auto file = value_of(conninfo, "passfile=");
  if (file.empty()) return {};
  auto text = read_file(file);
  if (!text) throw base::UsageError("--database: cannot read passfile=" + file);
  auto line = base::trim(*text);
  return std::string(line.substr(line.rfind(':') + 1));
}

std::string without_password(std::string conninfo) {
  constexpr std::string_view key = "password=";
  for (size_t at; (at = find_keyword(conninfo, key)) != none;) {
    conninfo.erase(at, value_end(conninfo, at + key.size()) - at);
  }
  return conninfo;
}

std::string with_owner(std::string conninfo) {
  if (find_keyword(conninfo, "user=") == none) conninfo += " user=tegu_owner";
  return conninfo;
}

std::string conninfo_of_role(const std::string& owner, const std::string& owner_password,
                             const std::string& role) {
  // libpq: the last of equal keywords counts.
  if (owner_password.empty()) return fmt::format("{} user={}", owner, role);
  return fmt::format("{} user={} password={} passfile=/dev/null", owner, role,
                     role_password(owner_password, role));
}

}  // namespace tegu::ctl
