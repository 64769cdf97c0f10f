#include "wire/mime/section.h"

#include "wire/mime/header.h"

namespace tegu::wire::mime {

// The nth child (from 1) of a part, or no_part.
static uint32_t child(const Message& message, uint32_t parent, uint32_t n) {
  for (uint32_t i = parent + 1; i < message.parts.size(); i++) {
    if (message.parts[i].parent == parent && n-- == 1) return i;
  }
  return no_part;
}

std::optional<Addressed> find_part(const Message& message, std::span<const uint32_t> path) {
  Addressed at{0, false};
  bool is_root = true;  // `at` is a message that no number named yet
  for (uint32_t number : path) {
    if (number == 0 || at.part == no_part) return std::nullopt;
    if (!is_root && message.parts[at.part].kind == PartKind::message) {
      at.part = child(message, at.part, 1);
      is_root = true;
    }
    if (message.parts[at.part].kind == PartKind::multipart) {
      uint32_t found = child(message, at.part, number);
      bool empty = found == no_part && number == 1;
      if (found == no_part && !empty) return std::nullopt;
      at = {found, false};
    } else if (is_root && number == 1) {
      at.own_body = true;
    } else {
      return std::nullopt;
    }
    is_root = false;
  }
  return at;
}

std::optional<Range> find_section(const Message& message, std::span<const uint32_t> path,
                                  SectionKind kind) {
  auto at = find_part(message, path);
  if (!at) return std::nullopt;
  if (at->part == no_part) {
    // The empty part that BODYSTRUCTURE shows in a multipart without parts.
    if (kind == SectionKind::whole || kind == SectionKind::mime) return Range{message.size, 0};
    return std::nullopt;
  }
  auto* part = &message.parts[at->part];
  switch (kind) {
    case SectionKind::whole:
      return path.empty() ? Range{0, message.size} : part->body;
    case SectionKind::mime:
      if (path.empty()) return std::nullopt;
      return part->header;
    default:
      break;
  }
  // RFC 9051 6.4.5.1: HEADER and TEXT after numbers mean the embedded message.
  if (!path.empty()) {
    if (part->kind != PartKind::message) return std::nullopt;
    part = &message.parts[child(message, at->part, 1)];
  }
  return kind == SectionKind::text ? part->body : part->header;
}

std::optional<std::string> section_bytes(std::string_view bytes, const Message& message,
                                         std::span<const uint32_t> path, SectionKind kind,
                                         const std::vector<std::string>& fields) {
  auto range = find_section(message, path, kind);
  if (!range) return std::nullopt;
  auto found = slice(bytes, *range);
  if (kind == SectionKind::header_fields) return select_fields(found, fields, Choose::listed);
  if (kind == SectionKind::header_fields_not) {
    return select_fields(found, fields, Choose::not_listed);
  }
  return std::string(found);
}

}  // namespace tegu::wire::mime
