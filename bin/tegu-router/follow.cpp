// Loading in pages, and single rows as they change.
#include "follow.h"

#include "base/log.h"

namespace tegu::router {

using model::directory::News;
namespace log = base::log;

static constexpr int32_t page_size = 2000;
static constexpr auto reload_interval = std::chrono::minutes(15);
static constexpr auto retry_pause = std::chrono::seconds(1);

io::Task<void> Follower::run() {
  io::Scope scope(loop_);
  scope.spawn(listen());
  scope.spawn(catch_up());
  co_await scope.join();
}

io::Task<void> Follower::listen() {
  std::vector<std::string> channels = {model::directory::channel};
  co_await database_.listen(
      std::move(channels), [this](std::string_view, std::string_view payload) { heard(payload); },
      [this] { lost_track(); });
}

void Follower::heard(std::string_view payload) {
  News news;
  news.add(payload);
  forget_logins(news);
  news_.add(payload);
  changed_.notify_all();
}

void Follower::lost_track() {
  logins_.clear();
  reload_ = true;
  changed_.notify_all();
}

// At once, before the database is asked: an old password must not work longer than needed.
void Follower::forget_logins(const News& news) {
  for (std::string_view table : {"account", "credential"}) {
    auto found = news.tables.find(table);
    if (found == news.tables.end()) continue;
    if (found->second.empty()) logins_.clear();
    for (int64_t id : found->second) logins_.forget({id});
  }
}

io::Task<void> Follower::catch_up() {
  io::Deadline next_reload = io::never;
  for (;;) {
    while (!reload_ && news_.tables.empty()) {
      if (!co_await changed_.wait(next_reload)) reload_ = true;
    }
    bool all = std::exchange(reload_, false);
    News news = std::exchange(news_, {});
    bool failed = false;
    try {
      if (all) {
        co_await load_all();
        next_reload = io::after(reload_interval);
      } else {
        co_await apply(std::move(news));
      }
    } catch (const base::Error& error) {
      log::warn("router.directory_failed", {{"reason", error.what()}});
      failed = true;
    }
    if (!failed) continue;
    reload_ = true;
    co_await io::sleep_for(retry_pause);
  }
}

// Into a new directory, so that what was removed is gone and nobody sees half of it. Changes that
// are told meanwhile are applied after it.
io::Task<void> Follower::load_all() {
  auto started = io::Clock::now();
  Directory loaded;
  for (int64_t after = 0;;) {
    auto page = co_await reader_.domains_after(after, page_size);
    if (page.empty()) break;
    after = page.back().id.value;
    for (auto& domain : page) loaded.put(std::move(domain));
  }
  for (int64_t after = 0;;) {
    auto page = co_await reader_.accounts_after(after, page_size);
    if (page.empty()) break;
    after = page.back().id.value;
    for (const auto& account : page) loaded.put(account);
  }
  for (int64_t after = 0;;) {
    auto page = co_await reader_.aliases_after(after, page_size);
    if (page.empty()) break;
    after = page.back().id;
    for (const auto& alias : page) loaded.put(alias);
  }
  for (int64_t after = 0;;) {
    auto page = co_await reader_.routes_after(after, page_size);
    if (page.empty()) break;
    after = page.back().id;
    for (auto& route : page) loaded.put(std::move(route));
  }
  directory_ = std::move(loaded);
  if (!std::exchange(ready_, true)) {
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(io::Clock::now() - started);
    log::info("router.directory_loaded", {{"domains", directory_.domains()},
                                          {"accounts", directory_.accounts()},
                                          {"aliases", directory_.aliases()},
                                          {"ms", took.count()}});
  }
}

io::Task<void> Follower::apply(News news) {
  for (auto& [table, ids] : news.tables) {
    if (table == "credential") continue;  // not kept here
    if (ids.empty()) {
      co_await load_all();
      co_return;
    }
    std::vector<int64_t> wanted(ids.begin(), ids.end());
    if (table == "domain") {
      auto found = co_await reader_.domains(wanted);
      for (int64_t id : wanted) directory_.remove_domain(id);
      for (auto& domain : found) directory_.put(std::move(domain));
    } else if (table == "account") {
      auto found = co_await reader_.accounts(wanted);
      for (int64_t id : wanted) directory_.remove_account(id);
      for (const auto& account : found) directory_.put(account);
    } else if (table == "address") {
      auto found = co_await reader_.aliases(wanted);
      for (int64_t id : wanted) directory_.remove_alias(id);
      for (const auto& alias : found) directory_.put(alias);
    } else if (table == "route") {
      auto found = co_await reader_.routes(wanted);
      for (int64_t id : wanted) directory_.remove_route(id);
      for (auto& route : found) directory_.put(std::move(route));
    }
  }
}

io::Task<bool> Follower::look_again(std::string domain, std::vector<std::string> locals) {
  io::Deadline deadline = io::after(std::chrono::seconds(5));
  auto found = co_await reader_.find(std::move(domain), std::move(locals), deadline);
  bool fresh = false;
  for (int64_t id : found.domains) fresh = fresh || !directory_.domain(DomainId{id});
  for (int64_t id : found.accounts) fresh = fresh || !directory_.account(AccountId{id});
  for (int64_t id : found.aliases) fresh = fresh || !directory_.has_alias(id);
  if (!fresh) co_return false;
  auto domains = co_await reader_.domains(found.domains);
  auto accounts = co_await reader_.accounts(found.accounts);
  auto aliases = co_await reader_.aliases(found.aliases);
  for (auto& one : domains) directory_.put(std::move(one));
  for (const auto& one : accounts) directory_.put(one);
  for (const auto& one : aliases) directory_.put(one);
  co_return true;
}

}  // namespace tegu::router
