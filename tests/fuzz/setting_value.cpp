// Values of settings (model/setting/catalogue.h): what is taken is written in a form that is taken
// again and stays as it is. The first byte chooses the setting.
#include "fuzz.h"
#include "model/setting/catalogue.h"

using namespace tegu;
using namespace tegu::fuzz;
using namespace tegu::model::setting;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  auto settings = catalogue();
  const base::Setting& setting = settings[take_choice(text) % settings.size()];
  auto value = normalise(setting.key, text);
  if (!value) {
    require(value.error().starts_with(setting.key));
    return 0;
  }
  require(normalise(setting.key, *value) == *value);
  require(value->find_first_of("\r\n") == value->npos);
  return 0;
}
