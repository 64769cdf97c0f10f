#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"

namespace tegu::base::log {

namespace {
// The log is the one process-wide object: set by open(), read by every thread.
struct Output {
  std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("tegu");
  std::string program = "tegu";
  Format format = Format::text;
  std::atomic<Level> level = Level::info;
  Output() {
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
  }
};
Output& output() {
  static Output instance;
  return instance;
}
}  // namespace

static std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

Field::Field(std::string_view name, double value)
    : name(name), text(fmt::format("{:.6g}", value)), is_number(true) {}

void open(std::string_view program, Level level, Format format) {
  output().program = program;
  output().format = format;
  output().level = level;
}

void set_level(Level level) {
  output().level = level;
}
bool enabled(Level level) {
  return level >= output().level.load(std::memory_order_relaxed);
}

static bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
  });
}

static void append_text_value(std::string& line, const std::string& value) {
  // Nearly all are: a letter's lines must not cost more than the letter.
  if (is_plain(value)) {
    line += value;
    return;
  }
  std::string escaped = escape_controls(value);
  bool plain = !escaped.empty() && escaped.find_first_of(" =\"") == std::string::npos;
  line += plain ? escaped : '"' + replace_all(escaped, "\"", "\\\"") + '"';
}

static void append_json(std::string& line, std::string_view value) {
  if (is_plain(value)) {
    line += '"';
    line += value;
    line += '"';
  } else {
    line += nlohmann::json(to_valid_utf8(value)).dump();
  }
}

static void append_json(std::string& line, std::string_view name, const std::string& value,
                        bool is_number) {
  append_json(line, name);
  line += ':';
  if (is_number) {
    line += value;
  } else {
    append_json(line, value);
  }
}

std::string format(Format format, std::string_view event, Fields fields) {
  std::string line;
  line.reserve(512);
  if (format == Format::text) {
    line = event;
    for (const Field& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      append_text_value(line, field.text);
    }
    return line;
  }
  append_json(line, "event", std::string(event), false);
  for (const Field& field : fields) {
    line += ',';
    append_json(line, field.name, field.text, field.is_number);
  }
  return line;
}

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  Output& out = output();
  std::string time = rfc3339_date(wall_now());
  time.replace(23, 3, "");  // milliseconds are enough
  std::string body = format(out.format, event, fields);
  if (out.format == Format::text) {
    out.logger->info(fmt::format("{} {} {} {}", time, name_of(level), out.program, body));
  } else {
    out.logger->info(fmt::format(R"({{"time":"{}","level":"{}","program":"{}",{}}})", time,
                                 name_of(level), out.program, body));
  }
}

void fatal(std::string_view event, Fields fields) {
  write(Level::error, event, fields);
  std::exit(1);
}

}  // namespace tegu::base::log
