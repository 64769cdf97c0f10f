#include "wire/mime/text.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/mime/header.h"
#include "wire/mime/transfer.h"
#include "wire/mime/words.h"

namespace tegu::wire::mime {

// At most so many bytes, without half a character at the end.
static void cut_utf8(std::string& text, size_t size) {
  if (text.size() <= size) return;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) size--;
  text.resize(size);
}

static bool is_html(const Part& part) {
  return part.subtype == "html" || part.subtype == "enriched";
}

std::optional<std::string> text_of_body(std::string_view body, const Part& part,
                                        const Limits& limits) {
  auto decoder = TransferDecoder::make(part.encoding);
  if (part.kind != PartKind::leaf || part.opaque || part.type != "text" || !decoder) {
    return std::nullopt;
  }
  std::string decoded;
  constexpr size_t piece = 16 << 10;
  for (size_t at = 0; at < body.size() && decoded.size() < limits.text_bytes; at += piece) {
    decoder->feed(body.substr(at, piece), decoded);
  }
  decoder->finish(decoded);
  if (decoded.size() > limits.text_bytes) decoded.resize(limits.text_bytes);
  auto charset = param_text(part.params, "charset").value_or("us-ascii");
  auto text = text_to_utf8(charset, decoded);
  if (is_html(part)) text = html_to_text(text);
  cut_utf8(text, limits.text_bytes);
  return text;
}

std::optional<std::string> text_of(std::string_view bytes, const Part& part, const Limits& limits) {
  return text_of_body(slice(bytes, part.body), part, limits);
}

constexpr size_t window_size = 512 << 10;  // of decoded octets

TextWindows::TextWindows(TransferDecoder decoder, const Part& part, size_t overlap)
    : decoder_(std::move(decoder)),
      charset_(param_text(part.params, "charset").value_or("us-ascii")),
      html_(is_html(part)),
      overlap_(overlap) {}

std::optional<TextWindows> TextWindows::make(const Part& part, size_t overlap) {
  auto decoder = TransferDecoder::make(part.encoding);
  if (part.kind != PartKind::leaf || part.opaque || part.type != "text" || !decoder) {
    return std::nullopt;
  }
  return TextWindows(std::move(*decoder), part, overlap);
}

std::optional<std::string> TextWindows::feed(std::string_view body) {
  decoder_.feed(body, decoded_);
  if (decoded_.size() < window_size) return std::nullopt;
  size_t size = window_end();
  std::string text = window(std::string_view(decoded_).substr(0, size));
  decoded_.erase(0, size);
  return text;
}

// Behind a line end every charset in use is at its beginning. Where none is near, and in UTF-16 and
// UTF-32, between characters.
size_t TextWindows::window_end() const {
  bool wide = base::istarts_with(charset_, "utf-16") || base::istarts_with(charset_, "utf-32");
  size_t size = decoded_.rfind(html_ ? '>' : '\n') + 1;
  if (!wide && size >= decoded_.size() / 2) return size;
  size = decoded_.size() / 4 * 4 - 4;
  for (int i = 0; i < 3 && !wide && (static_cast<unsigned char>(decoded_[size]) & 0xc0) == 0x80;
       i++)
    size--;
  return size;
}

std::string TextWindows::finish() {
  decoder_.finish(decoded_);
  return window(std::exchange(decoded_, {}));
}

std::string TextWindows::window(std::string_view octets) {
  std::string marked = byte_order_mark_ + std::string(octets);
  if (octets.starts_with("\xff\xfe") || octets.starts_with("\xfe\xff"))
    byte_order_mark_ = octets.substr(0, 2);
  auto text = text_to_utf8(charset_, marked);
  if (html_) text = html_to_text(text);
  std::string all = tail_ + text;
  size_t begin = all.size() - std::min(overlap_, all.size());
  while (begin < all.size() && (static_cast<unsigned char>(all[begin]) & 0xc0) == 0x80) begin++;
  tail_ = all.substr(begin);
  return all;
}

std::string header_text(std::string_view header, const Limits& limits) {
  std::string out;
  for (auto& field : header_fields(header, limits)) {
    out += field.name;
    out += ": " + decode_words(field.value) + '\n';
  }
  return out;
}

