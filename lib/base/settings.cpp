#include "base/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

namespace tegu::base {

static std::optional<int64_t> parse_size(std::string_view text) {
  int64_t unit = 1;
  if (!text.empty()) {
    switch (lower(text.back())) {
      case 'k':
        unit = int64_t{1} << 10;
        break;
      case 'm':
        unit = int64_t{1} << 20;
        break;
      case 'g':
        unit = int64_t{1} << 30;
        break;
      case 't':
        unit = int64_t{1} << 40;
        break;
      default:
        break;
    }
    if (unit > 1) text.remove_suffix(1);
  }
  auto number = parse_number<int64_t>(text);
  if (!number || *number < 0 || *number > INT64_MAX / unit) return std::nullopt;
  return *number * unit;
}

static std::string format_size(int64_t bytes) {
  static constexpr std::pair<int, char> units[] = {{40, 'T'}, {30, 'G'}, {20, 'M'}, {10, 'K'}};
  for (auto& [shift, letter] : units) {
    if (bytes > 0 && bytes % (int64_t{1} << shift) == 0) {
      return fmt::format("{}{}", bytes >> shift, letter);
    }
  }
  return std::to_string(bytes);
}

static std::unexpected<std::string> wants(const Setting& setting, std::string_view what) {
  return std::unexpected(fmt::format("{}: wants {}", setting.key, what));
}

std::expected<SettingValue, std::string> parse_setting(const Setting& setting,
                                                       std::string_view text) {
  text = trim(text);
  auto in_range = [&](int64_t value) { return value >= setting.least && value <= setting.most; };
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return wants(setting, "one line");
  }
  switch (setting.type) {
    case SettingType::boolean:
      if (iequals(text, "true") || iequals(text, "yes") || iequals(text, "on")) return true;
      if (iequals(text, "false") || iequals(text, "no") || iequals(text, "off")) return false;
      return wants(setting, "true or false");
    case SettingType::integer: {
      auto value = parse_number<int64_t>(text);
      if (value && in_range(*value)) return *value;
      return wants(setting, fmt::format("a number from {} to {}", setting.least, setting.most));
    }
    case SettingType::size: {
      auto value = parse_size(text);
      if (value && in_range(*value)) return *value;
      return wants(setting, fmt::format("a size such as 50M, from {} to {}",
                                        format_size(setting.least), format_size(setting.most)));
    }
    case SettingType::duration: {
      auto value = parse_duration(text);
      if (value && in_range(value->count())) return *value;
      return wants(setting, fmt::format("a time such as 5m, from {} to {}",
                                        format_duration(std::chrono::seconds(setting.least)),
                                        format_duration(std::chrono::seconds(setting.most))));
    }
    case SettingType::text:
      return std::string(text);
    case SettingType::list: {
      std::vector<std::string> items;
      if (text.empty()) return items;
      for (auto item : split(text, ',')) {
        if (!trim(item).empty()) items.emplace_back(trim(item));
      }
      return items;
    }
  }
  bug("setting of unknown type");
}

std::string format_setting(const Setting& setting, const SettingValue& value) {
  switch (setting.type) {
    case SettingType::boolean:
      return std::get<bool>(value) ? "true" : "false";
    case SettingType::integer:
      return std::to_string(std::get<int64_t>(value));
    case SettingType::size:
      return format_size(std::get<int64_t>(value));
    case SettingType::duration:
      return format_duration(std::get<std::chrono::seconds>(value));
    case SettingType::text:
      return std::get<std::string>(value);
    case SettingType::list:
      return join(std::get<std::vector<std::string>>(value), ",");
  }
  bug("setting of unknown type");
}

Settings::Settings(std::span<const Setting> catalogue) : catalogue_(catalogue) {
  Values values;
  for (const Setting& setting : catalogue) {
    auto value = parse_setting(setting, setting.standard);
    if (!value) bug("default of a setting does not parse: " + value.error());
    values.emplace(setting.key, *value);
  }
  values_ = std::make_shared<const Values>(std::move(values));
}

Settings Settings::with(const std::map<std::string, std::string>& changes,
                        std::vector<std::string>& problems) const {
  Values values = *values_;
  for (auto& [key, text] : changes) {
    const Setting* setting = find(catalogue_, key);
    if (!setting) {
      problems.push_back(key + ": no such setting");
      continue;
    }
    auto value = parse_setting(*setting, text);
    if (value) {
      values[key] = *value;
    } else {
      problems.push_back(value.error());
    }
  }
  Settings changed = *this;
  changed.values_ = std::make_shared<const Values>(std::move(values));
  return changed;
}

const Setting* Settings::find(std::span<const Setting> catalogue, std::string_view key) {
  auto hit = std::ranges::find(catalogue, key, &Setting::key);
  return hit == catalogue.end() ? nullptr : &*hit;
}

const SettingValue& Settings::value(std::string_view key) const {
  auto hit = values_->find(key);
  if (hit == values_->end()) bug("undeclared setting " + std::string(key));
  return hit->second;
}

template <class T>
static const T& typed(const SettingValue& value, std::string_view key) {
  const T* typed = std::get_if<T>(&value);
  if (!typed) bug("setting read as another type: " + std::string(key));
  return *typed;
}

bool Settings::flag(std::string_view key) const {
  return typed<bool>(value(key), key);
}
int64_t Settings::number(std::string_view key) const {
  return typed<int64_t>(value(key), key);
}
std::chrono::seconds Settings::duration(std::string_view key) const {
  return typed<std::chrono::seconds>(value(key), key);
}
const std::string& Settings::text(std::string_view key) const {
  return typed<std::string>(value(key), key);
}
const std::vector<std::string>& Settings::list(std::string_view key) const {
  return typed<std::vector<std::string>>(value(key), key);
}

}  // namespace tegu::base
