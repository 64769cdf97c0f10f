// Content-Type, Content-Disposition and RFC 2231 parameters (wire/mime/params.h): names are unique
// and lower case, values decode to UTF-8, nothing grows beyond its input.
#include <string>

#include "base/text.h"
#include "base/unicode.h"
#include "fuzz.h"
#include "wire/mime/params.h"

using namespace tegu;
using namespace tegu::fuzz;
using namespace tegu::wire::mime;

namespace {

void check(const Params& params, size_t size, const Limits& limits) {
  require(params.size() <= limits.params);
  size_t total = 0;
  for (auto& param : params) {
    require(!param.name.empty() && base::to_lower(param.name) == param.name);
    require(find_param(params, param.name) == &param.value);
    total += param.value.size();
  }
  // Percent encoding makes three of one, and "''" is put before a value that has no charset.
  require(total <= 3 * size + 2 * params.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view value = view(data, size);
  uint8_t choice = take_choice(value);
  Limits limits;
  limits.params = 2 + choice % 16;
  if ((choice & 0x80) != 0) {
    auto disposition = parse_disposition(value, limits);
    check(disposition.params, size, limits);
    require(base::is_utf8(param_text(disposition.params, "filename").value_or("")));
    return 0;
  }
  auto type = parse_content_type(value, limits);
  require(!type.type.empty() && !type.subtype.empty());
  check(type.params, size, limits);
  require(base::is_utf8(param_text(type.params, "name").value_or("")));
  return 0;
}
