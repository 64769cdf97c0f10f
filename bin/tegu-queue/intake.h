// A letter as it comes in: read from its descriptor, made ready to be stored.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/handle.h"
#include "wire/smtp/envelope.h"

namespace tegu::queue {

// The octets of a letter: here, or in a file from its offset 0 when they are many.
struct Octets {
  std::string here = {};
  base::Fd file = {};
  uint64_t file_size = 0;
};

// `size` octets from offset 0. Throws base::Error when there are fewer, or they cannot be read.
std::string read_letter(int fd, uint64_t size);

// Our Return-Path line (RFC 5321 4.4).
std::string return_path(const wire::smtp::Address& sender);
// The letter with that line at the top. What it brought along stays, byte
// for byte. What is relayed goes without ours: see return_path_length().
std::string with_return_path(std::string letter, const wire::smtp::Address& sender);
// Octets of the Return-Path line at the top of a stored letter; 0 when there is none.
size_t return_path_length(std::string_view header);

// What the octets are, whatever was declared: ASCII, 8-bit, or binary (NUL, bare CR or LF). They
// come in pieces.
class BodyScan {
 public:
  void feed(std::string_view piece);
  wire::smtp::BodyType type() const;

 private:
  char last_ = 0;
  bool binary_ = false;  // but for a CR at the end
  bool eight_bit_ = false;
};
wire::smtp::BodyType body_type(std::string_view letter);

}  // namespace tegu::queue
