// rcpt: who is this recipient, where does the letter go?
#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "base/log.h"
#include "service.h"

namespace tegu::router {

using net::peer::Refused;
using wire::peer::Failure;
using wire::peer::RcptAnswer;
using wire::peer::RcptStatus;

// How long the use of an account's mailboxes is believed.
static constexpr auto use_lifetime = std::chrono::seconds(10);
static constexpr size_t most_uses = 100000;

io::Task<bool> Service::is_full(AccountId id) {
  const auto* account = follower_.directory().account(id);
  if (!account) co_return false;
  int64_t quota = account->quota.value_or(runtime_.settings().number("mailbox.quota"));
  auto known = used_.find(id.value);
  if (known != used_.end() && known->second.until > io::Clock::now()) {
    co_return known->second.bytes >= quota;
  }
  int64_t bytes = 0;
  try {
    bytes = co_await reader_.used(id, io::after(std::chrono::seconds(2)));
  } catch (const base::Error& error) {
    // The queue stores it or not; a quota is no reason to turn mail away now.
    base::log::debug("router.use_unknown", {{"account", id.value}, {"reason", error.what()}});
    co_return false;
  }
  if (used_.size() >= most_uses) used_.clear();
  used_[id.value] = {bytes, io::after(use_lifetime)};
  co_return bytes >= quota;
}

io::Task<Json> Service::rcpt(net::peer::Request& request) {
  auto asked = wire::peer::decode_rcpt_request(request.body);
  if (!asked) throw Refused(Failure::bad_request, asked.error());
  need_directory();
  base::failpoint("router.rcpt");
  bool may_relay = asked->trusted || (asked->account && co_await is_active(asked->account));
  Resolved resolved = co_await resolve_now(asked->address, rules(), may_relay);

  RcptAnswer answer;
  switch (resolved.place) {
    case Place::unknown:
      answer.status = RcptStatus::unknown;
      break;
    case Place::foreign:
      answer.status =
          may_relay || resolved.open_relay ? RcptStatus::relay : RcptStatus::relay_denied;
      break;
    case Place::ours:
      answer.status = RcptStatus::local;
      // Of an address that fans out, the full mailboxes show when the letter is stored.
      if (resolved.deliveries.size() == 1) {
        const auto* local = std::get_if<wire::smtp::LocalDelivery>(&resolved.deliveries.front());
        if (local && co_await is_full(local->account)) answer.status = RcptStatus::over_quota;
      }
      break;
  }
  if (answer.accepted()) answer.deliveries = std::move(resolved.deliveries);
  counted("rcpt", name(answer.status)).add();
  if (base::log::enabled(base::log::Level::debug)) {
    base::log::debug("router.rcpt", {{"address", wire::smtp::format(asked->address)},
                                     {"status", name(answer.status)},
                                     {"deliveries", answer.deliveries.size()}});
  }
  co_return wire::peer::encode(answer);
}

}  // namespace tegu::router
