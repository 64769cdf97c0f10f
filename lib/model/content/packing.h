// Blobs as they are stored: one octet that tells how the rest is packed, then the rest. Packing
// that does not save anything is left out.
//   0  plain
//   1  a zstd frame
//   2  size (4 octets, little-endian) and an LZ4 block
//   3  a body with lines of base64: where they begin, how many they are (4 octets each, as above),
//   a
//      quarter of a line's digits (1), and a blob of another kind, in which they are decoded
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tegu::model::content {

// Of bodies. fast: only frequent octets become short ones. small: text as LZ4 makes it best, a
// third smaller than that, in twenty times the time, and unpacked twice as fast.
enum class Effort { fast, small };

// Uses working memory of some 100 KB to 1 MB and as much as the largest blob, which the thread
// keeps for the next one. Not for two threads.
class Packer {
 public:
  // checked: a checksum goes into each frame, so that a flipped bit is damage and not another text.
  explicit Packer(bool checked = false);
  ~Packer();
  Packer(const Packer&) = delete;
  std::string pack(std::string_view plain);
  // For bodies, and pieces of them. Not where checksums are wanted.
  std::string pack_body(std::string_view plain, Effort effort = Effort::small);

 private:
  struct Context;
  static std::unique_ptr<Context>& spare();
  std::string pack_flat(std::string_view plain, Effort effort);
  std::unique_ptr<Context> context_;
};

class Unpacker {
 public:
  Unpacker();
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;
  // Throws base::Error when the blob is damaged or its plain form is longer than `limit` octets;
  // never allocates more than that.
  std::string unpack(std::string_view packed, size_t limit);
  // The same at the end of `out`; on an error `out` stays as it was.
  void append(std::string& out, std::string_view packed, size_t limit);

 private:
  struct Context;
  void append_flat(std::string& out, std::string_view packed, size_t limit);
  void append_base64(std::string& out, std::string_view packed, size_t limit);
  std::unique_ptr<Context> context_;
};

}  // namespace tegu::model::content
