// Settings that are the same on all nodes. Each is declared once (catalogue in model/setting): key,
// type, default, range, unit and what it means in English and Russian. Validation, `tegu-ctl
// config` and the manual page are made from the declaration. Values travel as text; Settings holds
// the parsed snapshot.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tegu::base {

enum class SettingType {
  boolean,   // true, false
  integer,   // decimal, range inclusive
  size,      // bytes: "50M", "64K", "1G" (powers of 1024) or a bare number
  duration,  // parse_duration
  text,      // one line
  list,      // comma-separated texts, blanks around commas ignored
};

struct Setting {
  std::string_view key;  // "smtp.message_size_limit"
  SettingType type;
  std::string_view standard;  // the default, as text
  int64_t least = 0;          // integer, size (bytes), duration (seconds)
  int64_t most = INT64_MAX;
  std::string_view english;  // one or two sentences; also the text of the manual
  std::string_view russian;
};

using SettingValue =
    std::variant<bool, int64_t, std::chrono::seconds, std::string, std::vector<std::string>>;

// The value of a text, or what is wrong with it and what to write ("smtp.x: wants a size such as
// 50M").
std::expected<SettingValue, std::string> parse_setting(const Setting& setting,
                                                       std::string_view text);
// The text that parses to the same value, in its shortest usual form.
std::string format_setting(const Setting& setting, const SettingValue& value);

// An immutable snapshot of all values. Copies are cheap (they share it); any thread may read.
class Settings {
 public:
  // All defaults; a default that does not parse is a bug().
  explicit Settings(std::span<const Setting> catalogue);
  // With changes; unknown keys and bad values are kept out and told in `problems`.
  Settings with(const std::map<std::string, std::string>& changes,
                std::vector<std::string>& problems) const;

  // An undeclared key or another type is a bug().
  bool flag(std::string_view key) const;
  int64_t number(std::string_view key) const;  // integer and size
  std::chrono::seconds duration(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  const std::vector<std::string>& list(std::string_view key) const;

  // A copy of the same snapshot; one read later is another, even when its values are equal.
  bool same_as(const Settings& other) const { return values_ == other.values_; }

  std::span<const Setting> catalogue() const { return catalogue_; }
  const SettingValue& value(std::string_view key) const;
  static const Setting* find(std::span<const Setting> catalogue, std::string_view key);

 private:
  using Values = std::map<std::string, SettingValue, std::less<>>;
  std::span<const Setting> catalogue_;
  std::shared_ptr<const Values> values_;  // owned by all copies of this snapshot
};

}  // namespace tegu::base
