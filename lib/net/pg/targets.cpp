#include "net/pg/targets.h"

#include <libpq-fe.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/handle.h"
#include "base/text.h"

namespace tegu::net::pg {

using OptionsPtr = base::Handle<PQconninfoOption, PQconninfoFree>;
using Options = std::map<std::string, std::string, std::less<>>;

const std::string* Target::option(std::string_view keyword) const {
  for (const auto& [name, value] : options) {
    if (name == keyword) return &value;
  }
  return nullptr;
}

static Options parse_options(const std::string& conninfo) {
  char* problem = nullptr;
  OptionsPtr parsed(PQconninfoParse(conninfo.c_str(), &problem));
  if (!parsed) {
    // libpq's text may quote a part of the string, and that may be the password.
    PQfreemem(problem);
    throw base::UsageError(
        "database: wants a connection string such as "
        "\"host=/run/postgresql dbname=tegu user=tegu_queue\"");
  }
  Options options;
  for (const PQconninfoOption* option = parsed.get(); option->keyword; option++) {
    if (option->val) options[option->keyword] = option->val;
  }
  return options;
}

static std::vector<std::string> take_list(Options& options, std::string_view keyword) {
  auto found = options.find(keyword);
  if (found == options.end()) return {};
  std::vector<std::string> values;
  for (std::string_view value : base::split(found->second, ',')) values.emplace_back(value);
  options.erase(found);
  return values;
}

std::vector<Target> parse_targets(const std::string& conninfo,
                                  const std::string& application_name) {
  Options options = parse_options(conninfo);
  auto hosts = take_list(options, "host");
  auto addresses = take_list(options, "hostaddr");
  auto ports = take_list(options, "port");
  size_t count = std::max({hosts.size(), addresses.size(), size_t{1}});
  if (!hosts.empty() && !addresses.empty() && hosts.size() != addresses.size()) {
    throw base::UsageError("database: host and hostaddr name different numbers of servers");
  }
  if (ports.size() > 1 && ports.size() != count) {
    throw base::UsageError("database: port wants one value or as many as there are hosts");
  }
  static const std::pair<const char*, const char*> standards[] = {
      {"target_session_attrs", "read-write"},
      {"gssencmode", "disable"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "25000"},
  };
  for (auto [keyword, value] : standards) options.try_emplace(keyword, value);
  options.try_emplace("application_name", application_name);
  options["client_encoding"] = "UTF8";

  std::vector<Target> targets(count);
  for (size_t i = 0; i < count; i++) {
    Target& target = targets[i];
    target.options.assign(options.begin(), options.end());
    std::string port = ports.empty() ? "" : ports[ports.size() == 1 ? 0 : i];
    if (!hosts.empty()) target.options.emplace_back("host", hosts[i]);
    if (!addresses.empty()) target.options.emplace_back("hostaddr", addresses[i]);
    if (!port.empty()) target.options.emplace_back("port", port);
    std::string where = !hosts.empty() && !hosts[i].empty() ? hosts[i]
                        : addresses.empty()                 ? ""
                                                            : addresses[i];
    target.name = (where.empty() ? "local" : where) + ":" + (port.empty() ? "5432" : port);
  }
  return targets;
}

}  // namespace tegu::net::pg
