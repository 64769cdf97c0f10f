// Content-Transfer-Encoding: tolerant streaming decoders and the encoders for what we compose
// (RFC 2045 6). Knows nothing of charsets.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tegu::wire::mime {

// Skips what is not of the alphabet; padding may be absent or stand in the middle (joined pieces).
class Base64Decoder {
 public:
  void feed(std::string_view text, std::string& out);
  void finish(std::string& out);
  // There was junk other than line ends and blanks, or an incomplete group.
  bool damaged() const { return damaged_; }

 private:
  void flush(std::string& out);
  uint32_t group_ = 0;
  int count_ = 0;        // sextets in group_
  int padding_due_ = 0;  // '=' that may still follow a flushed group
  bool damaged_ = false;
};

// Line ends stay as they are; blanks at line ends are removed; a '=' that begins no valid escape
// stays, as RFC 2045 6.7 advises.
class QuotedPrintableDecoder {
 public:
  void feed(std::string_view text, std::string& out);
  void finish(std::string& out);
  bool damaged() const { return damaged_; }

 private:
  enum class State { text, escape, escape_digit, soft_break, soft_break_return };
  void step(char c, std::string& out);
  void literal(std::string& out);
  State state_ = State::text;
  std::string blanks_;  // not yet known to stand before a line end
  std::string escape_;  // of an escape that may prove invalid
  bool damaged_ = false;
};

// Any known encoding: "" and 7bit, 8bit, binary (as it is), base64, quoted-printable; any case.
class TransferDecoder {
 public:
  [[nodiscard]] static std::optional<TransferDecoder> make(std::string_view encoding);
  // Appends what can be decoded so far.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);
  bool damaged() const;

 private:
  struct Identity {};
  std::variant<Identity, Base64Decoder, QuotedPrintableDecoder> decoder_;
};

// unknown_encoding: IMAP BINARY answers NO [UNKNOWN-CTE] (RFC 3516 4.3); bytes are empty.
// damaged: bytes are the best that could be made of it.
struct Decoded {
  enum class Status { ok, damaged, unknown_encoding };
  Status status = Status::ok;
  std::string bytes;
};
Decoded decode_body(std::string_view encoding, std::string_view bytes);

// Lines of 76 characters, each ended by CRLF.
std::string encode_base64_lines(std::string_view bytes);
// For text: its line ends (LF or CRLF) become CRLF, lines are at most 76 characters.
std::string encode_quoted_printable(std::string_view text);

}  // namespace tegu::wire::mime
