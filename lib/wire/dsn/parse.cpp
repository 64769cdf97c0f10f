#include "wire/dsn/parse.h"

#include "base/text.h"

namespace tegu::wire::dsn {
namespace {

constexpr size_t max_recipients = 1000;

struct Part {
  Fields header;
  std::string_view content;
};

// Fields up to an empty line or the end; `text` is moved behind it.
Fields take_fields(std::string_view& text) {
  Fields fields;
  std::string name, value;
  auto keep = [&] {
    if (!name.empty()) fields.emplace(base::to_lower(name), base::trim(value));
    name.clear();
  };
  while (!text.empty()) {
    size_t end = std::min(text.find("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      value += line;
      continue;
    }
    keep();
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    name = line.substr(0, colon);
    value = line.substr(colon + 1);
  }
  keep();
  return fields;
}

Part parse_part(std::string_view text) {
  Part part;
  part.header = take_fields(text);
  part.content = text;
  return part;
}

std::string type_of(const Fields& header) {
  auto found = header.find("content-type");
  if (found == header.end()) return {};
  std::string_view value = found->second;
  return base::to_lower(base::trim(value.substr(0, value.find(';'))));
}

std::string boundary_of(const Fields& header) {
  auto found = header.find("content-type");
  if (found == header.end()) return {};
  std::string_view value = found->second;
  size_t at = base::ifind(value, "boundary=");
  if (at == std::string_view::npos) return {};
  value.remove_prefix(at + 9);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(base::trim(value.substr(0, value.find(';'))));
}

std::vector<Part> split_parts(std::string_view body, const std::string& boundary) {
  std::vector<Part> parts;
  std::string delimiter = "\r\n--" + boundary;
  std::string padded = "\r\n" + std::string(body.substr(0, boundary.size() + 4));
  bool at_start = padded.starts_with(delimiter);
  size_t at = at_start ? boundary.size() + 2 : body.find(delimiter);
  if (at == std::string_view::npos) return parts;
  if (!at_start) at += delimiter.size();
  while (!body.substr(at).starts_with("--")) {
    size_t line_end = body.find("\r\n", at);
    if (line_end == std::string_view::npos) break;
    size_t next = body.find(delimiter, line_end);
    // The line end before a boundary belongs to it; without a boundary the part is cut off.
    size_t start = line_end + 2;
    size_t stop = std::min(next, body.size());
    parts.push_back(parse_part(stop > start ? body.substr(start, stop - start) : ""));
    if (next == std::string_view::npos) break;
    at = next + delimiter.size();
  }
  return parts;
}

}  // namespace

std::optional<ParsedReport> parse_report(std::string_view message) {
  Fields header = take_fields(message);
  std::string boundary = boundary_of(header);
  if (type_of(header) != "multipart/report" || boundary.empty()) return {};
  std::vector<Part> parts = split_parts(message, boundary);
  if (parts.size() < 2) return {};
  std::string status_type = type_of(parts[1].header);
  if (status_type != "message/delivery-status" && status_type != "message/global-delivery-status")
    return {};
  ParsedReport report;
  std::string_view content = parts[1].content;
  report.message = take_fields(content);
  while (!content.empty()) {
    Fields fields = take_fields(content);
    if (fields.empty()) continue;
    if (report.recipients.size() == max_recipients) return {};
    report.recipients.push_back(std::move(fields));
  }
  if (parts.size() > 2) {
    report.returned_type = type_of(parts[2].header);
    report.returned = parts[2].content;
  }
  return report;
}

}  // namespace tegu::wire::dsn
