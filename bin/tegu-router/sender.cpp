// sender: may this account send as that address? Its own addresses, and aliases that lead to it.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "service.h"

namespace tegu::router {

using net::peer::Refused;
using wire::peer::Failure;

io::Task<Json> Service::sender(net::peer::Request& request) {
  auto asked = wire::peer::decode_sender_request(request.body);
  if (!asked) throw Refused(Failure::bad_request, asked.error());
  need_directory();
  wire::peer::SenderAnswer answer;
  if (co_await is_active(asked->account)) {
    Resolved resolved = co_await resolve_now(asked->address, rules(), true);
    wire::smtp::Delivery own = wire::smtp::LocalDelivery{asked->account};
    answer.allowed = resolved.place == Place::ours &&
                     std::ranges::find(resolved.deliveries, own) != resolved.deliveries.end();
  }
  counted("sender", answer.allowed ? "allowed" : "denied").add();
  co_return wire::peer::encode(answer);
}

}  // namespace tegu::router
