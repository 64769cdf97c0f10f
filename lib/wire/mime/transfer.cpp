#include "wire/mime/transfer.h"

#include <array>

#include "base/text.h"

namespace tegu::wire::mime {

static constexpr auto base64_values = [] {
  std::array<signed char, 256> values{};
  values.fill(-1);
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < alphabet.size(); i++) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  }
  return values;
}();

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Decodes the sextets of an unfinished group; one alone is no byte.
void Base64Decoder::flush(std::string& out) {
  if (count_ == 1) damaged_ = true;
  if (count_ >= 2) out += static_cast<char>(group_ >> (count_ == 2 ? 4 : 10));
  if (count_ == 3) out += static_cast<char>(group_ >> 2);
  group_ = 0;
  count_ = 0;
}

void Base64Decoder::feed(std::string_view text, std::string& out) {
  for (char c : text) {
    int value = base64_values[static_cast<unsigned char>(c)];
    if (value >= 0) {
      padding_due_ = 0;
      group_ = group_ << 6 | static_cast<uint32_t>(value);
      if (++count_ < 4) continue;
      for (int shift : {16, 8, 0}) out += static_cast<char>(group_ >> shift);
      group_ = 0;
      count_ = 0;
    } else if (c == '=') {
      if (count_ >= 2) {
        padding_due_ = 3 - count_;
        flush(out);
      } else if (count_ == 0 && padding_due_ > 0) {
        padding_due_--;
      } else {
        damaged_ = true;
      }
    } else if (!is_space(c)) {
      damaged_ = true;
    }
  }
}

void Base64Decoder::finish(std::string& out) {
  if (count_ > 0) damaged_ = true;
  flush(out);
}

static bool is_hex(char c) {
  c = base::lower(c);
  return base::is_digit(c) || (c >= 'a' && c <= 'f');
}

// The escape was none: its characters are text.
void QuotedPrintableDecoder::literal(std::string& out) {
  out += escape_;
  damaged_ = true;
  state_ = State::text;
}

void QuotedPrintableDecoder::step(char c, std::string& out) {
  if (state_ == State::soft_break_return) {
    state_ = State::text;
    if (c == '\n') return;
  }
  if (state_ == State::escape || state_ == State::soft_break) {
    if (c == '\n') {
      state_ = State::text;
      return;
    }
    if (c == '\r') {
      state_ = State::soft_break_return;
      return;
    }
    if (c == ' ' || c == '\t') {
      state_ = State::soft_break;
      escape_ += c;
      return;
    }
    if (state_ == State::escape && is_hex(c)) {
      state_ = State::escape_digit;
      escape_ += c;
      return;
    }
    literal(out);
  } else if (state_ == State::escape_digit) {
    if (is_hex(c)) {
      escape_ += c;
      out += base::hex_decode(std::string_view(escape_).substr(1)).value_or("");
      state_ = State::text;
      return;
    }
    literal(out);
  }
  if (c == ' ' || c == '\t' || c == '\r') {
    blanks_ += c;
    return;
  }
  if (c == '\n') {
    if (blanks_.ends_with('\r')) out += '\r';
    blanks_.clear();
    out += '\n';
    return;
  }
  out += blanks_;
  blanks_.clear();
  if (c == '=') {
    escape_ = c;
    state_ = State::escape;
  } else {
    out += c;
  }
}

void QuotedPrintableDecoder::feed(std::string_view text, std::string& out) {
  for (char c : text) step(c, out);
}

void QuotedPrintableDecoder::finish(std::string& out) {
  if (state_ == State::escape_digit) literal(out);
  state_ = State::text;
  blanks_.clear();
}

std::optional<TransferDecoder> TransferDecoder::make(std::string_view encoding) {
  TransferDecoder made;
  if (base::iequals(encoding, "base64")) {
    made.decoder_ = Base64Decoder();
  } else if (base::iequals(encoding, "quoted-printable")) {
    made.decoder_ = QuotedPrintableDecoder();
  } else if (!encoding.empty() && !base::iequals(encoding, "7bit") &&
             !base::iequals(encoding, "8bit") && !base::iequals(encoding, "binary")) {
    return std::nullopt;
  }
  return made;
}

void TransferDecoder::feed(std::string_view bytes, std::string& out) {
  if (auto* base64 = std::get_if<Base64Decoder>(&decoder_)) {
    base64->feed(bytes, out);
  } else if (auto* quoted = std::get_if<QuotedPrintableDecoder>(&decoder_)) {
    quoted->feed(bytes, out);
  } else {
    out += bytes;
  }
}

void TransferDecoder::finish(std::string& out) {
  if (auto* base64 = std::get_if<Base64Decoder>(&decoder_)) base64->finish(out);
  if (auto* quoted = std::get_if<QuotedPrintableDecoder>(&decoder_)) quoted->finish(out);
}

bool TransferDecoder::damaged() const {
  if (auto* base64 = std::get_if<Base64Decoder>(&decoder_)) return base64->damaged();
  if (auto* quoted = std::get_if<QuotedPrintableDecoder>(&decoder_)) return quoted->damaged();
  return false;
}

Decoded decode_body(std::string_view encoding, std::string_view bytes) {
  auto decoder = TransferDecoder::make(encoding);
  if (!decoder) return {Decoded::Status::unknown_encoding, {}};
  Decoded decoded;
  decoder->feed(bytes, decoded.bytes);
  decoder->finish(decoded.bytes);
  if (decoder->damaged()) decoded.status = Decoded::Status::damaged;
  return decoded;
}

std::string encode_base64_lines(std::string_view bytes) {
  constexpr size_t bytes_a_line = 57;
  std::string out;
  out.reserve(bytes.size() / bytes_a_line * 78 + 80);
  for (size_t at = 0; at < bytes.size(); at += bytes_a_line) {
    out += base::base64_encode(bytes.substr(at, bytes_a_line)) + "\r\n";
  }
  return out;
}

static void append_quoted_line(std::string& out, std::string_view line) {
  size_t column = 0;
  for (size_t i = 0; i < line.size(); i++) {
    char c = line[i];
    bool last = i + 1 == line.size();
    bool plain = (c > 32 && c < 127 && c != '=') || ((c == ' ' || c == '\t') && !last);
    // RFC 2049 3: a lone dot and an mbox From line do not survive every gateway.
    if (column == 0 && (c == '.' || (c == 'F' && line.substr(i).starts_with("From ")))) {
      plain = false;
    }
    size_t width = plain ? 1 : 3;
    if (column + width > (last ? 76 : 75)) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += c;
    } else {
      out += '=' + base::to_upper(base::hex_encode(std::string_view(&c, 1)));
    }
    column += width;
  }
}

std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t lf = text.find('\n');
    auto line = text.substr(0, lf);
    if (lf != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    append_quoted_line(out, line);
    if (lf == std::string_view::npos) break;
    out += "\r\n";
    text.remove_prefix(lf + 1);
  }
  return out;
}

}  // namespace tegu::wire::mime
