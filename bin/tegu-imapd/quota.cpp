// QUOTA, reading only (RFC 9208): one root a account, STORAGE in units of 1024 octets.
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

constexpr std::string_view root = "\"\"";

io::Task<void> tell_quota(Session& session) {
  Quota quota = co_await session.services().store.quota(session.account());
  session.out() += "* QUOTA ";
  session.out() += root;
  session.out() += " (";
  if (quota.limit)
    session.out() += "STORAGE " + std::to_string((quota.used + 1023) / 1024) + " " +
                     std::to_string(*quota.limit / 1024);
  session.out() += ")\r\n";
}

}  // namespace

ReplyTask handle(Session& session, const GetQuota& command) {
  if (!command.root.empty()) refuse(Code::nonexistent, "There is no such quota root");
  co_await tell_quota(session);
  co_return Reply{};
}

ReplyTask handle(Session& session, const GetQuotaRoot& command) {
  Head head = co_await session.need_mailbox(command.mailbox, Code::nonexistent);
  session.out() += "* QUOTAROOT ";
  write_mailbox(session.out(), head.name, session.utf8());
  session.out() += ' ';
  session.out() += root;
  session.out() += "\r\n";
  co_await tell_quota(session);
  co_return Reply{};
}

ReplyTask handle(Session&, const SetQuota&) {
  refuse(Code::no_perm, "Quotas are set by the administrator");
  co_return Reply{};
}

}  // namespace tegu::imapd
