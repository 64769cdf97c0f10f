#include "context.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "io/scope.h"

namespace tegu::ctl {

using namespace std::chrono_literals;

constexpr auto production_conf = "/etc/tegu/ctl.conf";

std::string Context::state() const {
  return state_option.empty() ? "./var" : state_option;
}

daemon::Conf Context::conf() const {
  std::string file = config_option;
  if (file.empty()) {
    file = state() + "/ctl.conf";
    bool in_state = ::access(file.c_str(), F_OK) == 0;
    if (!in_state && state_option.empty() && ::access(production_conf, F_OK) == 0) {
      file = production_conf;
    } else if (!in_state) {
      throw Failure(status_configuration,
                    fmt::format("no configuration in {}: start a server with `tegu-ctl up --state "
                                "{}`, or name one with --state or --config",
                                state(), state()));
    }
  }
  return daemon::read_conf(file);
}

net::pg::Config database_config(const daemon::Conf& conf) {
  net::pg::Config config;
  config.conninfo = conf.database;
  config.application_name = "tegu-ctl@" + conf.node;
  config.shared_connections = 1;
  config.exclusive_connections = 2;
  config.pool_wait = 10s;
  // Removing a large account, or a migration, may take its time.
  config.statement_timeout = 0s;
  config.stuck_after = 15min;
  return config;
}

Json ask(const daemon::Conf& conf, const std::string& socket, const std::string& protocol,
         Json request, int fd) {
  io::Loop loop;
  net::peer::Client client(
      loop,
      {.path = conf.run_dir + "/" + socket, .protocol = protocol, .version = 1, .patience = 1s});
  io::Scope scope(loop);
  scope.spawn(client.run());
  return loop.run_until_done(
      scope.enclose(client.call(std::move(request), {.fd = fd}, io::after(60s))));
}

static std::string cell(const Json& row, const char* member) {
  auto found = row.find(member);
  if (found == row.end() || found->is_null()) return "-";
  if (found->is_string()) {
    auto text = base::escape_controls(found->get_ref<const std::string&>());
    return text.empty() ? "-" : text;
  }
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  if (found->is_array()) {
    std::string text;
    for (const auto& item : *found) {
      if (!text.empty()) text += ", ";
      text += item.is_string() ? base::escape_controls(item.get_ref<const std::string&>())
                               : item.dump();
    }
    return text.empty() ? "-" : text;
  }
  return found->dump();
}

void print_rows(const Context& context, const Json& rows, const std::vector<Column>& columns) {
  if (context.json) {
    std::cout << rows.dump(2) << "\n";
    return;
  }
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : columns) lines[0].emplace_back(column.title);
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto& column : columns) line.push_back(cell(row, column.member));
  }
  std::vector<size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); i++) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); i++) {
      text += line[i];
      if (i + 1 < line.size()) text.append(widths[i] - line[i].size() + 2, ' ');
    }
    std::cout << text << "\n";
  }
}

void print_object(const Context& context, const Json& object, const std::vector<Column>& columns) {
  if (context.json) {
    std::cout << object.dump(2) << "\n";
    return;
  }
  size_t width = 0;
  for (const auto& column : columns) width = std::max(width, std::string_view(column.title).size());
  for (const auto& column : columns) {
    std::cout << fmt::format("{:<{}}  {}\n", column.title, width, cell(object, column.member));
  }
}

void print_done(const Context& context, const std::string& text, Json members) {
  if (!context.json) {
    std::cout << text << "\n";
    return;
  }
  members["done"] = true;
  std::cout << members.dump() << "\n";
}

std::string short_time(std::string_view rfc3339) {
  std::string text(rfc3339.substr(0, 19));
  if (text.size() > 10) text[10] = ' ';
  return text;
}

std::string read_secret(const std::string& prompt) {
  bool terminal = ::isatty(STDIN_FILENO);
  termios before{};
  if (terminal) {
    std::cerr << prompt << ": " << std::flush;
    ::tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::cerr << "\n";
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace tegu::ctl
