#include "wire/imap/response.h"

#include <algorithm>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/imap/mutf7.h"

namespace tegu::wire::imap {
namespace {

std::string_view condition_text(Condition condition) {
  switch (condition) {
    case Condition::ok:
      return "OK";
    case Condition::no:
      return "NO";
    case Condition::bad:
      return "BAD";
    case Condition::bye:
      return "BYE";
    case Condition::preauth:
      return "PREAUTH";
  }
  return "BAD";
}

// RFC 9051 4.3: quoted strings hold no line ends; long ones are better as literals.
bool fits_quotes(std::string_view bytes, bool utf8) {
  if (bytes.size() > 1000) return false;
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte >= 0x80 && !utf8) return false;
  }
  return !utf8 || base::is_utf8(bytes);
}

bool is_atom(std::string_view bytes) {
  return !bytes.empty() && bytes.size() < 256 &&
         std::ranges::all_of(
             bytes,
             [](char c) {
               return c > ' ' && c < 0x7f &&
                      std::string_view("(){%*\"\\").find(c) == std::string_view::npos;
             });
}

}  // namespace

std::string_view code_text(Code code) {
  switch (code) {
    case Code::none:
      return "";
    case Code::alert:
      return "ALERT";
    case Code::parse:
      return "PARSE";
    case Code::read_only:
      return "READ-ONLY";
    case Code::read_write:
      return "READ-WRITE";
    case Code::try_create:
      return "TRYCREATE";
    case Code::uid_not_sticky:
      return "UIDNOTSTICKY";
    case Code::unknown_cte:
      return "UNKNOWN-CTE";
    case Code::closed:
      return "CLOSED";
    case Code::has_children:
      return "HASCHILDREN";
    case Code::not_saved:
      return "NOTSAVED";
    case Code::too_big:
      return "TOOBIG";
    case Code::unavailable:
      return "UNAVAILABLE";
    case Code::authentication_failed:
      return "AUTHENTICATIONFAILED";
    case Code::authorization_failed:
      return "AUTHORIZATIONFAILED";
    case Code::expired:
      return "EXPIRED";
    case Code::privacy_required:
      return "PRIVACYREQUIRED";
    case Code::contact_admin:
      return "CONTACTADMIN";
    case Code::no_perm:
      return "NOPERM";
    case Code::in_use:
      return "INUSE";
    case Code::expunge_issued:
      return "EXPUNGEISSUED";
    case Code::corruption:
      return "CORRUPTION";
    case Code::server_bug:
      return "SERVERBUG";
    case Code::client_bug:
      return "CLIENTBUG";
    case Code::cannot:
      return "CANNOT";
    case Code::limit:
      return "LIMIT";
    case Code::over_quota:
      return "OVERQUOTA";
    case Code::already_exists:
      return "ALREADYEXISTS";
    case Code::nonexistent:
      return "NONEXISTENT";
    case Code::no_mod_seq:
      return "NOMODSEQ";
    case Code::use_attr:
      return "USEATTR";
    // RFC 9051 7.1: the charsets that are known come with it; ICU's list is too long.
    case Code::bad_charset:
      return "BADCHARSET (US-ASCII UTF-8)";
  }
  return "";
}

void write_status(std::string& out, std::string_view tag, Condition condition,
                  std::string_view code, std::string_view text) {
  out += tag;
  out += ' ';
  out += condition_text(condition);
  out += ' ';
  if (!code.empty()) {
    out += '[';
    out += code;
    out += "] ";
  }
  if (text.empty()) text = "Done";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  out += "\r\n";
}

void write_status(std::string& out, std::string_view tag, Condition condition, Code code,
                  std::string_view text) {
  write_status(out, tag, condition, code_text(code), text);
}

void write_string(std::string& out, std::string_view bytes, bool utf8) {
  if (fits_quotes(bytes, utf8)) {
    out += '"';
    for (char c : bytes) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
    return;
  }
  std::string clean;
  if (bytes.find('\0') != std::string_view::npos) {
    clean = base::replace_all(std::string(bytes), std::string_view("\0", 1),
                              utf8 ? "\xef\xbf\xbd" : "?");
    bytes = clean;
  }
  out += '{';
  out += std::to_string(bytes.size());
  out += "}\r\n";
  out += bytes;
}

void write_astring(std::string& out, std::string_view bytes, bool utf8) {
  // NIL as an astring would be read as no value by some clients.
  if (is_atom(bytes) && !base::iequals(bytes, "NIL"))
    out += bytes;
  else
    write_string(out, bytes, utf8);
}

void write_nstring(std::string& out, const std::optional<std::string>& bytes, bool utf8) {
  if (bytes)
    write_string(out, *bytes, utf8);
  else
    out += "NIL";
}

