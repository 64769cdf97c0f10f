// The server's half of the grammar: status lines with response codes (RFC 9051 7.1, RFC 5530),
// strings in the form that fits, untagged ESEARCH, and the pieces of FETCH. Everything appends to a
// string that the session writes out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "wire/imap/command.h"
#include "wire/imap/seqset.h"

namespace tegu::wire::imap {

enum class Condition { ok, no, bad, bye, preauth };

// Response codes without arguments of RFC 9051 7.1 and RFC 5530 (and TOOBIG of RFC 4469, 7889).
enum class Code {
  none,
  alert,
  parse,
  read_only,
  read_write,
  try_create,
  uid_not_sticky,
  unknown_cte,
  closed,
  has_children,
  not_saved,
  too_big,
  unavailable,
  authentication_failed,
  authorization_failed,
  expired,
  privacy_required,
  contact_admin,
  no_perm,
  in_use,
  expunge_issued,
  corruption,
  server_bug,
  client_bug,
  cannot,
  limit,
  over_quota,
  already_exists,
  nonexistent,
  no_mod_seq,
  bad_charset,
  use_attr,
};
std::string_view code_text(Code code);

// "A1 NO [CANNOT] text\r\n"; tag "*" for untagged. `code` is what stands between the brackets,
// empty for none. Line ends and controls in text become blanks, an empty text "Done".
void write_status(std::string& out, std::string_view tag, Condition condition,
                  std::string_view code, std::string_view text);
void write_status(std::string& out, std::string_view tag, Condition condition, Code code,
                  std::string_view text);

// The shortest form that carries the bytes: quoted where it can be (8-bit UTF-8 only with utf8),
// else a literal. NUL cannot be carried by either and becomes U+FFFD or "?".
void write_string(std::string& out, std::string_view bytes, bool utf8);
void write_astring(std::string& out, std::string_view bytes, bool utf8);
void write_nstring(std::string& out, const std::optional<std::string>& bytes, bool utf8);
// A mailbox name from UTF-8; modified UTF-7 without utf8.
void write_mailbox(std::string& out, std::string_view name, bool utf8);
// "(\Seen $Junk)".
void write_flags(std::string& out, const std::vector<std::string>& flags);

// Result of a SEARCH with RETURN (RFC 4731, RFC 9051 7.3.4). Numbers are UIDs when `uid`.
struct EsearchResult {
  std::optional<uint32_t> min;
  std::optional<uint32_t> max;
  std::optional<uint64_t> count;
  std::optional<NumberSet> all;     // not written when empty, as the RFC wants
  std::optional<uint64_t> mod_seq;  // RFC 7162 3.1.10
};
void write_esearch(std::string& out, std::string_view tag, bool uid, const EsearchResult& result);

// What stands in a FETCH answer before its value: "BODY[1.2.HEADER.FIELDS (From)]<512>",
// "BINARY[1]", "RFC822.HEADER". BODY.PEEK answers as BODY (RFC 9051 7.5.2).
std::string fetch_label(const FetchItem& item);

// One "* n FETCH (...)" response, item after item. A literal's bytes may be streamed by the caller:
// write literal_header, flush, send the bytes, go on.
class FetchResponse {
 public:
  FetchResponse(std::string& out, uint32_t sequence);
  // Begins an item: "NAME ".
  void item(std::string_view name);
  void number(std::string_view name, uint64_t value);
  void flags(std::string_view list);  // as write_flags makes it
  void mod_seq(uint64_t value);
  void internal_date(std::string_view name, base::WallTime time);
  // "NAME {size}\r\n"; exactly that many bytes must follow. binary: "~{size}" (RFC 3516).
  void literal_header(std::string_view name, uint64_t size, bool binary = false);
  void end();

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace tegu::wire::imap
