#include "intake.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace tegu::queue {
namespace {

constexpr std::string_view field_name = "Return-Path:";

// By whole lines and counts, which is several times as fast as octet by octet.
bool has_bare_line_end(std::string_view letter) {
  std::ptrdiff_t lines = 0;
  for (size_t at = letter.find('\n'); at != std::string_view::npos;
       at = letter.find('\n', at + 1)) {
    if (at == 0 || letter[at - 1] != '\r') return true;
    ++lines;
  }
  return std::ranges::count(letter, '\r') != lines;
}

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

std::string with_return_path(std::string letter, const wire::smtp::Address& sender) {
  letter.insert(0, std::string(field_name) + " <" + wire::smtp::format(sender) + ">\r\n");
  return letter;
}

size_t return_path_length(std::string_view header) {
  // Ours is one line, whatever the letter begins with.
  return header.starts_with(field_name) ? header.find('\n') + 1 : 0;
}

wire::smtp::BodyType body_type(std::string_view letter) {
  if (has_bare_line_end(letter) || letter.contains('\0')) return wire::smtp::BodyType::binary_mime;
  unsigned char seen = 0;
  for (char c : letter) seen |= static_cast<unsigned char>(c);
  return seen & 0x80 ? wire::smtp::BodyType::eight_bit_mime : wire::smtp::BodyType::seven_bit;
}

}  // namespace tegu::queue
