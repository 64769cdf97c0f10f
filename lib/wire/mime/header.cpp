#include "wire/mime/header.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"

namespace tegu::wire::mime {

Line line_at(std::string_view text, size_t offset) {
  size_t lf = text.find('\n', offset);
  if (lf == std::string_view::npos) return {text.substr(offset), text.size(), false};
  size_t end = lf > offset && text[lf - 1] == '\r' ? lf - 1 : lf;
  return {text.substr(offset, end - offset), lf + 1, true};
}

static bool is_name_char(char c) {
  return c > 32 && c < 127 && c != ':';
}

static size_t name_length(std::string_view line) {
  size_t length = 0;
  while (length < line.size() && length <= field_name_limit && is_name_char(line[length])) length++;
  return length;
}

LineKind classify_header_line(const Line& line, bool first) {
  auto text = line.text;
  if (text.empty()) return line.ended ? LineKind::blank : LineKind::other;
  if (text.front() == ' ' || text.front() == '\t') {
    return first ? LineKind::other : LineKind::continuation;
  }
  size_t name = name_length(text);
  if (name == 0 || name > field_name_limit) return LineKind::other;
  size_t colon = text.find_first_not_of(" \t", name);
  if (colon != std::string_view::npos && text[colon] == ':') return LineKind::field;
  if (first && (text.starts_with("From ") || text.starts_with(">From "))) {
    return LineKind::mbox_from;
  }
  return LineKind::other;
}

std::vector<Field> header_fields(std::string_view header, const Limits& limits) {
  header = header.substr(0, limits.header_bytes);
  std::vector<Field> fields;
  size_t begin = 0;
  auto extend = [&](const Line& line) {
    auto& field = fields.back();
    field.raw = header.substr(begin, line.next - begin);
    auto value = static_cast<size_t>(field.value.data() - header.data());
    auto end = static_cast<size_t>(line.text.data() - header.data()) + line.text.size();
    field.value = header.substr(value, end - value);
  };
  size_t offset = 0;
  for (uint32_t lines = 0; offset < header.size() && lines < limits.header_lines; lines++) {
    Line line = line_at(header, offset);
    auto kind = classify_header_line(line, offset == 0);
    if (kind == LineKind::blank || kind == LineKind::other) break;
    if (kind == LineKind::field) {
      begin = offset;
      size_t colon = line.text.find(':');
      fields.push_back({line.text.substr(0, name_length(line.text)), line.text.substr(colon + 1),
                        std::string_view()});
    }
    if (kind != LineKind::mbox_from && !fields.empty()) extend(line);
    offset = line.next;
  }
  for (auto& field : fields) field.value = field.value.substr(0, limits.field_bytes);
  return fields;
}

std::optional<std::string> find_field(std::string_view header, std::string_view name,
                                      const Limits& limits) {
  for (auto& field : header_fields(header, limits)) {
    if (base::iequals(field.name, name)) return unfold(field.value);
  }
  return std::nullopt;
}

std::string unfold(std::string_view value) {
  value = base::trim(value);
  std::string out;
  out.reserve(value.size());
  std::ranges::copy_if(value, std::back_inserter(out),
                       [](char c) { return c != '\r' && c != '\n'; });
  return out;
}

static std::string_view final_blank_line(std::string_view header) {
  for (std::string_view end : {"\r\n", "\n"}) {
    if (!header.ends_with(end)) continue;
    auto before = header.substr(0, header.size() - end.size());
    if (before.empty() || before.ends_with('\n')) return end;
  }
  return {};
}

std::string select_fields(std::string_view header, const std::vector<std::string>& names,
                          Choose choose, const Limits& limits) {
  std::unordered_set<std::string> wanted;
  for (auto& name : names) wanted.insert(base::to_lower(name));
  std::string out;
  for (auto& field : header_fields(header, limits)) {
    bool listed = wanted.contains(base::to_lower(field.name));
    if (listed == (choose == Choose::listed)) out += field.raw;
  }
  // RFC 9051 6.4.5.1: subsetting does not exclude the blank line.
  return out.append(final_blank_line(header));
}

}  // namespace tegu::wire::mime