void write_mailbox(std::string& out, std::string_view name, bool utf8) {
  if (utf8)
    write_astring(out, name, true);
  else
    write_astring(out, mutf7_encode(name), false);
}

void write_flags(std::string& out, const std::vector<std::string>& flags) {
  out += '(';
  for (size_t i = 0; i < flags.size(); ++i) {
    if (i > 0) out += ' ';
    out += flags[i];
  }
  out += ')';
}

void write_esearch(std::string& out, std::string_view tag, bool uid, const EsearchResult& result) {
  out += "* ESEARCH (TAG ";
  write_string(out, tag, false);
  out += ')';
  if (uid) out += " UID";
  if (result.min) out += " MIN " + std::to_string(*result.min);
  if (result.max) out += " MAX " + std::to_string(*result.max);
  if (result.count) out += " COUNT " + std::to_string(*result.count);
  if (result.all && !result.all->empty()) out += " ALL " + result.all->text();
  if (result.mod_seq) out += " MODSEQ " + std::to_string(*result.mod_seq);
  out += "\r\n";
}

std::string fetch_label(const FetchItem& item) {
  switch (item.kind) {
    case FetchItem::Kind::flags:
      return "FLAGS";
    case FetchItem::Kind::uid:
      return "UID";
    case FetchItem::Kind::internal_date:
      return "INTERNALDATE";
    case FetchItem::Kind::rfc822_size:
      return "RFC822.SIZE";
    case FetchItem::Kind::envelope:
      return "ENVELOPE";
    case FetchItem::Kind::body:
      return "BODY";
    case FetchItem::Kind::body_structure:
      return "BODYSTRUCTURE";
    case FetchItem::Kind::rfc822:
      return "RFC822";
    case FetchItem::Kind::rfc822_header:
      return "RFC822.HEADER";
    case FetchItem::Kind::rfc822_text:
      return "RFC822.TEXT";
    case FetchItem::Kind::mod_seq:
      return "MODSEQ";
    case FetchItem::Kind::email_id:
      return "EMAILID";
    case FetchItem::Kind::thread_id:
      return "THREADID";
    case FetchItem::Kind::save_date:
      return "SAVEDATE";
    case FetchItem::Kind::preview:
      return "PREVIEW";
    case FetchItem::Kind::section:
    case FetchItem::Kind::binary:
    case FetchItem::Kind::binary_size:
      break;
  }
  std::string label = "BODY[";
  if (item.kind == FetchItem::Kind::binary) label = "BINARY[";
  if (item.kind == FetchItem::Kind::binary_size) label = "BINARY.SIZE[";
  const Section& section = item.section;
  for (size_t i = 0; i < section.part.size(); ++i) {
    if (i > 0) label += '.';
    label += std::to_string(section.part[i]);
  }
  if (section.text != Section::Text::all && !section.part.empty()) label += '.';
  switch (section.text) {
    case Section::Text::all:
      break;
    case Section::Text::header:
      label += "HEADER";
      break;
    case Section::Text::header_fields:
      label += "HEADER.FIELDS (";
      break;
    case Section::Text::header_fields_not:
      label += "HEADER.FIELDS.NOT (";
      break;
    case Section::Text::text:
      label += "TEXT";
      break;
    case Section::Text::mime:
      label += "MIME";
      break;
  }
  for (size_t i = 0; i < section.fields.size(); ++i) {
    if (i > 0) label += ' ';
    write_astring(label, section.fields[i], true);
  }
  if (!section.fields.empty()) label += ')';
  label += ']';
  if (item.partial) label += '<' + std::to_string(item.partial->offset) + '>';
  return label;
}

FetchResponse::FetchResponse(std::string& out, uint32_t sequence) : out_(out) {
  out_ += "* " + std::to_string(sequence) + " FETCH (";
}

void FetchResponse::item(std::string_view name) {
  if (!first_) out_ += ' ';
  first_ = false;
  out_ += name;
  out_ += ' ';
}

void FetchResponse::number(std::string_view name, uint64_t value) {
  item(name);
  out_ += std::to_string(value);
}

void FetchResponse::flags(std::string_view list) {
  item("FLAGS");
  out_ += list;
}

void FetchResponse::mod_seq(uint64_t value) {
  item("MODSEQ");
  out_ += '(' + std::to_string(value) + ')';
}

void FetchResponse::internal_date(std::string_view name, base::WallTime time) {
  item(name);
  out_ += '"' + base::imap_date(time) + '"';
}

void FetchResponse::literal_header(std::string_view name, uint64_t size, bool binary) {
  item(name);
  if (binary) out_ += '~';
  out_ += '{' + std::to_string(size) + "}\r\n";
}

void FetchResponse::end() {
  out_ += ")\r\n";
}

}  // namespace tegu::wire::imap
