// Feeds wire/dsn: reading any message, and the round trip of reports made of hostile replies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/dsn/parse.h"
#include "wire/dsn/report.h"

using namespace tegu;

static std::string_view take(std::string_view& rest, size_t most) {
  std::string_view piece = rest.substr(0, most);
  rest.remove_prefix(piece.size());
  return piece;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  auto stranger = wire::dsn::parse_report(rest);
  if (stranger && stranger->recipients.size() > 1000) abort();
  if (size < 4) return 0;
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
  report.envid = take(rest, data[3]);
  report.recipients = {status, status};
  std::string text = wire::dsn::compose(report, {.header = rest, .body = {}});
  auto parsed = wire::dsn::parse_report(text);
  // Whatever the peer said, there are two recipients with our status.
  if (!parsed || parsed->recipients.size() != 2) abort();
  for (const auto& fields : parsed->recipients) {
    if (fields.at("action") != wire::dsn::word(status.action)) abort();
    if (fields.at("status") != "5.1.1") abort();
  }
  return 0;
}
