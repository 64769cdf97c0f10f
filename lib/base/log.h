// Structured log to standard error (the journal reads it): one event a line, as text or as JSON.
//   log::info("smtp.accepted", {{"id", letter}, {"from", sender}, {"size", size}});
//   2026-11-21T20:25:06.123Z info tegu-smtpd smtp.accepted id=k3... from=a@b.org size=4096
// Values are escaped (no control reaches a terminal or forges a line). Never log a secret or
// content. Verbs: debug (switched on by hand), info (what happened), warn (works, but look), error
// (something broke, the daemon lives), fatal (environment; the process ends with status 1).
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tegu::base::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

// One named value. The text is copied.
struct Field {
  Field(std::string_view name, std::string_view value) : name(name), text(value) {}
  Field(std::string_view name, const char* value) : name(name), text(value) {}
  Field(std::string_view name, const std::string& value) : name(name), text(value) {}
  Field(std::string_view name, bool value)
      : name(name), text(value ? "true" : "false"), is_number(true) {}
  template <std::integral T>
  Field(std::string_view name, T value)
      : name(name), text(std::to_string(value)), is_number(true) {}
  Field(std::string_view name, double value);
  std::string_view name;
  std::string text;
  bool is_number = false;  // JSON: without quotes
};
using Fields = std::initializer_list<Field>;

// Once, by main, before any thread starts.
void open(std::string_view program, Level level, Format format);
void set_level(Level level);  // any thread
bool enabled(Level level);

void write(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields);
}
[[noreturn]] void fatal(std::string_view event, Fields fields = {});

// The line without time, level and program; what write() prints.
std::string format(Format format, std::string_view event, Fields fields);

}  // namespace tegu::base::log