static std::string utf8_character(uint32_t code) {
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "\xef\xbf\xbd";
  auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

// At '&': the character it stands for and its length, or nothing.
static std::optional<std::pair<std::string, size_t>> entity(std::string_view html) {
  size_t end = html.substr(0, 12).find(';');
  if (end == std::string_view::npos) return std::nullopt;
  auto name = html.substr(1, end - 1);
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    uint32_t code = 0;
    auto [stop, error] = std::from_chars(name.begin(), name.end(), code, hex ? 16 : 10);
    if (error != std::errc{} || stop != name.end()) return std::nullopt;
    return {{utf8_character(code), end + 1}};
  }
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"amp", "&"},
      {"lt", "<"},
      {"gt", ">"},
      {"quot", "\""},
      {"apos", "'"},
      {"nbsp", " "},
      {"shy", ""},
      {"zwnj", ""},
      {"ndash", "\xe2\x80\x93"},
      {"mdash", "\xe2\x80\x94"},
      {"laquo", "\xc2\xab"},
      {"raquo", "\xc2\xbb"},
      {"hellip", "\xe2\x80\xa6"},
      {"copy", "\xc2\xa9"},
      {"euro", "\xe2\x82\xac"},
      {"auml", "\xc3\xa4"},
      {"ouml", "\xc3\xb6"},
      {"uuml", "\xc3\xbc"},
      {"Auml", "\xc3\x84"},
      {"Ouml", "\xc3\x96"},
      {"Uuml", "\xc3\x9c"},
      {"szlig", "\xc3\x9f"},
      {"eacute", "\xc3\xa9"}};
  for (auto& [known, text] : names) {
    if (known == name) return {{std::string(text), end + 1}};
  }
  return std::nullopt;
}

static bool breaks_line(std::string_view tag) {
  static constexpr std::string_view names[] = {"br", "p",  "div", "tr", "li", "h1", "h2",    "h3",
                                               "h4", "h5", "h6",  "hr", "td", "th", "table", "ul"};
  return std::ranges::find(names, tag) != std::end(names);
}

// Size of the tag or comment at '<'; 1 when it is only a less-than sign.
static size_t tag_size(std::string_view html) {
  if (html.starts_with("<!--")) {
    size_t end = html.find("-->", 4);
    return end == std::string_view::npos ? html.size() : end + 3;
  }
  char next = html.size() > 1 ? html[1] : ' ';
  if (!base::is_alpha(next) && next != '/' && next != '!' && next != '?') return 1;
  char quote = 0;
  for (size_t i = 1; i < html.size(); i++) {
    if (quote != 0) {
      if (html[i] == quote) quote = 0;
    } else if (html[i] == '>') {
      return i + 1;
    } else if ((html[i] == '"' || html[i] == '\'') && html[i - 1] == '=') {
      quote = html[i];
    }
  }
  return html.size();
}

std::string html_to_text(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    size_t plain = std::min(html.find_first_of("<&"), html.size());
    out += html.substr(0, plain);
    html.remove_prefix(plain);
    if (html.starts_with('&')) {
      auto found = entity(html);
      out += found ? found->first : "&";
      html.remove_prefix(found ? found->second : 1);
      continue;
    }
    if (html.empty()) break;
    size_t size = tag_size(html);
    if (size == 1) out += '<';
    auto tag = html.substr(1, size - 1);
    html.remove_prefix(size);
    bool closes = tag.starts_with('/');
    if (closes) tag.remove_prefix(1);
    size_t length = 0;
    while (length < tag.size() && length < 16 && base::is_alnum(tag[length])) length++;
    auto name = base::to_lower(tag.substr(0, length));
    if (breaks_line(name)) out += '\n';
    if (!closes && (name == "script" || name == "style")) {
      // Its end tag is met as an opening of nothing: skip to it.
      html.remove_prefix(std::min(base::ifind(html, "</" + name), html.size()));
      html.remove_prefix(std::min(html.find('>'), html.size()));
      if (!html.empty()) html.remove_prefix(1);
    }
  }
  return out;
}

static const Part* preview_part(const Message& message) {
  const Part* html = nullptr;
  for (auto& part : message.parts) {
    if (part.kind != PartKind::leaf || part.opaque || part.disposition == "attachment") continue;
    if (part.is("text", "plain")) return &part;
    if (!html && part.is("text", "html")) html = &part;
  }
  return html;
}

std::string preview_of(std::string_view bytes, const Message& message, size_t characters,
                       const Limits& limits) {
  auto* part = preview_part(message);
  if (!part) return {};
  Limits little = limits;
  little.text_bytes = std::min(limits.text_bytes, 64 * characters + 1024);
  auto text = text_of(bytes, *part, little).value_or("");
  std::string out;
  bool blank = false;
  for (std::string_view rest = text; !rest.empty() && characters > 0;) {
    size_t length = base::utf8_sequence_length(rest);
    auto character = rest.substr(0, std::max<size_t>(length, 1));
    rest.remove_prefix(character.size());
    if (length == 1 && static_cast<unsigned char>(character.front()) <= 32) {
      blank = !out.empty();
      continue;
    }
    if (blank && characters-- == 1) break;
    if (blank) out += ' ';
    out += character;
    characters--;
    blank = false;
  }
  return out;
}

}  // namespace tegu::wire::mime
