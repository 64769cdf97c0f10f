#include "wire/mime/words.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/mime/header.h"
#include "wire/mime/lexer.h"
#include "wire/mime/transfer.h"

namespace tegu::wire::mime {

std::string text_to_utf8(std::string_view charset, std::string_view bytes) {
  static constexpr std::pair<std::string_view, std::string_view> wider[] = {
      {"iso-8859-1", "windows-1252"}, {"latin1", "windows-1252"},
      {"gb2312", "gb18030"},          {"gbk", "gb18030"},
      {"euc-kr", "windows-949"},      {"ks_c_5601-1987", "windows-949"},
      {"shift_jis", "windows-31j"},   {"tis-620", "windows-874"}};
  // ICU would look for a file of any name.
  if (!is_token(charset)) return base::to_valid_utf8(bytes);
  for (auto& [name, real] : wider) {
    if (base::iequals(charset, name)) charset = real;
  }
  if (auto text = base::charset_to_utf8(charset, bytes)) return *text;
  return base::to_valid_utf8(bytes);
}

namespace {
struct EncodedWord {
  std::string_view charset;
  bool base64;
  std::string_view text;
  size_t size;  // of all of it
};
// RFC 2047 2 allows 75 characters; senders have been seen to put a whole subject into one word.
constexpr size_t word_limit = 4096;
}  // namespace

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// At "=?": charset ["*" language] "?" encoding "?" text "?=".
static std::optional<EncodedWord> encoded_word(std::string_view text) {
  text = text.substr(0, word_limit);
  size_t charset = text.find('?', 2);
  if (charset == std::string_view::npos || charset + 2 >= text.size()) return std::nullopt;
  auto name = text.substr(2, charset - 2);
  name = name.substr(0, name.find('*'));
  char encoding = base::lower(text[charset + 1]);
  if (!is_token(name) || (encoding != 'b' && encoding != 'q') || text[charset + 2] != '?') {
    return std::nullopt;
  }
  size_t begin = charset + 3, end = text.find("?=", begin);
  if (end == std::string_view::npos) return std::nullopt;
  return EncodedWord{name, encoding == 'b', text.substr(begin, end - begin), end + 2};
}

static std::string word_bytes(const EncodedWord& word) {
  std::string out;
  if (word.base64) {
    Base64Decoder decoder;
    decoder.feed(word.text, out);
    decoder.finish(out);
    return out;
  }
  for (size_t i = 0; i < word.text.size(); i++) {
    char c = word.text[i];
    auto byte = c == '=' ? base::hex_decode(word.text.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      out += *byte;
      i += 2;
    } else {
      out += c == '_' ? ' ' : c;
    }
  }
  return out;
}

namespace {
// Gathers what is decoded; neighbouring words of one charset are converted together.
class WordsDecoder {
 public:
  void word(const EncodedWord& word) {
    if (!base::iequals(word.charset, charset_)) flush();
    charset_ = word.charset;
    bytes_ += word_bytes(word);
  }
  void text(std::string_view text) {
    flush();
    out_ += text;
  }
  std::string finish() {
    flush();
    return base::to_valid_utf8(out_);
  }

 private:
  void flush() {
    if (bytes_.empty()) return;
    auto text = text_to_utf8(charset_, bytes_);
    std::ranges::replace_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    out_ += text;
    bytes_.clear();
  }
  std::string out_, bytes_;
  std::string_view charset_;
};
}  // namespace

std::string decode_words(std::string_view value) {
  std::string unfolded = unfold(value);
  std::string_view rest = unfolded;
  WordsDecoder decoder;
  bool after_word = false;
  while (!rest.empty()) {
    if (auto word = rest.starts_with("=?") ? encoded_word(rest) : std::nullopt) {
      decoder.word(*word);
      rest.remove_prefix(word->size);
      after_word = true;
      continue;
    }
    size_t blanks = 0;
    while (blanks < rest.size() && is_blank(rest[blanks])) blanks++;
    // RFC 2047 6.2: blanks between encoded words are not shown.
    if (after_word && blanks > 0 && rest.substr(blanks).starts_with("=?") &&
        encoded_word(rest.substr(blanks))) {
      rest.remove_prefix(blanks);
      continue;
    }
    size_t from = std::max<size_t>(1, blanks);
    size_t end = std::min(rest.find_first_of(" \t", from), rest.size());
    size_t next = std::min(rest.substr(0, end).find("=?", from), end);
    decoder.text(rest.substr(0, next));
    rest.remove_prefix(next);
    after_word = false;
  }
  return decoder.finish();
}

static std::string without_controls(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](unsigned char c) { return c < 32 || c == 127; }, ' ');
  return out;
}

