// STATUS (RFC 9051 6.3.11, 7162 3.1.7, 8438, 8474, 7889).
#include "commands.h"

namespace tegu::imapd {

using namespace wire::imap;

std::string mailbox_object_id(MailboxId id) {
  return "M" + std::to_string(id.value);
}

void write_status_items(Session& session, const Head& head, const StatusItems& items) {
  std::string& out = session.out();
  out += "* STATUS ";
  write_mailbox(out, head.name, session.utf8());
  out += " (";
  bool first = true;
  auto item = [&](std::string_view name, std::string value) {
    if (!first) out += ' ';
    first = false;
    out += name;
    out += ' ';
    out += value;
  };
  if (items.messages) item("MESSAGES", std::to_string(head.total));
  if (items.recent) item("RECENT", "0");
  if (items.uid_next) item("UIDNEXT", std::to_string(head.uidnext));
  if (items.uid_validity) item("UIDVALIDITY", std::to_string(head.uidvalidity));
  if (items.unseen) item("UNSEEN", std::to_string(head.unseen));
  if (items.deleted) item("DELETED", std::to_string(head.deleted));
  if (items.size) item("SIZE", std::to_string(head.bytes));
  if (items.highest_mod_seq) item("HIGHESTMODSEQ", std::to_string(head.modseq));
  if (items.mailbox_id) item("MAILBOXID", "(" + mailbox_object_id(head.key.mailbox) + ")");
  if (items.append_limit) item("APPENDLIMIT", std::to_string(session.append_limit()));
  out += ")\r\n";
}

ReplyTask handle(Session& session, const Status& command) {
  if (command.items.deleted_storage) refuse_bad("DELETED-STORAGE is not offered");
  if (command.items.highest_mod_seq) session.enable_condstore();
  Head head = co_await session.need_mailbox(command.mailbox, Code::nonexistent);
  write_status_items(session, head, command.items);
  co_return Reply{};
}

}  // namespace tegu::imapd
