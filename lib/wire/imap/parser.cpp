#include "wire/imap/parser.h"

#include <array>

#include "base/text.h"
#include "wire/imap/cursor.h"
#include "wire/imap/mailbox_name.h"

namespace tegu::wire::imap {
namespace {

template <class T>
Arguments parse_nothing(Cursor&, bool) {
  return T{};
}

// RFC 2971: NIL or a list of at most 30 pairs.
Arguments parse_id(Cursor& in, bool) {
  ClientId id;
  in.space();
  if (in.accept_word("NIL")) return id;
  in.need('(');
  if (in.accept(')')) return id;
  do {
    if (id.fields.size() >= 30) syntax("ID has more than 30 fields");
    std::string name = in.string();
    in.space();
    id.fields.emplace_back(std::move(name), in.nstring());
  } while (in.accept(' '));
  in.need(')');
  return id;
}

Arguments parse_login(Cursor& in, bool) {
  Login login;
  in.space();
  login.user = in.astring();
  in.space();
  login.password = in.astring();
  return login;
}

Arguments parse_authenticate(Cursor& in, bool) {
  Authenticate request;
  in.space();
  request.mechanism = in.word();
  if (!in.accept(' ')) return request;
  if (in.accept('=')) {
    request.initial = "";
    return request;
  }
  std::string_view text =
      in.take_while([](char c) { return base::is_alnum(c) || c == '+' || c == '/' || c == '='; });
  request.initial = base::base64_decode(text);
  if (!request.initial || text.empty()) syntax("Initial response is not base64");
  return request;
}

Arguments parse_enable(Cursor& in, bool) {
  Enable enable;
  while (in.accept(' ')) enable.capabilities.push_back(in.word());
  if (enable.capabilities.empty()) syntax("ENABLE wants capabilities");
  return enable;
}

Arguments select(Cursor& in, bool read_only) {
  Select select;
  select.read_only = read_only;
  in.space();
  select.mailbox = in.mailbox();
  if (!in.accept(' ')) return select;
  in.need('(');
  do {
    if (!in.accept_word("CONDSTORE")) syntax("Unknown parameter of SELECT");
    select.condstore = true;
  } while (in.accept(' '));
  in.need(')');
  return select;
}
Arguments parse_select(Cursor& in, bool) {
  return select(in, false);
}
Arguments parse_examine(Cursor& in, bool) {
  return select(in, true);
}

Arguments parse_create(Cursor& in, bool) {
  Create create;
  in.space();
  create.mailbox = in.mailbox();
  // RFC 9051 6.3.4: a final separator says that names below will come; it is not part of the name.
  if (create.mailbox.ends_with(hierarchy_separator)) create.mailbox.pop_back();
  if (!in.accept(' ')) return create;
  in.need('(');
  if (!in.accept_word("USE")) syntax("Unknown parameter of CREATE");
  in.space();
  in.need('(');
  if (!in.next_is(')')) {
    do {
      in.need('\\');
      create.special_use.push_back("\\" + std::string(in.atom()));
    } while (in.accept(' '));
  }
  in.need(')');
  in.need(')');
  return create;
}

Arguments parse_delete(Cursor& in, bool) {
  in.space();
  return Delete{in.mailbox()};
}

Arguments parse_rename(Cursor& in, bool) {
  Rename rename;
  in.space();
  rename.from = in.mailbox();
  in.space();
  rename.to = in.mailbox();
  if (rename.to.ends_with(hierarchy_separator)) rename.to.pop_back();
  return rename;
}

Arguments parse_subscribe(Cursor& in, bool) {
  in.space();
  return Subscribe{in.mailbox(), true};
}
Arguments parse_unsubscribe(Cursor& in, bool) {
  in.space();
  return Subscribe{in.mailbox(), false};
}

Arguments parse_status(Cursor& in, bool) {
  Status status;
  in.space();
  status.mailbox = in.mailbox();
  in.space();
  status.items = parse_status_items(in);
  return status;
}

Arguments parse_getquota(Cursor& in, bool) {
  in.space();
  return GetQuota{in.astring()};
}
Arguments parse_getquotaroot(Cursor& in, bool) {
  in.space();
  return GetQuotaRoot{in.mailbox()};
}
Arguments parse_setquota(Cursor& in, bool) {
  SetQuota quota;
  in.space();
  quota.root = in.astring();
  in.space();
  in.need('(');
  if (in.accept(')')) return quota;
  do {
    std::string resource = in.word();
    in.space();
    quota.limits.emplace_back(std::move(resource), in.number64());
  } while (in.accept(' '));
  in.need(')');
  return quota;
}

Arguments parse_expunge(Cursor& in, bool uid) {
  if (!uid) return Expunge{};
  in.space();
  return Expunge{in.seqset()};
}

Arguments copy(Cursor& in, bool uid, bool move) {
  Copy copy;
  copy.uid = uid;
  copy.move = move;
  in.space();
  copy.set = in.seqset();
  in.space();
  copy.mailbox = in.mailbox();
  return copy;
}
Arguments parse_copy(Cursor& in, bool uid) {
  return copy(in, uid, false);
}
Arguments parse_move(Cursor& in, bool uid) {
  return copy(in, uid, true);
}

// Reached only when APPEND came without a message.
Arguments parse_bare_append(Cursor&, bool) {
  syntax("APPEND wants a message as a literal");
}

constexpr std::array table = {
    CommandRow{"CAPABILITY", parse_nothing<Capability>, any_state, 0},
    CommandRow{"NOOP", parse_nothing<Noop>, any_state, 0},
    CommandRow{"LOGOUT", parse_nothing<Logout>, any_state, 0},
    CommandRow{"ID", parse_id, any_state, 0},
    CommandRow{"STARTTLS", parse_nothing<StartTls>, not_authenticated, 0},
    CommandRow{"LOGIN", parse_login, not_authenticated, 0},
    CommandRow{"AUTHENTICATE", parse_authenticate, not_authenticated, 0},
    CommandRow{"ENABLE", parse_enable, logged_in, 0},
    CommandRow{"NAMESPACE", parse_nothing<Namespace>, logged_in, 0},
    CommandRow{"SELECT", parse_select, logged_in, 0},
    CommandRow{"EXAMINE", parse_examine, logged_in, 0},
    CommandRow{"CREATE", parse_create, logged_in, 0},
    CommandRow{"DELETE", parse_delete, logged_in, 0},
    CommandRow{"RENAME", parse_rename, logged_in, 0},
    CommandRow{"SUBSCRIBE", parse_subscribe, logged_in, 0},
    CommandRow{"UNSUBSCRIBE", parse_unsubscribe, logged_in, 0},
    CommandRow{"LIST", parse_list, logged_in, 0},
    CommandRow{"LSUB", parse_lsub, logged_in, 0},
    CommandRow{"STATUS", parse_status, logged_in, 0},
    CommandRow{"APPEND", parse_bare_append, logged_in, streams},
    CommandRow{"IDLE", parse_nothing<Idle>, logged_in, 0},
    CommandRow{"GETQUOTA", parse_getquota, logged_in, 0},
    CommandRow{"GETQUOTAROOT", parse_getquotaroot, logged_in, 0},
    CommandRow{"SETQUOTA", parse_setquota, logged_in, 0},
    CommandRow{"CHECK", parse_nothing<Check>, selected, 0},
    CommandRow{"CLOSE", parse_nothing<Close>, selected, 0},
    CommandRow{"UNSELECT", parse_nothing<Unselect>, selected, 0},
    CommandRow{"EXPUNGE", parse_expunge, selected, takes_uid},
    CommandRow{"FETCH", parse_fetch, selected, takes_uid | no_expunges},
    CommandRow{"STORE", parse_store, selected, takes_uid | no_expunges},
    CommandRow{"SEARCH", parse_search, selected, takes_uid | no_expunges},
    CommandRow{"COPY", parse_copy, selected, takes_uid},
    CommandRow{"MOVE", parse_move, selected, takes_uid},
};

ParseError error_of(std::string tag, const Syntax& fault) {
  return {std::move(tag), fault.text, fault.bad_charset};
}

// "[SP flag-list] [SP date-time] SP ["UTF8 ("]" before a message's literal.
AppendMessage append_message(Cursor& in) {
  AppendMessage message;
  in.space();
  if (in.next_is('(')) {
    message.flags = in.flag_list();
    in.space();
  }
  if (in.next_is('"')) {
    message.date = in.date_time();
    in.space();
  }
  if (in.accept_word("UTF8")) {
    in.space();
    in.need('(');
    message.utf8 = true;
  }
  in.end();
  return message;
}

}  // namespace

const CommandRow* find_command(std::string_view name) {
  for (const CommandRow& row : table)
    if (base::iequals(row.name, name)) return &row;
  return nullptr;
}

std::expected<Command, ParseError> parse_command(std::string_view text,
                                                 const ParseContext& context) {
  std::string tag = "*";
  try {
    Cursor in(text, context);
    tag = in.tag();
    in.space();
    std::string name = in.word();
    bool uid = name == "UID";
    if (uid) {
      in.space();
      name = in.word();
    }
    const CommandRow* row = find_command(name);
    if (row == nullptr || (uid && !(row->flags & takes_uid)))
      return std::unexpected(ParseError{tag, "Unknown command", false, true});
    Arguments arguments = row->parse(in, uid);
    in.end();
    return Command{tag, row, std::move(arguments)};
  } catch (const Syntax& fault) {
    return std::unexpected(error_of(std::move(tag), fault));
  }
}

std::expected<Append, ParseError> parse_append_start(std::string_view text,
                                                     const ParseContext& context) {
  std::string tag = "*";
  try {
    Cursor in(text, context);
    tag = in.tag();
    in.space();
    in.word();
    in.space();
    std::string mailbox = in.mailbox();
    return Append{tag, std::move(mailbox), append_message(in)};
  } catch (const Syntax& fault) {
    return std::unexpected(error_of(std::move(tag), fault));
  }
}

std::expected<AppendMessage, ParseError> parse_append_next(std::string_view text, bool after_utf8,
                                                           const ParseContext& context) {
  try {
    Cursor in(text, context);
    if (after_utf8) in.need(')');
    return append_message(in);
  } catch (const Syntax& fault) {
    return std::unexpected(error_of("*", fault));
  }
}

bool append_ends(std::string_view text, bool after_utf8) {
  return text == (after_utf8 ? ")" : "");
}

}  // namespace tegu::wire::imap
