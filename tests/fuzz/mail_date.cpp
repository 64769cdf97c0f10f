// Dates of mail (base/time.h): what is read is written and read again as the same moment.
#include "base/time.h"
#include "fuzz.h"

using namespace tegu::base;
using namespace tegu::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  if (auto date = parse_rfc5322_date(text)) {
    auto again = parse_rfc5322_date(rfc5322_date(date->time));
    require(again && again->time == date->time && again->zone_minutes == 0);
  }
  if (auto date = parse_imap_date_time(text)) {
    auto again = parse_imap_date_time(imap_date(date->time));
    require(again && again->time == date->time && again->zone_minutes == 0);
  }
  (void)parse_imap_date(text);
  if (auto duration = parse_duration(text))
    require(parse_duration(format_duration(*duration)) == duration);
  return 0;
}
