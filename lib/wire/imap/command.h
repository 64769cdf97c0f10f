// Commands of a client as values (RFC 9051 6 and 9, RFC 3501, and the extensions named at each).
// Mailbox names are UTF-8 with INBOX in upper case; flags are in canonical form (flags.h).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "wire/imap/seqset.h"

namespace tegu::wire::imap {

// ---- any state
struct Capability {};
struct Noop {};
struct Logout {};
struct ClientId {  // ID, RFC 2971; no value is NIL
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};

// ---- not authenticated
struct StartTls {};
struct Login {
  std::string user;
  std::string password;
};
struct Authenticate {  // RFC 4959: initial response, decoded; "=" is the empty one
  std::string mechanism;
  std::optional<std::string> initial;
};

// ---- authenticated
struct Enable {  // RFC 5161, in upper case
  std::vector<std::string> capabilities;
};
struct Namespace {};
struct Select {
  std::string mailbox;
  bool read_only = false;  // EXAMINE
  bool condstore = false;  // RFC 7162 3.1.8
};
struct Create {
  std::string mailbox;                   // without a final separator
  std::vector<std::string> special_use;  // RFC 6154: "\\Sent"
};
struct Delete {
  std::string mailbox;
};
struct Rename {
  std::string from;
  std::string to;
};
struct Subscribe {
  std::string mailbox;
  bool on = true;  // false: UNSUBSCRIBE
};

struct StatusItems {
  bool messages = false, uid_next = false, uid_validity = false, unseen = false, recent = false;
  bool size = false;             // RFC 8438
  bool highest_mod_seq = false;  // RFC 7162
  bool deleted = false;          // RFC 9051
  bool mailbox_id = false;       // RFC 8474
  bool append_limit = false;     // RFC 7889
  bool deleted_storage = false;  // RFC 9208
};
struct Status {
  std::string mailbox;
  StatusItems items;
};

struct List {  // RFC 9051 6.3.9, RFC 5258, 5819, 6154
  std::string reference;
  std::vector<std::string> patterns;
  bool lsub = false;
  bool extended = false;  // selection or return options, or several patterns
  bool select_subscribed = false, select_remote = false, select_recursive = false,
       select_special_use = false;
  bool return_subscribed = false, return_children = false, return_special_use = false;
  std::optional<StatusItems> return_status;
};

// One message of an APPEND, before its bytes.
struct AppendMessage {
  std::vector<std::string> flags;
  std::optional<base::MailDate> date;
  bool utf8 = false;  // UTF8 (~{...} ...), RFC 9755
};
// What stands before the first message. APPEND never arrives whole (framer.h): see
// parse_append_start.
struct Append {
  std::string tag;
  std::string mailbox;
  AppendMessage message;
};

struct Idle {};
struct GetQuota {
  std::string root;
};
struct GetQuotaRoot {
  std::string mailbox;
};
struct SetQuota {
  std::string root;
  std::vector<std::pair<std::string, uint64_t>> limits;
};

// ---- selected
struct Check {};
struct Close {};
struct Unselect {};
struct Expunge {
  std::optional<SeqSet> uids;  // UID EXPUNGE, RFC 4315
};

// The part of a message in BODY[...]: part numbers, then what of it.
struct Section {
  enum class Text { all, header, header_fields, header_fields_not, text, mime };
  std::vector<uint32_t> part;
  Text text = Text::all;
  std::vector<std::string> fields;  // of header_fields, as the client wrote them
};
struct Partial {  // <offset.count>
  uint32_t offset;
  uint32_t count;
};
struct FetchItem {
  enum class Kind {
    flags,
    uid,
    internal_date,
    rfc822_size,
    envelope,
    body,
    body_structure,
    section,  // BODY[...]
    rfc822,
    rfc822_header,
    rfc822_text,
    binary,  // RFC 3516 BINARY[...]
    binary_size,
    mod_seq,  // RFC 7162
    email_id,
    thread_id,  // RFC 8474
    save_date,  // RFC 8514
    preview,    // RFC 8970
  };
  Kind kind;
  bool peek = false;  // does not set \Seen
  bool lazy = false;  // PREVIEW (LAZY)
  Section section{};
  std::optional<Partial> partial{};
};
struct Fetch {
  bool uid = false;
  SeqSet set;
  std::vector<FetchItem> items;
  std::optional<uint64_t> changed_since;  // RFC 7162 3.1.4.1
};
struct Store {
  enum class How { set, add, remove };
  bool uid = false;
  SeqSet set;
  How how = How::set;
  bool silent = false;
  std::vector<std::string> flags;
  std::optional<uint64_t> unchanged_since;  // RFC 7162 3.1.3
};
struct Copy {
  bool uid = false;
  bool move = false;  // RFC 6851
  SeqSet set;
  std::string mailbox;
};

struct SearchKey {
  enum class Kind {
    all,
    and_,
    or_,
    not_,  // children
    sequence,
    uid,  // set
    keyword,
    unkeyword,  // text: a flag
    before,
    on,
    since,  // date: internal date
    sent_before,
    sent_on,
    sent_since,
    saved_before,
    saved_on,
    saved_since,
    save_date_supported,  // RFC 8514
    larger,
    smaller,  // number
    header,   // field, text (FROM, TO, CC, BCC, SUBJECT too)
    body,
    text,     // text
    mod_seq,  // number; RFC 7162 3.1.5 (entry and type are accepted, not kept)
    older,
    younger,  // number: seconds; RFC 5032
    email_id,
    thread_id,  // text; RFC 8474
    none,       // matches nothing: RECENT and NEW, we keep no \Recent
  };
  Kind kind = Kind::all;
  std::string field{};
  std::string text{};  // UTF-8, whatever CHARSET was
  uint64_t number = 0;
  std::chrono::sys_days date{};
  SeqSet set{};
  std::vector<SearchKey> children{};
};
struct SearchReturn {  // RFC 4731, RFC 5182
  bool min = false, max = false, all = false, count = false, save = false;
};
struct Search {
  bool uid = false;
  std::optional<SearchReturn> result;  // RETURN (...); "()" is ALL
  SearchKey key;                       // and_ of all keys
};

using Arguments = std::variant<Capability, Noop, Logout, ClientId, StartTls, Login, Authenticate,
                               Enable, Namespace, Select, Create, Delete, Rename, Subscribe, Status,
                               List, Idle, GetQuota, GetQuotaRoot, SetQuota, Check, Close, Unselect,
                               Expunge, Fetch, Store, Copy, Search>;

struct CommandRow;
struct Command {
  std::string tag;
  const CommandRow* row;  // of the command table, static
  Arguments arguments;
};

}  // namespace tegu::wire::imap
