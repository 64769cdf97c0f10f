// parse() of message.h for messages that come in pieces: a message of any size is read in memory
// for one header block and the parts found so far.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mime/message.h"

namespace tegu::wire::mime {

class Parser {
 public:
  explicit Parser(const Limits& limits = {});

  // The next piece of the message, of any size; nothing of it is kept by reference.
  void feed(std::string_view piece);
  // Octets of the message's own header with its blank line, as soon as its end was seen.
  std::optional<uint64_t> header_size() const;
  // The message has ended; the parser is of no more use. The same for any split into pieces.
  Message finish();

 private:
  struct OpenPart {
    uint32_t index;
    uint64_t lines_before_body;
  };
  struct OpenBoundary {
    size_t path_size;  // of the path that ends with the multipart
    std::string text;
  };
  struct Delimiter {
    size_t boundary;
    bool closes;
  };

  void hold(std::string_view text);
  void end_held_line(bool ended);
  void take_line(std::string_view line, uint64_t size, bool ended, bool cr);
  void end_line(uint64_t size, bool ended, bool cr);
  void begin_part(uint32_t parent);
  void end_header();
  bool open_container(uint32_t index);
  std::optional<Delimiter> delimiter(std::string_view line) const;
  void meet(Delimiter delimiter, uint64_t line_begin, uint64_t lines_before, bool after_cr);
  void close(size_t path_size, uint64_t end, uint64_t lines, uint64_t line_begin);

  Limits limits_;
  Message message_;
  uint64_t at_ = 0;        // where the present line begins
  uint64_t lines_ = 0;     // line feeds before at_
  bool after_cr_ = false;  // the line before ended with CRLF
  // The line that has come only in part: its beginning, its size so far, its last two octets.
  std::string held_;
  uint64_t line_size_ = 0;
  char held_end_[2] = {};
  bool in_header_ = false;  // of the innermost part
  std::string header_;      // as far as fields are read from it
  uint64_t header_size_ = 0;
  std::vector<OpenPart> path_;
  std::vector<OpenBoundary> boundaries_;
};

}  // namespace tegu::wire::mime
