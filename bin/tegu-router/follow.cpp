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
// are told meanwhile are applied after it. Domains last: one that comes with its accounts while we
// read must not be missing under them.
io::Task<void> Follower::load_all() {
  auto started = io::Clock::now();
  Directory loaded;
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
  for (int64_t after = 0;;) {
    auto page = co_await reader_.domains_after(after, page_size);
    if (page.empty()) break;
    after = page.back().id.value;
    for (auto& domain : page) loaded.put(std::move(domain));
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

// Domains first: an account without its domain would be a stranger's.
io::Task<void> Follower::apply(News news) {
  for (const char* table : {"domain", "account", "address", "route"}) {
    auto changed = news.tables.find(table);
    if (changed == news.tables.end()) continue;
    if (changed->second.empty()) {
      co_await load_all();
      co_return;
    }
    co_await apply(table, {changed->second.begin(), changed->second.end()});
  }
}

io::Task<void> Follower::apply(std::string_view table, std::vector<int64_t> ids) {
  if (table == "domain") {
    auto found = co_await reader_.domains(ids);
    for (int64_t id : ids) directory_.remove_domain(id);
    for (auto& domain : found) directory_.put(std::move(domain));
  } else if (table == "account") {
    auto found = co_await reader_.accounts(ids);
    for (int64_t id : ids) directory_.remove_account(id);
    for (const auto& account : found) directory_.put(account);
  } else if (table == "address") {
    auto found = co_await reader_.aliases(ids);
    for (int64_t id : ids) directory_.remove_alias(id);
    for (const auto& alias : found) directory_.put(alias);
  } else if (table == "route") {
    auto found = co_await reader_.routes(ids);
    for (int64_t id : ids) directory_.remove_route(id);
    for (auto& route : found) directory_.put(std::move(route));
  }
}

io::Task<void> Follower::look_again(std::string domain, std::vector<std::string> locals) {
  io::Deadline deadline = io::after(std::chrono::seconds(5));
  auto found = co_await reader_.find(std::move(domain), std::move(locals), deadline);
  bool fresh = false;
  for (int64_t id : found.domains) fresh = fresh || !directory_.domain(DomainId{id});
  for (int64_t id : found.accounts) fresh = fresh || !directory_.account(AccountId{id});
  for (int64_t id : found.aliases) fresh = fresh || !directory_.has_alias(id);
  if (fresh) co_await take(found.domains, found.accounts, found.aliases);
}

io::Task<void> Follower::look_again(AccountId id) {
  std::vector<int64_t> ids = {id.value};
  auto found = co_await reader_.accounts(ids);
  if (found.empty()) co_return;
  std::vector<int64_t> domains = {found.front().domain.value};
  co_await take(std::move(domains), std::move(ids), {});
}

io::Task<void> Follower::take(std::vector<int64_t> domains, std::vector<int64_t> accounts,
                              std::vector<int64_t> aliases) {
  auto new_domains = co_await reader_.domains(std::move(domains));
  auto new_accounts = co_await reader_.accounts(std::move(accounts));
  auto new_aliases = co_await reader_.aliases(std::move(aliases));
  for (auto& one : new_domains) directory_.put(std::move(one));
  for (const auto& one : new_accounts) directory_.put(one);
  for (const auto& one : new_aliases) directory_.put(one);
}

}  // namespace tegu::router
