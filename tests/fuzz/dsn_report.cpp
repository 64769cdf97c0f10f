// Reports (wire/dsn/report.h) made of hostile replies, names and headers: whatever the peer said,
// there are two recipients with our status, and no line is too long.
#include "fuzz.h"
#include "wire/dsn/parse.h"
#include "wire/dsn/report.h"

using namespace tegu;
using namespace tegu::fuzz;

static std::string_view take(std::string_view& rest, size_t most) {
  std::string_view piece = rest.substr(0, most);
  rest.remove_prefix(piece.size());
  return piece;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  std::string_view rest = view(data + 4, size - 4);
  wire::dsn::RecipientStatus status;
  status.address = {.local = "a", .domain = "b.org"};
  status.action = static_cast<wire::dsn::Action>(data[0] % 5);
  status.status = "5.1.1";
  status.remote_mta = take(rest, data[1]);
  status.diagnostic = take(rest, data[2]);
  wire::dsn::Report report;
  report.reporting_mta = "mx.b.org";
  report.name = "0123456789";
  report.recipient = {.local = "s", .domain = "a.org"};
  report.international = data[3] % 2;
  report.envid = take(rest, data[3] % 64);
  report.recipients = {status, status};
  std::string text = wire::dsn::compose(report, {.header = rest, .body = {}});
  auto parsed = wire::dsn::parse_report(text);
  require(parsed && parsed->recipients.size() == 2);
  for (const auto& fields : parsed->recipients) {
    require(fields.at("action") == wire::dsn::word(status.action));
    require(fields.at("status") == "5.1.1");
  }
  return 0;
}
