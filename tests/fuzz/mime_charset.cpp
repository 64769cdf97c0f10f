// Charsets (wire/mime/words.h): the first byte chooses one, or one is named up to a line end. What
// comes out is UTF-8 and no larger than three bytes for each one, for what Unicode has.
#include <array>
#include <string>

#include "base/unicode.h"
#include "fuzz.h"
#include "wire/mime/words.h"

using namespace tegu;
using namespace tegu::fuzz;
using namespace tegu::wire::mime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::array<std::string_view, 24> charsets = {
      "utf-8",    "us-ascii", "iso-8859-1",     "iso-8859-5",  "windows-1251", "koi8-r",
      "koi8-u",   "gb2312",   "gb18030",        "big5",        "iso-2022-jp",  "shift_jis",
      "euc-jp",   "euc-kr",   "ks_c_5601-1987", "tis-620",     "utf-7",        "utf-16",
      "utf-16le", "utf-32",   "iso-2022-kr",    "iso-2022-cn", "hz-gb-2312",   "ibm866"};
  std::string_view bytes = view(data, size);
  uint8_t choice = take_choice(bytes);
  std::string_view charset;
  if (choice < 240) {
    charset = charsets[choice % charsets.size()];
  } else {
    charset = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(charset.size() + 1, bytes.size()));
  }
  std::string text = text_to_utf8(charset, bytes);
  require(base::is_utf8(text));
  require(text.size() <= 6 * bytes.size() + 8);
  require(text_to_utf8("utf-8", text) == text);
  return 0;
}
