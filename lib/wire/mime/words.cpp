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
  size_t end;  // offset behind it
};
// RFC 2047 2 allows 75 characters; senders have been seen to put a whole subject into one word.
constexpr size_t word_limit = 4096;
}  // namespace

namespace {
// Finds encoded words in a text from left to right. Remembers the next "?=", so that many
// beginnings without an end cost no more than one.
class WordFinder {
 public:
  explicit WordFinder(std::string_view text) : text_(text) {}

  // At "=?": charset ["*" language] "?" encoding "?" text "?=".
  std::optional<EncodedWord> at(size_t begin) {
    if (!text_.substr(begin).starts_with("=?")) return std::nullopt;
    size_t charset = text_.find('?', begin + 2);
    if (charset == std::string_view::npos || charset + 2 >= text_.size()) return std::nullopt;
    auto name = text_.substr(begin + 2, charset - begin - 2);
    name = name.substr(0, name.find('*'));
    char encoding = base::lower(text_[charset + 1]);
    if ((encoding != 'b' && encoding != 'q') || text_[charset + 2] != '?' || !is_token(name)) {
      return std::nullopt;
    }
    size_t content = charset + 3;
    if (!known_ || end_ < content) end_ = text_.find("?=", content);
    known_ = true;
    if (end_ == std::string_view::npos || end_ - begin > word_limit) return std::nullopt;
    return EncodedWord{name, encoding == 'b', text_.substr(content, end_ - content), end_ + 2};
  }

 private:
  std::string_view text_;
  bool known_ = false;
  size_t end_ = 0;
};
}  // namespace

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
  std::string_view text = unfolded;
  WordFinder finder(text);
  WordsDecoder decoder;
  bool after_word = false;
  for (size_t at = 0; at < text.size();) {
    if (auto word = finder.at(at)) {
      decoder.word(*word);
      at = word->end;
      after_word = true;
      continue;
    }
    size_t word_begin = std::min(text.find_first_not_of(" \t", at), text.size());
    // RFC 2047 6.2: blanks between encoded words are not shown.
    if (after_word && word_begin > at && finder.at(word_begin)) {
      at = word_begin;
      continue;
    }
    size_t end = std::max(at + 1, word_begin);
    while (end < text.size() && text[end] != ' ' && text[end] != '\t' &&
           !text.substr(end).starts_with("=?")) {
      end++;
    }
    decoder.text(text.substr(at, end - at));
    at = end;
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
