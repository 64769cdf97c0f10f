// Packed blobs (model/content/packing.h): damaged ones are refused, none becomes larger than the
// limit, and what we pack comes back.
#include <string>

#include "base/error.h"
#include "fuzz.h"
#include "model/content/packing.h"

using namespace tegu;
using namespace tegu::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static model::content::Packer packer;
  static model::content::Unpacker unpacker;
  constexpr size_t limit = 4096, least_body = 8192;
  std::string_view bytes = view(data, size);
  try {
    std::string plain = unpacker.unpack(std::string(bytes), limit);
    require(plain.size() <= limit);
    if (size % 8 == 0) require(unpacker.unpack(packer.pack(plain), limit) == plain);
    // Bodies are packed in their own ways only when they are larger.
    if (size % 8 == 1 && !plain.empty()) {
      std::string body;
      while (body.size() < least_body) body += plain;
      auto effort = size % 16 == 1 ? model::content::Effort::small : model::content::Effort::fast;
      require(unpacker.unpack(packer.pack_body(body, effort), body.size()) == body);
    }
  } catch (const base::Error&) {
  }
  return 0;
}
