// The handlers: one for each kind of command, in files named after them. A handler writes its
// untagged answers to session.out(), returns what the tagged OK says, and throws CommandError to
// refuse. State and syntax are checked before it is called.
#pragma once
#include "session.h"
#include "wire/imap/command.h"

namespace tegu::imapd {

using ReplyTask = io::Task<Reply>;

ReplyTask handle(Session& session, const wire::imap::Capability& command);
ReplyTask handle(Session& session, const wire::imap::Noop& command);
ReplyTask handle(Session& session, const wire::imap::Logout& command);
ReplyTask handle(Session& session, const wire::imap::ClientId& command);
ReplyTask handle(Session& session, const wire::imap::StartTls& command);
ReplyTask handle(Session& session, const wire::imap::Login& command);
ReplyTask handle(Session& session, const wire::imap::Authenticate& command);
ReplyTask handle(Session& session, const wire::imap::Enable& command);
ReplyTask handle(Session& session, const wire::imap::Namespace& command);
ReplyTask handle(Session& session, const wire::imap::Select& command);
ReplyTask handle(Session& session, const wire::imap::Create& command);
ReplyTask handle(Session& session, const wire::imap::Delete& command);
ReplyTask handle(Session& session, const wire::imap::Rename& command);
ReplyTask handle(Session& session, const wire::imap::Subscribe& command);
ReplyTask handle(Session& session, const wire::imap::Status& command);
ReplyTask handle(Session& session, const wire::imap::List& command);
ReplyTask handle(Session& session, const wire::imap::Idle& command);
ReplyTask handle(Session& session, const wire::imap::GetQuota& command);
ReplyTask handle(Session& session, const wire::imap::GetQuotaRoot& command);
ReplyTask handle(Session& session, const wire::imap::SetQuota& command);
ReplyTask handle(Session& session, const wire::imap::Check& command);
ReplyTask handle(Session& session, const wire::imap::Close& command);
ReplyTask handle(Session& session, const wire::imap::Unselect& command);
ReplyTask handle(Session& session, const wire::imap::Expunge& command);
ReplyTask handle(Session& session, const wire::imap::Fetch& command);
ReplyTask handle(Session& session, const wire::imap::Store& command);
ReplyTask handle(Session& session, const wire::imap::Copy& command);
ReplyTask handle(Session& session, const wire::imap::Search& command);

// APPEND reads its messages itself, from the part that the framer gave.
ReplyTask handle_append(Session& session, wire::imap::Append start, wire::imap::AppendPart part);

// STATUS line of a mailbox (also for LIST ... RETURN (STATUS)).
void write_status_items(Session& session, const Head& head, const wire::imap::StatusItems& items);
// A mailbox id as OBJECTID wants it (RFC 8474).
std::string mailbox_object_id(MailboxId id);
// The refusal that fits an outcome that is not `done`.
[[noreturn]] void refuse_outcome(Outcome outcome, bool try_create = false);

}  // namespace tegu::imapd