// Safe in a phrase too (RFC 2047 5.3).
static bool is_q_plain(char c) {
  return base::is_alnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

static std::string q_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == ' ') {
      out += '_';
    } else if (is_q_plain(c)) {
      out += c;
    } else {
      out += '=' + base::to_upper(base::hex_encode(std::string_view(&c, 1)));
    }
  }
  return out;
}

// RFC 2047 2: 75 characters a word, 76 a line with words. 52 and the 12 of "=?utf-8?q?" and "?="
// let the first word stand beside the field's name. Words never split a character.
static std::string words_of(std::string_view utf8) {
  constexpr size_t room = 52;
  std::string valid = base::to_valid_utf8(utf8);
  bool base64 = q_encode(valid).size() > (valid.size() + 2) / 3 * 4;
  std::string out, piece;
  auto finish = [&] {
    if (!out.empty()) out += ' ';
    out += base64 ? "=?utf-8?b?" + base::base64_encode(piece) : "=?utf-8?q?" + q_encode(piece);
    out += "?=";
    piece.clear();
  };
  for (std::string_view rest = valid; !rest.empty();) {
    auto character = rest.substr(0, base::utf8_sequence_length(rest));
    std::string longer = piece + std::string(character);
    size_t size = base64 ? (longer.size() + 2) / 3 * 4 : q_encode(longer).size();
    if (size > room) finish();
    piece += character;
    rest.remove_prefix(character.size());
  }
  finish();
  return out;
}

std::string encode_words(std::string_view utf8) {
  std::string text = without_controls(utf8);
  auto needs = [](std::string_view word) { return !base::is_ascii(word) || word.contains("=?"); };
  if (!needs(text)) return text;
  auto words = base::split(text, ' ');
  size_t first = 0, last = words.size() - 1;
  while (!needs(words[first])) first++;
  while (!needs(words[last])) last--;
  std::string_view all = text;
  auto begin = static_cast<size_t>(words[first].data() - all.data());
  auto end = static_cast<size_t>(words[last].data() - all.data()) + words[last].size();
  return text.substr(0, begin) + words_of(all.substr(begin, end - begin)) + text.substr(end);
}

std::string encode_phrase(std::string_view utf8) {
  std::string text = without_controls(utf8);
  if (!base::is_ascii(text) || text.contains("=?")) return words_of(text);
  bool atoms = !text.empty() && std::ranges::all_of(text, [](char c) {
    return base::is_alnum(c) || std::string_view(" !#$%&'*+-/=?^_`{|}~").contains(c);
  });
  if (atoms && base::trim(text) == text) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string fold_header(std::string_view name, std::string_view value) {
  constexpr size_t width = 78;
  std::string clean(value);
  std::ranges::replace_if(clean, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  std::string out(name);
  out += ':';
  size_t line_begin = 0;
  bool has_word = false;  // a line of blanks alone would be obsolete syntax
  std::string_view rest = base::trim(clean);
  while (!rest.empty()) {
    size_t blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    size_t word = std::min(rest.find_first_of(" \t", blanks), rest.size()) - blanks;
    auto gap = blanks > 0 ? rest.substr(0, blanks) : std::string_view(" ");
    if (has_word && out.size() - line_begin + gap.size() + word > width) {
      out += "\r\n";
      line_begin = out.size();
    }
    out += gap;
    out += rest.substr(blanks, word);
    rest.remove_prefix(blanks + word);
    has_word = true;
  }
  return out + "\r\n";
}

}  // namespace tegu::wire::mime
