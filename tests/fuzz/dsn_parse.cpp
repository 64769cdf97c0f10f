// Reading reports (wire/dsn/parse.h): any message; at most 1,000 recipients.
#include "fuzz.h"
#include "wire/dsn/parse.h"

using namespace tegu::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto report = tegu::wire::dsn::parse_report(view(data, size));
  if (!report) return 0;
  require(report->recipients.size() <= 1000 && report->returned.size() <= size);
  return 0;
}
