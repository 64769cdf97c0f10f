// What the doubling test measures: input shapes that are the worst for a parser, at any size, and
// the parser's whole work on them. Twice the input may take little more than twice the work.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::doubling {

struct Shape {
  std::string name;
  std::function<std::string(size_t size)> make;  // about `size` bytes
  std::function<void(std::string_view input)> run;
  size_t most;  // larger inputs are refused before this parser, or cut by its limits
};

constexpr size_t kib = 1024, mib = 1024 * kib;
constexpr size_t any_size = 50 * mib;

std::vector<Shape> smtp_shapes();
std::vector<Shape> imap_shapes();
std::vector<Shape> mime_shapes();
std::vector<Shape> header_shapes();
std::vector<Shape> stored_shapes();

// before, piece as often as it fits (or once), after.
std::string repeat(size_t size, std::string_view piece, std::string_view before = {},
                   std::string_view after = {});
// The same with a number in each piece, where it says "#".
std::string counted(size_t size, std::string_view piece, std::string_view before = {},
                    std::string_view after = {});

// A parser that is fed as a socket would: pieces of 4 KiB.
template <class Feed>
void in_pieces(std::string_view input, Feed feed) {
  for (; !input.empty(); input.remove_prefix(std::min<size_t>(input.size(), 4 * kib)))
    feed(input.substr(0, 4 * kib));
}

}  // namespace tegu::doubling
