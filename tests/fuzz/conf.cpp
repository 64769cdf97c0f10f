// tegu.conf (daemon/conf.h): a file that is taken has what a daemon needs; one that is not says
// where it is wrong.
#include <string>

#include "base/error.h"
#include "daemon/conf.h"
#include "fuzz.h"

using namespace tegu;
using namespace tegu::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string file = "tegu.conf";
  try {
    auto conf = daemon::parse_conf(view(data, size), file);
    require(!conf.database.empty() && conf.loops <= 256);
    require(conf.tls_certificate.empty() == conf.tls_key.empty());
    for (auto& [name, endpoints] : conf.listen) require(!endpoints.empty());
  } catch (const base::UsageError& error) {
    std::string_view what = error.what();
    require(what.starts_with("tegu.conf:") && what.find('\n') == what.npos);
  }
  return 0;
}
