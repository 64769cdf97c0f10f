#include "intake.h"

#include <unistd.h>

#include "base/error.h"

namespace tegu::queue {
namespace {

constexpr std::string_view field_name = "Return-Path:";

}  // namespace

std::string read_letter(int fd, uint64_t size) {
  std::string letter;
  letter.resize_and_overwrite(size, [size](char*, size_t) { return size; });
  uint64_t at = 0;
  while (at < size) {
    ssize_t got = ::pread(fd, letter.data() + at, size - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_errno("reading the letter");
    if (got == 0) throw base::Error("the letter is shorter than was said");
    at += static_cast<uint64_t>(got);
  }
  return letter;
}

std::string return_path(const wire::smtp::Address& sender) {
  return std::string(field_name) + " <" + wire::smtp::format(sender) + ">\r\n";
}

std::string with_return_path(std::string letter, const wire::smtp::Address& sender) {
  letter.insert(0, return_path(sender));
  return letter;
}

size_t return_path_length(std::string_view header) {
  // Ours is one line, whatever the letter begins with.
  return header.starts_with(field_name) ? header.find('\n') + 1 : 0;
}

// CR stands before each LF and nowhere else. Without branches, so that many octets are looked at in
// one step.
void BodyScan::feed(std::string_view piece) {
  if (piece.empty()) return;
  const auto* octets = reinterpret_cast<const unsigned char*>(piece.data());
  unsigned char bare = (last_ == '\r') != (octets[0] == '\n');
  unsigned char nul = octets[0] == 0, high = octets[0];
  for (size_t i = 1; i < piece.size(); ++i) {
    bare |= (octets[i - 1] == '\r') != (octets[i] == '\n');
    nul |= octets[i] == 0;
    high |= octets[i];
  }
  binary_ = binary_ || bare != 0 || nul != 0;
  eight_bit_ = eight_bit_ || (high & 0x80) != 0;
  last_ = piece.back();
}

wire::smtp::BodyType BodyScan::type() const {
  if (binary_ || last_ == '\r') return wire::smtp::BodyType::binary_mime;
  return eight_bit_ ? wire::smtp::BodyType::eight_bit_mime : wire::smtp::BodyType::seven_bit;
}

wire::smtp::BodyType body_type(std::string_view letter) {
  BodyScan scan;
  scan.feed(letter);
  return scan.type();
}

}  // namespace tegu::queue
