// HTML to text (wire/mime/text.h): any UTF-8 gives UTF-8 that is not longer.
#include "base/unicode.h"
#include "fuzz.h"
#include "wire/mime/text.h"

using namespace tegu;
using namespace tegu::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string html = base::to_valid_utf8(view(data, size));
  std::string text = wire::mime::html_to_text(html);
  require(base::is_utf8(text) && text.size() <= html.size());
  return 0;
}
