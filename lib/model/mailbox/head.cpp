#include "model/mailbox/head.h"

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::model::mailbox {

static bool has_control(std::string_view text) {
  for (size_t i = 0; i < text.size(); i++) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    // C1 controls and the line and paragraph separators (RFC 9051 5.1, RFC 5198 2).
    if (c == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
    if (text.substr(i).starts_with("\xe2\x80\xa8") || text.substr(i).starts_with("\xe2\x80\xa9")) {
      return true;
    }
  }
  return false;
}

std::expected<std::string, std::string_view> normal_name(std::string_view name) {
  if (!base::is_utf8(name)) return std::unexpected("the name is not UTF-8");
  if (has_control(name)) return std::unexpected("the name has control characters");
  std::string normal = base::to_nfc(name);
  if (normal.ends_with('/')) normal.pop_back();
  if (normal.empty()) return std::unexpected("the name is empty");
  if (normal.size() > max_name_octets) return std::unexpected("the name is too long");
  auto levels = base::split(normal, '/');
  if (levels.size() > max_levels) return std::unexpected("the name has too many levels");
  for (std::string_view level : levels) {
    if (level.empty()) return std::unexpected("the name has an empty level");
    if (level.size() > max_level_octets) return std::unexpected("a level of the name is too long");
  }
  if (base::iequals(levels.front(), "INBOX")) normal.replace(0, 5, "INBOX");
  return normal;
}

std::vector<std::string> superiors_and_self(std::string_view name) {
  std::vector<std::string> names;
  for (size_t at = name.find('/'); at != name.npos; at = name.find('/', at + 1)) {
    names.emplace_back(name.substr(0, at));
  }
  names.emplace_back(name);
  return names;
}

}  // namespace tegu::model::mailbox
