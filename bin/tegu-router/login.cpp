// The way of one login: find, remembered?, wait for the turn, compare, remember or count.
#include "login.h"

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "model/directory/name.h"
#include "model/directory/password.h"
#include "net/peer/errors.h"

namespace tegu::router {

using net::peer::Refused;
using wire::peer::Failure;
using wire::peer::LoginAnswer;
using wire::peer::LoginRequest;

namespace log = base::log;

// Beyond so many waiting answers new wrong ones are given at once: they must not fill the
// connections of the other daemons to us.
static constexpr size_t most_held = 200;
static constexpr auto longest_turn = std::chrono::seconds(30);
static constexpr auto longest_check = std::chrono::seconds(60);

LoginRules login_rules(const base::Settings& settings) {
  LoginRules rules;
  for (const std::string& text : settings.list("auth.failure_delay")) {
    if (auto delay = base::parse_duration(text)) rules.throttle.delays.push_back(*delay);
  }
  rules.throttle.memory = settings.duration("auth.failure_memory");
  rules.throttle.peer_per_minute = settings.number("auth.address_failures_per_minute");
  rules.throttle.peer_per_day = settings.number("auth.address_failures_per_day");
  rules.cache_time = settings.duration("auth.cache_time");
  rules.hash_cost = static_cast<int>(settings.number("auth.hash_cost"));
  return rules;
}

struct Logins::Asked {
  LoginRequest request;
  std::string network;  // of the peer
  std::string key;      // the account, or the text of an unknown login
  std::string digest;
  AccountId account;    // 0: unknown or not active
  std::string address;  // canonical
  Moment began = io::Clock::now();
  uint64_t changes = 0;  // LoginCache::changes before the hashes were read

  explicit Asked(LoginRequest given)
      : request(std::move(given)), network(network_of(request.peer)) {}
  Asked(const Asked&) = delete;
  ~Asked() { base::wipe(request.password); }
};

void Logins::refuse(const Asked& asked, const char* reason) {
  log::info("router.login_failed", {{"login", asked.request.login},
                                    {"peer", asked.request.peer},
                                    {"service", asked.request.service},
                                    {"reason", reason}});
  throw Refused(Failure::refused, "login or password is wrong");
}

io::Task<void> Logins::hold(Moment until) {
  if (held_ >= most_held) co_return;
  struct Held {
    size_t& count;
    explicit Held(size_t& count) : count(count) { count++; }
    ~Held() { count--; }
  } held(held_);
  co_await io::sleep_until(until);
}

io::Task<void> Logins::find(Asked& asked, const Rules& rules) {
  std::string login(base::trim(asked.request.login));
  if (!login.contains('@')) {
    if (const auto* domain = follower_.directory().only_domain()) login += "@" + domain->name;
  }
  auto address = wire::smtp::parse_mailbox(login, true);
  if (address && !address->domain.empty()) {
    const auto* account = account_of(follower_.directory(), rules, *address);
    if (!account) {
      std::vector<std::string> locals = {model::directory::fold_local(address->local)};
      co_await follower_.look_again(address->domain, std::move(locals));
      account = account_of(follower_.directory(), rules, *address);
    }
    const auto* domain = account ? follower_.directory().domain(account->domain) : nullptr;
    if (domain && account->state == AccountState::active) {
      asked.account = account->id;
      asked.address = model::directory::Name{account->local, domain->name}.text();
      asked.key = "#" + std::to_string(account->id.value);
    }
  }
  if (!asked.account) asked.key = base::to_lower(login);
  std::string secret = asked.key + '\0' + asked.request.password;
  asked.digest = cache_.digest(asked.account, secret);
  base::wipe(secret);
}

io::Task<LoginAnswer> Logins::check(LoginRequest request, Rules rules, LoginRules limits) {
  if (!follower_.ready()) throw Refused(Failure::temporary, "the directory is not loaded yet");
  Asked asked(std::move(request));
  if (throttle_.refuses(asked.network, limits.throttle, io::Clock::now())) {
    if (!limits.throttle.delays.empty()) co_await hold(io::after(limits.throttle.delays.back()));
    refuse(asked, "too many failures of this peer");
  }
  co_await find(asked, rules);
  LoginAnswer answer{asked.account, asked.address};
  if (asked.account && cache_.knows(asked.account, asked.digest, io::Clock::now())) {
    co_return answer;
  }
  bool right = false;
  auto running = running_.find(asked.key + asked.digest);
  if (running != running_.end()) {
    right = co_await join(running->second);
  } else {
    right = co_await verify(asked, std::move(limits));
  }
  if (!right) refuse(asked, asked.account ? "wrong password" : "no such active account");
  co_return answer;
}

io::Task<bool> Logins::join(std::shared_ptr<Running> running) {
  bool ended = co_await running->ended.wait(io::after(longest_check));
  if (!ended || !running->compared) {
    throw Refused(Failure::temporary, "cannot check the password now");
  }
  if (!running->right) co_await hold(running->answer_at);
  co_return running->right;
}

io::Task<bool> Logins::verify(Asked& asked, LoginRules limits) {
  auto running = std::make_shared<Running>();
  std::string name = asked.key + asked.digest;
  // Whoever waits for us hears of every end, also of an exception.
  struct Registered {
    std::map<std::string, std::shared_ptr<Running>>& all;
    std::string name;
    Registered(std::map<std::string, std::shared_ptr<Running>>& all, std::string name,
               std::shared_ptr<Running> running)
        : all(all), name(std::move(name)) {
      all[this->name] = std::move(running);
    }
    ~Registered() {
      auto found = all.find(name);
      auto ended = std::move(found->second);
      all.erase(found);
      ended->ended.set();
    }
  };
  // Counted from the start of the work, so that its length does not show.
  Moment started = asked.began;
  {
    Registered registered(running_, name, running);
    Moment latest = held_ >= most_held ? started : started + longest_turn;
    auto turn = throttle_.turn(asked.key, asked.network, limits.throttle, started, latest);
    if (!turn) throw Refused(Failure::temporary, "too many attempts at this account");
    if (*turn > started) {
      co_await hold(*turn);
      started = *turn;
    }
    running->right = co_await compare(asked, limits.hash_cost);
    running->compared = true;
    if (running->right) {
      throttle_.succeeded(asked.key, asked.network);
      cache_.remember(asked.account, asked.digest, io::after(limits.cache_time), asked.changes);
      co_return true;
    }
    running->answer_at = throttle_.failed(asked.key, asked.network, limits.throttle, started);
  }
  co_await hold(running->answer_at);
  co_return false;
}

io::Task<std::string> Logins::dummy(int cost) {
  if (dummy_cost_ != cost) {
    std::string made = co_await workers_.run([cost] { return model::directory::dummy_hash(cost); });
    dummy_hash_ = std::move(made);
    dummy_cost_ = cost;
  }
  co_return dummy_hash_;
}

// The same look-up and one hash also for those who do not exist.
io::Task<bool> Logins::compare(Asked& asked, int hash_cost) {
  asked.changes = cache_.changes();
  auto credentials =
      co_await reader_.credentials(asked.account, io::after(std::chrono::seconds(5)));
  std::vector<std::string> hashes;
  for (auto& credential : credentials) hashes.push_back(std::move(credential.hash));
  bool real = !hashes.empty();
  if (!real) hashes.push_back(co_await dummy(hash_cost));
  const std::string& password = asked.request.password;
  for (const std::string& hash : hashes) {
    bool same =
        co_await workers_.run([&] { return model::directory::verify_password(password, hash); });
    if (same && real) co_return true;
  }
  co_return false;
}

}  // namespace tegu::router
