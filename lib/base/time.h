// Time: wall clock in microseconds since 1970 UTC (what is stored and shown) and the formats of
// mail. Deadlines and intervals use the monotonic clock (io/deadline.h), never this.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::base {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

inline WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// "Sat, 21 Nov 2026 20:25:06 +0000" (RFC 5322 3.3), in UTC.
std::string rfc5322_date(WallTime time);
// "2026-11-21T20:25:06.123456Z" (RFC 3339).
std::string rfc3339_date(WallTime time);
// "21-Nov-2026 20:25:06 +0000" (RFC 9051 date-time), day padded with a blank.
std::string imap_date(WallTime time);

// RFC 5322 3.3 and 4.3 (obsolete zones, two-digit years, comments, missing weekday and seconds).
// zone_minutes: the sender's offset east of UTC. Before 1900 and after 9999 (in UTC) nothing is a
// date.
struct MailDate {
  WallTime time;
  int zone_minutes = 0;
};
[[nodiscard]] std::optional<MailDate> parse_rfc5322_date(std::string_view text);
// The quoted content of an IMAP date-time, as in APPEND.
[[nodiscard]] std::optional<MailDate> parse_imap_date_time(std::string_view text);
// "1-Feb-1994" of SEARCH: that day at 00:00 without a zone.
[[nodiscard]] std::optional<std::chrono::sys_days> parse_imap_date(std::string_view text);

// "90s", "5m", "1h30m", "2d", "1w"; a bare number is seconds. Nothing on junk or above
// a thousand million days.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::seconds duration);

}  // namespace tegu::base
