// Encoded words (RFC 2047, wire/mime/words.h): any bytes give UTF-8 without line ends, and text
// that is encoded and folded by us is read back as it was.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "base/unicode.h"
#include "fuzz.h"
#include "wire/mime/address.h"
#include "wire/mime/header.h"
#include "wire/mime/words.h"

using namespace tegu;
using namespace tegu::fuzz;
using namespace tegu::wire::mime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  bool compose = (take_choice(bytes) & 1) != 0;
  if (!compose) {
    std::string text = decode_words(bytes);
    require(base::is_utf8(text) && text.find_first_of("\r\n") == text.npos);
    require(text.size() <= 9 * bytes.size());
    return 0;
  }
  auto folded = fold_header("Subject", encode_words(bytes));
  auto fields = header_fields(folded);
  require(folded.ends_with("\r\n") && base::is_ascii(folded));
  require(fields.size() == 1 && fields[0].raw.size() == folded.size());
  auto list = parse_addresses(encode_phrase(bytes) + " <a@b>");
  require(list.size() == 1 && list[0].mailbox == "a" && list[0].host == "b");
  if (!base::is_utf8(bytes)) return 0;
  // Controls become blanks, and blanks at the ends are not kept.
  std::string text(bytes);
  std::ranges::replace_if(text, [](unsigned char c) { return c < 32 || c == 127; }, ' ');
  require(base::trim(decode_words(fields[0].value)) == base::trim(text));
  return 0;
}
