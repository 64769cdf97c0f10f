// LIST, LSUB and the items of STATUS (RFC 9051 6.3.9 and 6.3.11, 3501, 5258, 5819, 6154, 8438).
#include "wire/imap/cursor.h"

namespace tegu::wire::imap {
namespace {

void selection_options(Cursor& in, List& list) {
  in.need('(');
  if (in.accept(')')) return;
  do {
    std::string word = in.word();
    if (word == "SUBSCRIBED")
      list.select_subscribed = true;
    else if (word == "REMOTE")
      list.select_remote = true;
    else if (word == "RECURSIVEMATCH")
      list.select_recursive = true;
    else if (word == "SPECIAL-USE")
      list.select_special_use = true;
    else
      syntax("Unknown selection option of LIST");
  } while (in.accept(' '));
  in.need(')');
  // RFC 5258 3: RECURSIVEMATCH needs another option that is not REMOTE.
  if (list.select_recursive && !list.select_subscribed && !list.select_special_use)
    syntax("RECURSIVEMATCH wants SUBSCRIBED or SPECIAL-USE beside it");
}

void return_options(Cursor& in, List& list) {
  in.need('(');
  if (in.accept(')')) return;
  do {
    std::string word = in.word();
    if (word == "SUBSCRIBED")
      list.return_subscribed = true;
    else if (word == "CHILDREN")
      list.return_children = true;
    else if (word == "SPECIAL-USE")
      list.return_special_use = true;
    else if (word == "STATUS") {
      in.space();
      list.return_status = parse_status_items(in);
    } else
      syntax("Unknown return option of LIST");
  } while (in.accept(' '));
  in.need(')');
}

void patterns(Cursor& in, List& list) {
  in.need('(');
  do {
    if (list.patterns.size() >= 50) syntax("Too many patterns");
    list.patterns.push_back(in.list_mailbox());
  } while (in.accept(' '));
  in.need(')');
}

}  // namespace

StatusItems parse_status_items(Cursor& in) {
  StatusItems items;
  in.need('(');
  do {
    std::string word = in.word();
    if (word == "MESSAGES")
      items.messages = true;
    else if (word == "UIDNEXT")
      items.uid_next = true;
    else if (word == "UIDVALIDITY")
      items.uid_validity = true;
    else if (word == "UNSEEN")
      items.unseen = true;
    else if (word == "RECENT")
      items.recent = true;
    else if (word == "SIZE")
      items.size = true;
    else if (word == "HIGHESTMODSEQ")
      items.highest_mod_seq = true;
    else if (word == "DELETED")
      items.deleted = true;
    else if (word == "MAILBOXID")
      items.mailbox_id = true;
    else if (word == "APPENDLIMIT")
      items.append_limit = true;
    else if (word == "DELETED-STORAGE")
      items.deleted_storage = true;
    else
      syntax("Unknown item of STATUS");
  } while (in.accept(' '));
  in.need(')');
  return items;
}

Arguments parse_list(Cursor& in, bool) {
  List list;
  in.space();
  if (in.next_is('(')) {
    list.extended = true;
    selection_options(in, list);
    in.space();
  }
  list.reference = in.mailbox();
  in.space();
  if (in.next_is('(')) {
    list.extended = true;
    patterns(in, list);
  } else {
    list.patterns.push_back(in.list_mailbox());
  }
  if (in.accept(' ')) {
    list.extended = true;
    if (!in.accept_word("RETURN")) syntax("LIST wants RETURN or its end here");
    in.space();
    return_options(in, list);
  }
  return list;
}

Arguments parse_lsub(Cursor& in, bool) {
  List list;
  list.lsub = true;
  in.space();
  list.reference = in.mailbox();
  in.space();
  list.patterns.push_back(in.list_mailbox());
  return list;
}

}  // namespace tegu::wire::imap
