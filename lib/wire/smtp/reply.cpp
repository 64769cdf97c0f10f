#include "wire/smtp/reply.h"

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::wire::smtp {
namespace {

constexpr size_t max_reply_lines = 128;
constexpr size_t max_reply_line = 2048;
constexpr size_t max_sent_line = 510;  // RFC 5321 4.5.3.1.5: 512 with CRLF

std::string printable_line(std::string_view text, size_t room) {
  std::string line;
  for (char c : text) line += (c >= 0 && c < ' ' && c != '\t') || c == 0x7f ? '?' : c;
  if (line.size() <= room) return line;
  size_t cut = room;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
  line.resize(cut);
  return line;
}

// Length of the enhanced code at the start of text, which fits the reply's class, or 0.
size_t enhanced_length(std::string_view text, int code) {
  std::string_view word = text.substr(0, text.find(' '));
  return is_enhanced_code(word) && word.front() - '0' == code / 100 ? word.size() : 0;
}

}  // namespace

std::string Reply::line() const {
  std::string out = std::to_string(code);
  if (!enhanced.empty()) out += ' ' + enhanced;
  if (!text.empty()) out += ' ' + base::replace_all(text, "\n", " ");
  return out;
}

std::string format(const Reply& reply) {
  std::string out;
  std::string code = std::to_string(reply.code);
  auto lines = base::split(reply.text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string start = code + (i + 1 == lines.size() ? ' ' : '-');
    if (!reply.enhanced.empty()) start += reply.enhanced + ' ';
    out += start + printable_line(lines[i], max_sent_line - start.size()) + "\r\n";
  }
  return out;
}

bool is_enhanced_code(std::string_view text) {
  auto parts = base::split(text, '.');
  if (parts.size() != 3) return false;
  if (parts[0] != "2" && parts[0] != "4" && parts[0] != "5") return false;
  for (std::string_view part : {parts[1], parts[2]}) {
    if (part.size() > 3 || !base::parse_number<unsigned>(part)) return false;
  }
  return true;
}

ReplyReader::Step ReplyReader::feed(std::string_view bytes) {
  if (finished_) *this = ReplyReader();
  size_t at = 0;
  while (at < bytes.size()) {
    std::string_view rest = bytes.substr(at);
    size_t newline = rest.find('\n');
    std::string_view piece = rest.substr(0, newline);
    if (line_.size() + piece.size() > max_reply_line) return {Status::too_long, at};
    line_ += piece;
    if (newline == std::string_view::npos) break;
    at += newline + 1;
    if (++lines_ > max_reply_lines) return {Status::too_long, at};
    auto last = end_line();
    if (!last) return {Status::bad_syntax, at};
    if (*last) {
      finished_ = true;
      return {Status::reply, at};
    }
  }
  return {Status::need_more, bytes.size()};
}

std::optional<bool> ReplyReader::end_line() {
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  // RFC 5321 4.2: Reply-code = 2..5, 0..5, digit; we let the second be any digit.
  if (line.size() < 3 || line[0] < '2' || line[0] > '5') return {};
  auto code = base::parse_number<unsigned>(line.substr(0, 3));
  if (!code) return {};
  bool last = line.size() == 3 || line[3] == ' ';
  if (!last && line[3] != '-') return {};
  int number = static_cast<int>(*code);
  if (lines_ > 1 && number != reply_.code) return {};
  reply_.code = number;

  std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
  size_t length = enhanced_length(text, number);
  if (lines_ == 1) reply_.enhanced = text.substr(0, length);
  if (length > 0 && text.substr(0, length) == reply_.enhanced) {
    text.remove_prefix(length);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  if (lines_ > 1) reply_.text += '\n';
  reply_.text += text;
  line_.clear();
  return last;
}

}  // namespace tegu::wire::smtp
