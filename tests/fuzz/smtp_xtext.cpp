// xtext of RFC 3461 and the UTF-8 forms of RFC 6533 (wire/smtp/xtext.h): both ways.
#include "base/unicode.h"
#include "fuzz.h"
#include "wire/smtp/xtext.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  require(xtext_decode(xtext_encode(text)) == text);
  if (auto decoded = xtext_decode(text)) {
    require(decoded->size() <= size && xtext_decode(xtext_encode(*decoded)) == decoded);
  }
  // Controls are no part of an address, and the grammar has no form for them.
  bool controls = std::ranges::any_of(text, [](unsigned char c) { return c < 32 || c == 127; });
  if (tegu::base::is_utf8(text) && !controls)
    require(utf8_addr_decode(utf8_addr_encode(text)) == text);
  if (auto decoded = utf8_addr_decode(text)) {
    require(tegu::base::is_utf8(*decoded));
    require(utf8_addr_decode(utf8_addr_encode(*decoded)) == decoded);
  }
  return 0;
}
