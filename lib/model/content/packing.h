// Blobs as they are stored: one octet that tells how the rest is packed (0 plain, 1 a zstd frame),
// then the rest. Packing that does not save anything is left out.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tegu::model::content {

// cheap: only frequent octets become short ones, in a quarter of the time; text takes twice the
// room of `thorough`, base64 the same.
enum class Effort { cheap, thorough };

// Uses zstd's working memory, some 100 KB to 1 MB, which the thread keeps for the next one. Not for
// two threads.
class Packer {
 public:
  // checked: a checksum goes into each frame, so that a flipped bit is damage and not another text.
  explicit Packer(bool checked = false);
  ~Packer();
  Packer(const Packer&) = delete;
  std::string pack(std::string_view plain, Effort effort = Effort::thorough);

 private:
  struct Context;
  static std::unique_ptr<Context>& spare();
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
  std::unique_ptr<Context> context_;
};

}  // namespace tegu::model::content
