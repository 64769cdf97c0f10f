#include "base/time.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace tegu::base {

using namespace std::chrono;

static constexpr std::array<std::string_view, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static constexpr std::array<std::string_view, 7> weekdays = {"Sun", "Mon", "Tue", "Wed",
                                                             "Thu", "Fri", "Sat"};

namespace {
struct Civil {
  explicit Civil(WallTime time)
      : days(floor<std::chrono::days>(time)), date(days), clock(floor<seconds>(time - days)) {
    micros = (time - days).count() % 1000000;
  }
  int year() const { return static_cast<int>(date.year()); }
  unsigned month() const { return static_cast<unsigned>(date.month()); }
  unsigned day() const { return static_cast<unsigned>(date.day()); }
  std::string time() const {
    return fmt::format("{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
  }
  sys_days days;
  year_month_day date;
  hh_mm_ss<seconds> clock;
  int64_t micros;
};

// A cursor over date text; skips blanks and (nested) comments between tokens.
class DateCursor {
 public:
  explicit DateCursor(std::string_view text) : rest_(text) {}
  void skip_blanks() {
    for (int depth = 0; !rest_.empty(); rest_.remove_prefix(1)) {
      char c = rest_.front();
      if (c == '(') {
        depth++;
      } else if (c == ')' && depth > 0) {
        depth--;
      } else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        return;
      }
    }
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> number(size_t least, size_t most) {
    size_t length = 0;
    while (length < rest_.size() && length <= most && is_digit(rest_[length])) length++;
    if (length < least || length > most) return std::nullopt;
    auto value = parse_number<int>(rest_.substr(0, length));
    rest_.remove_prefix(length);
    digits_ = length;
    return value;
  }
  size_t digits() const { return digits_; }
  std::string_view word() {
    size_t length = 0;
    while (length < rest_.size() && is_alpha(rest_[length])) length++;
    auto text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }
  std::optional<unsigned> month() {
    auto name = word();
    for (unsigned i = 0; i < months.size(); i++) {
      if (istarts_with(name, months[i])) return i + 1;
    }
    return std::nullopt;
  }
  // "+0100" or an obsolete name; unknown names mean -0000 (RFC 5322 4.3).
  std::optional<int> zone() {
    int sign = take('+') ? 1 : take('-') ? -1 : 0;
    if (sign != 0) {
      auto value = number(4, 4);
      if (!value || *value % 100 > 59) return std::nullopt;
      return sign * (*value / 100 * 60 + *value % 100);
    }
    auto name = word();
    if (name.empty()) return std::nullopt;
    static constexpr std::pair<std::string_view, int> names[] = {
        {"EST", -300}, {"EDT", -240}, {"CST", -360}, {"CDT", -300},
        {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420}};
    for (auto& [known, minutes] : names) {
      if (iequals(name, known)) return minutes;
    }
    return 0;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  size_t digits_ = 0;
};

struct Fields {
  int year = 0;
  unsigned month = 0;
  int day = 0, hour = 0, minute = 0, second = 0, zone = 0;
};
}  // namespace

static std::optional<MailDate> compose(const Fields& f) {
  year_month_day date{year{f.year}, month{f.month}, day{static_cast<unsigned>(f.day)}};
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
  WallTime time = sys_days(date) + hours(f.hour) + minutes(f.minute - f.zone) + seconds(f.second);
  // The year in UTC, which is what we write, has four digits too.
  if (time < sys_days(year{1900} / 1 / 1) || time >= sys_days(year{10000} / 1 / 1)) {
    return std::nullopt;
  }
  return MailDate{time, f.zone};
}

std::string rfc5322_date(WallTime time) {
  Civil c(time);
  return fmt::format("{}, {} {} {} {} +0000", weekdays[weekday(c.days).c_encoding()], c.day(),
                     months[c.month() - 1], c.year(), c.time());
}

std::string rfc3339_date(WallTime time) {
  Civil c(time);
  return fmt::format("{:04}-{:02}-{:02}T{}.{:06}Z", c.year(), c.month(), c.day(), c.time(),
                     c.micros);
}

std::string imap_date(WallTime time) {
  Civil c(time);
  return fmt::format("{:2}-{}-{:04} {} +0000", c.day(), months[c.month() - 1], c.year(), c.time());
}

std::optional<MailDate> parse_rfc5322_date(std::string_view text) {
  DateCursor cursor(text);
  Fields f;
  cursor.skip_blanks();
  if (!cursor.word().empty()) {
    cursor.skip_blanks();
    cursor.take(',');
    cursor.skip_blanks();
  }
  auto day = cursor.number(1, 2);
  cursor.skip_blanks();
  auto month = cursor.month();
  cursor.skip_blanks();
  auto year = cursor.number(2, 4);
  if (!day || !month || !year) return std::nullopt;
  f.year = *year;
  // RFC 5322 4.3: two digits below 50 are 20xx, others and three digits are 19xx.
  if (cursor.digits() == 2) f.year += *year < 50 ? 2000 : 1900;
  if (cursor.digits() == 3) f.year += 1900;
  f.day = *day;
  f.month = *month;
  cursor.skip_blanks();
  auto hour = cursor.number(1, 2);
  cursor.skip_blanks();
  bool colon = cursor.take(':');
  cursor.skip_blanks();
  auto minute = cursor.number(2, 2);
  if (!hour || !colon || !minute) return std::nullopt;
  f.hour = *hour;
  f.minute = *minute;
  cursor.skip_blanks();
  if (cursor.take(':')) {
    cursor.skip_blanks();
    auto second = cursor.number(2, 2);
    if (!second) return std::nullopt;
    f.second = *second;
    cursor.skip_blanks();
  }
  f.zone = cursor.zone().value_or(0);
  return compose(f);
}

std::optional<MailDate> parse_imap_date_time(std::string_view text) {
  DateCursor cursor(text);
  cursor.take(' ');
  auto day = cursor.number(1, 2);
  if (!day || !cursor.take('-')) return std::nullopt;
  auto month = cursor.month();
  if (!month || !cursor.take('-')) return std::nullopt;
  auto year = cursor.number(4, 4);
  if (!year || !cursor.take(' ')) return std::nullopt;
  auto hour = cursor.number(2, 2);
  if (!hour || !cursor.take(':')) return std::nullopt;
  auto minute = cursor.number(2, 2);
  if (!minute || !cursor.take(':')) return std::nullopt;
  auto second = cursor.number(2, 2);
  if (!second || !cursor.take(' ')) return std::nullopt;
  auto zone = cursor.zone();
  if (!zone || !cursor.at_end()) return std::nullopt;
  return compose({*year, *month, *day, *hour, *minute, *second, *zone});
}

std::optional<sys_days> parse_imap_date(std::string_view text) {
  DateCursor cursor(text);
  auto day = cursor.number(1, 2);
  if (!day || !cursor.take('-')) return std::nullopt;
  auto month = cursor.month();
  if (!month || !cursor.take('-')) return std::nullopt;
  auto year = cursor.number(4, 4);
  if (!year || !cursor.at_end()) return std::nullopt;
  year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<seconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  while (!text.empty()) {
    size_t length = 0;
    while (length < text.size() && is_digit(text[length])) length++;
    auto value = parse_number<int64_t>(text.substr(0, length));
    if (!value || *value > 1'000'000'000) return std::nullopt;
    text.remove_prefix(length);
    int64_t unit = 1;
    if (!text.empty()) {
      switch (lower(text.front())) {
        case 's':
          unit = 1;
          break;
        case 'm':
          unit = 60;
          break;
        case 'h':
          unit = 3600;
          break;
        case 'd':
          unit = 86400;
          break;
        case 'w':
          unit = 604800;
          break;
        default:
          return std::nullopt;
      }
      text.remove_prefix(1);
    }
    total += *value * unit;
    if (total > 1'000'000'000 * int64_t{86400}) return std::nullopt;
  }
  return seconds(total);
}

std::string format_duration(seconds duration) {
  int64_t rest = duration.count();
  if (rest <= 0) return "0s";
  std::string out;
  static constexpr std::pair<int64_t, char> units[] = {
      {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  for (auto& [size, letter] : units) {
    if (rest >= size) out += fmt::format("{}{}", rest / size, letter);
    rest %= size;
  }
  return out;
}

}  // namespace tegu::base
