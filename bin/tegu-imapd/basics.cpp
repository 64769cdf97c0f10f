// CAPABILITY, NOOP, CHECK, LOGOUT, ID, ENABLE, NAMESPACE (RFC 9051 6.1, 6.3.1, 6.3.10; RFC 2971).
#include "base/log.h"
#include "base/text.h"
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

ReplyTask handle(Session& session, const Capability&) {
  session.out() += "* CAPABILITY " + session.capabilities() + "\r\n";
  co_return Reply{"These are they"};
}

ReplyTask handle(Session& session, const Noop&) {
  // RFC 9051 6.1.2: the way to ask for news, so ask the store and not only our memory.
  if (session.has_selected()) co_await session.catch_up();
  co_return Reply{"Nothing done"};
}

ReplyTask handle(Session& session, const Check&) {
  co_await session.catch_up();
  co_return Reply{"All is stored"};
}

ReplyTask handle(Session& session, const Logout&) {
  write_status(session.out(), "*", Condition::bye, Code::none, "Goodbye");
  session.unselect();
  session.finish();
  co_return Reply{"Logged out"};
}

ReplyTask handle(Session& session, const ClientId& command) {
  std::string client;
  for (const auto& [name, value] : command.fields) {
    if (!value || client.size() > 500) continue;
    if (!client.empty()) client += ' ';
    client += name + "=" + *value;
  }
  if (!client.empty())
    base::log::info("imap.client", {{"session", session.id()}, {"id", client.substr(0, 500)}});
  session.out() += "* ID (\"name\" \"Tegu\")\r\n";
  co_return Reply{"Pleased to meet you"};
}

ReplyTask handle(Session& session, const Enable& command) {
  std::string enabled;
  for (const std::string& name : command.capabilities) {
    if (name == "CONDSTORE") {
      session.enable_condstore();
    } else if (name == "IMAP4REV2") {
      session.enable().rev2 = true;
    } else {
      // RFC 5161 3.1: what is not known is ignored.
      continue;
    }
    enabled += name == "IMAP4REV2" ? " IMAP4rev2" : " " + name;
  }
  session.out() += "* ENABLED" + enabled + "\r\n";
  co_return Reply{"Enabled"};
}

ReplyTask handle(Session& session, const Namespace&) {
  session.out() += "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  co_return Reply{"That is all"};
}

}  // namespace tegu::imapd
