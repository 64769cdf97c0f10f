// login: is this login right, and whose account is it?
#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "base/text.h"
#include "service.h"

namespace tegu::router {

using net::peer::Refused;
using wire::peer::Failure;

// As text or as {"base64":"..."}.
static void wipe_password(Json& body) {
  auto found = body.find("password");
  if (found == body.end()) return;
  if (found->is_object() && found->contains("base64")) found = found->find("base64");
  if (found->is_string()) base::wipe(found->get_ref<std::string&>());
}

io::Task<Json> Service::login(net::peer::Request& request) {
  auto asked = wire::peer::decode_login_request(request.body);
  wipe_password(request.body);
  if (!asked) throw Refused(Failure::bad_request, asked.error());
  const char* result = "error";
  struct Count {
    Service& service;
    const char*& result;
    ~Count() { service.counted("login", result).add(); }
  } count{*this, result};
  try {
    base::failpoint("router.login");
    auto answer =
        co_await logins_.check(std::move(*asked), rules(), login_rules(runtime_.settings()));
    result = "right";
    co_return wire::peer::encode(answer);
  } catch (const Refused& refused) {
    result = refused.failure() == Failure::refused ? "wrong" : "temporary";
    throw;
  }
}

}  // namespace tegu::router
