// The message after DATA (RFC 5321 4.1.1.4, 4.5.2) and in BDAT chunks (RFC 3030), as streams: bytes
// in, pieces of the message out, nothing copied or kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tegu::wire::smtp {

// Finds a CR not before LF or an LF not after CR, across pieces.
class LineEndCheck {
 public:
  void feed(std::string_view bytes);
  // Also true when the stream ends here on a CR.
  bool bare_at_end() const { return bare_ || after_cr_; }
  bool bare() const { return bare_; }

 private:
  bool after_cr_ = false;
  bool bare_ = false;
};

// Takes the dots away and finds the end, which is CRLF.CRLF and nothing else. After a bare CR or LF
// the message is to be refused: nothing more comes out, but the octets up to the true end are still
// taken, so that they are not read as commands.
class DataDecoder {
 public:
  struct Step {
    size_t consumed;
    std::string_view output;  // part of the given bytes; may be empty before the end
    bool end;                 // the final dot was taken; what follows is the next command
  };
  // Deals with a piece of bytes; call again with the rest until all are consumed or the end.
  Step next(std::string_view bytes);
  // A bare CR or LF was seen: answer 550 5.6.0 after the end and drop what came out.
  bool refused() const { return refused_; }

 private:
  enum class State { line_start, in_line, after_cr, after_dot, after_dot_cr };
  size_t skip_plain(std::string_view bytes);

  State state_ = State::line_start;
  bool refused_ = false;
};

// The octets of one BDAT chunk; any octet may be among them.
class ChunkCounter {
 public:
  explicit ChunkCounter(uint64_t size) : left_(size) {}
  // The start of bytes that belongs to the chunk.
  std::string_view take(std::string_view bytes);
  uint64_t left() const { return left_; }
  bool done() const { return left_ == 0; }

 private:
  uint64_t left_;
};

// For sending after DATA: doubles dots, and ends with CRLF.CRLF. A bare CR or LF in the stored
// message becomes a blank: no receiver can take it for a line end (SMTP smuggling).
class DataEncoder {
 public:
  // Appends to out; pieces may be split anywhere.
  void encode(std::string_view bytes, std::string& out);
  // Appends the end. The encoder is then ready for another message.
  void finish(std::string& out);

 private:
  bool line_start_ = true;
  bool after_cr_ = false;  // a CR is held back
};

}  // namespace tegu::wire::smtp
