// Reads the fields of a delivery status notification (RFC 3464 2): which recipients, what became of
// them. Enough for tools and tests that follow a letter; not a MIME parser.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::wire::dsn {

// Field names in lower case, values unfolded. Of fields that occur twice the first counts.
using Fields = std::map<std::string, std::string, std::less<>>;

struct ParsedReport {
  Fields message;                  // "reporting-mta" ...
  std::vector<Fields> recipients;  // "final-recipient", "action", "status" ...
  std::string returned_type;       // "text/rfc822-headers", "message/rfc822" ... in lower case
  std::string returned;            // the third part's content, as it stands
};

// Nothing when the message is not multipart/report with a delivery-status part. Limit: 1,000
// recipients.
[[nodiscard]] std::optional<ParsedReport> parse_report(std::string_view message);

}  // namespace tegu::wire::dsn
