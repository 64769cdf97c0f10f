// What the operations share.
#include "service.h"

#include <nlohmann/json.hpp>

#include "model/directory/name.h"

namespace tegu::router {

using net::peer::Refused;
using wire::peer::Failure;

Service::Service(daemon::Runtime& runtime)
    : runtime_(runtime),
      follower_(runtime.loop, runtime.database, cache_),
      logins_(runtime.database, runtime.workers, follower_, cache_),
      reader_(runtime.database) {}

void Service::offer(net::peer::Server& server) {
  server.on("rcpt", [this](net::peer::Request& request) { return rcpt(request); });
  server.on("login", [this](net::peer::Request& request) { return login(request); });
  server.on("sender", [this](net::peer::Request& request) { return sender(request); });
}

Rules Service::rules() const {
  const base::Settings& settings = runtime_.settings();
  return {settings.text("router.recipient_delimiter"), settings.text("router.smart_host"),
          settings.text("router.postmaster")};
}

void Service::need_directory() const {
  if (!follower_.ready()) throw Refused(Failure::temporary, "the directory is not loaded yet");
}

base::Counter& Service::counted(std::string_view op, std::string_view result) {
  std::string key = std::string(op) + " " + std::string(result);
  auto found = counters_.find(key);
  if (found == counters_.end()) {
    base::Counter counter = runtime_.metrics.counter(
        "tegu_router_requests_total", "Questions to the router by operation and answer",
        {{"op", std::string(op)}, {"result", std::string(result)}});
    found = counters_.emplace(key, counter).first;
  }
  return found->second;
}

io::Task<bool> Service::is_active(AccountId id) {
  const auto* account = follower_.directory().account(id);
  if (!account) {
    co_await follower_.look_again(id);
    account = follower_.directory().account(id);
  }
  co_return account && account->state == AccountState::active;
}

io::Task<Resolved> Service::resolve_now(const wire::smtp::Address& address, const Rules& rules,
                                        bool foreign_is_fine) {
  Resolved resolved = resolve(follower_.directory(), rules, address);
  bool fine = resolved.place == Place::ours ||
              (resolved.place == Place::foreign && (foreign_is_fine || resolved.open_relay));
  if (fine || address.domain.empty()) co_return resolved;
  std::string local = model::directory::fold_local(address.local);
  std::string user(wire::smtp::split_subaddress(local, rules.delimiters).user);
  std::vector<std::string> locals = {local, user};
  co_await follower_.look_again(address.domain, std::move(locals));
  co_return resolve(follower_.directory(), rules, address);
}

}  // namespace tegu::router
