#include "model/setting/manual.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace tegu;

TEST_CASE("setting manual: the page in man/ is the catalogue's", "[setting]") {
  const std::string path = std::string(TEGU_TEST_DATA) + "/../../man/tegu-settings.5";
  if (std::getenv("TEGU_UPDATE")) std::ofstream(path) << model::setting::format_manual();
  std::ifstream file(path);
  std::string page(std::istreambuf_iterator<char>(file), {});
  INFO("TEGU_UPDATE=1 writes it anew");
  CHECK(page == model::setting::format_manual());
}
