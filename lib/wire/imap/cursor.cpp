#include "wire/imap/cursor.h"

#include "base/text.h"
#include "base/unicode.h"
#include "wire/imap/flags.h"
#include "wire/imap/mailbox_name.h"

namespace tegu::wire::imap {
namespace {

bool is_atom_char(char c) {
  return c > ' ' && c < 0x7f && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}
bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}
bool is_list_char(char c) {
  return is_astring_char(c) || c == '%' || c == '*';
}
// Written without quotes by clients that know IMAP4rev2 only halfway.
bool is_eight_bit(char c) {
  return (static_cast<unsigned char>(c) & 0x80) != 0;
}

}  // namespace

void syntax(std::string text) {
  throw Syntax{std::move(text)};
}

Cursor::Level::Level(Cursor& cursor) : cursor_(cursor) {
  if (cursor.depth_ >= cursor.context_.limits.depth) syntax("Nested too deep");
  ++cursor.depth_;
}

bool Cursor::accept(char c) {
  if (!next_is(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Cursor::accept_word(std::string_view word) {
  if (!base::istarts_with(rest_, word)) return false;
  if (rest_.size() > word.size() && base::is_alnum(rest_[word.size()])) return false;
  rest_.remove_prefix(word.size());
  return true;
}

bool Cursor::accept_text(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

void Cursor::need(char c) {
  if (accept(c)) return;
  std::string wanted = c == ' ' ? "a space" : std::string("\"") + c + "\"";
  if (rest_.empty()) syntax("Command ends where " + wanted + " is wanted");
  syntax("Wants " + wanted + " before \"" + base::escape_controls(rest_.substr(0, 20)) + "\"");
}

void Cursor::end() const {
  if (!rest_.empty())
    syntax("Unexpected \"" + base::escape_controls(rest_.substr(0, 20)) + "\" after the command");
}

std::string_view Cursor::tag() {
  std::string_view tag = take_while([](char c) { return is_astring_char(c) && c != '+'; });
  if (tag.empty() || tag.size() > 128) syntax("Command begins with a tag");
  return tag;
}

std::string_view Cursor::atom() {
  std::string_view atom = take_while(is_atom_char);
  if (atom.empty()) syntax("Wants an atom");
  return atom;
}

std::string Cursor::word() {
  return base::to_upper(atom());
}

std::string Cursor::quoted() {
  need('"');
  std::string text;
  while (!accept('"')) {
    if (accept('\\') && !next_is('"') && !next_is('\\')) syntax("Only \\\" and \\\\ in quotes");
    if (rest_.empty()) syntax("Quoted string is not closed");
    if (next_is('\r') || next_is('\n')) syntax("Quoted string holds a line end");
    text += rest_.front();
    rest_.remove_prefix(1);
  }
  if (!base::is_utf8(text)) syntax("Quoted string is neither ASCII nor UTF-8");
  return text;
}

// "{n}\r\n" or "{n+}\r\n" and n bytes, which the framer has put there.
std::string Cursor::literal() {
  bool binary = accept('~');
  need('{');
  uint64_t size = number64();
  accept('+');
  need('}');
  need('\r');
  need('\n');
  if (size > rest_.size()) syntax("Literal is cut short");
  std::string bytes(rest_.substr(0, size));
  rest_.remove_prefix(size);
  // RFC 9051 4.3: only literal8 may hold NUL.
  if (!binary && bytes.find('\0') != std::string::npos) syntax("Literal holds a NUL");
  return bytes;
}

std::string Cursor::string() {
  if (next_is('"')) return quoted();
  if (next_is('{') || next_is('~')) return literal();
  syntax("Wants a string");
}

std::string Cursor::astring() {
  if (next_is('"') || next_is('{')) return string();
  std::string_view text = take_while([](char c) { return is_astring_char(c) || is_eight_bit(c); });
  if (text.empty()) syntax("Wants a string or an atom");
  if (!base::is_utf8(text)) syntax("Text is neither ASCII nor UTF-8");
  return std::string(text);
}

std::optional<std::string> Cursor::nstring() {
  if (accept_word("NIL")) return std::nullopt;
  return string();
}

std::string Cursor::decoded_mailbox(std::string_view wire) const {
  auto name = read_mailbox_name(wire, context_.utf8);
  if (!name) syntax("Mailbox name is not modified UTF-7");
  return std::move(*name);
}

std::string Cursor::mailbox() {
  return decoded_mailbox(astring());
}

std::string Cursor::list_mailbox() {
  if (next_is('"') || next_is('{')) return decoded_mailbox(string());
  std::string_view text = take_while([](char c) { return is_list_char(c) || is_eight_bit(c); });
  if (text.empty()) syntax("Wants a mailbox pattern");
  return decoded_mailbox(text);
}

std::string Cursor::flag() {
  std::string text;
  if (accept('\\')) text = "\\";
  text += atom();
  auto flag = canonical_flag(text);
  if (!flag) syntax("Flag " + base::escape_controls(text.substr(0, 40)) + " cannot be stored");
  return std::move(*flag);
}

std::vector<std::string> Cursor::flag_list() {
  std::vector<std::string> flags;
  need('(');
  if (accept(')')) return flags;
  do flags.push_back(flag());
  while (accept(' '));
  need(')');
  return flags;
}

uint64_t Cursor::number64() {
  auto number = base::parse_number<int64_t>(take_while(base::is_digit));
  if (!number) syntax("Wants a number");
  return static_cast<uint64_t>(*number);
}

uint32_t Cursor::number() {
  uint64_t number = number64();
  if (number > UINT32_MAX) syntax("Number is too large");
  return static_cast<uint32_t>(number);
}

uint32_t Cursor::nz_number() {
  uint32_t number = this->number();
  if (number == 0) syntax("Number must not be 0");
  return number;
}

SeqSet Cursor::seqset() {
  std::string_view text = take_while(
      [](char c) { return base::is_digit(c) || c == ':' || c == ',' || c == '*' || c == '$'; });
  auto set = SeqSet::parse(text, context_.limits.ranges);
  if (!set) syntax("Wants a sequence set");
  return std::move(*set);
}

std::chrono::sys_days Cursor::date() {
  std::string text = next_is('"') ? quoted() : std::string(atom());
  auto date = base::parse_imap_date(text);
  if (!date) syntax("Wants a date such as 1-Feb-1994");
  return *date;
}

base::MailDate Cursor::date_time() {
  auto date = base::parse_imap_date_time(quoted());
  if (!date) syntax("Wants a date and time such as \"17-Jul-1996 02:44:25 -0700\"");
  return *date;
}

}  // namespace tegu::wire::imap
