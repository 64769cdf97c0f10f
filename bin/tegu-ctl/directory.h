// Running one operation of model::directory::Admin from a command.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "context.h"
#include "model/directory/admin.h"

namespace tegu::ctl {

using model::directory::Admin;

// Gives what `operation` (Admin& -> Task) gives.
template <class Operation>
auto with_directory(const Context& context, Operation operation) {
  io::Loop loop;
  net::pg::Client client(loop, database_config(context.conf()));
  Admin admin(client);
  return loop.run_until_done(operation(admin));
}

// The row whose `member` is `wanted` as the directory writes it (nothing: it is no name at all).
// Throws base::UsageError "<words>: no such <what>".
Json pick_row(const Json& rows, const char* member, const std::optional<std::string>& wanted,
              const std::string& words, const char* what);

}  // namespace tegu::ctl
