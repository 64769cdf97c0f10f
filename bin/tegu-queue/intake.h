// A letter as it comes in: read from its descriptor, made ready to be stored.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/smtp/envelope.h"

namespace tegu::queue {

// `size` octets from offset 0. Throws base::Error when there are fewer, or they cannot be read.
std::string read_letter(int fd, uint64_t size);

// The letter with our Return-Path line at the top (RFC 5321 4.4). What it brought along stays, byte
// for byte. What is relayed goes without ours: see return_path_length().
std::string with_return_path(std::string letter, const wire::smtp::Address& sender);
// Octets of the Return-Path line at the top of a stored letter; 0 when there is none.
size_t return_path_length(std::string_view header);

// What the octets are, whatever was declared: ASCII, 8-bit, or binary (NUL, bare CR or LF).
wire::smtp::BodyType body_type(std::string_view letter);

}  // namespace tegu::queue
