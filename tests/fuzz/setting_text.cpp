// All settings as one text (model/setting/text.h): what is read is written and read again as the
// same, and differs from itself in nothing.
#include "fuzz.h"
#include "model/setting/text.h"

using namespace tegu::fuzz;
using namespace tegu::model::setting;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto wanted = parse_text(view(data, size));
  if (!wanted) {
    require(wanted.error().starts_with("line "));
    return 0;
  }
  require(diff(*wanted, *wanted).empty());
  auto again = parse_text(format_text(*wanted, false));
  require(again && *again == *wanted);
  return 0;
}
