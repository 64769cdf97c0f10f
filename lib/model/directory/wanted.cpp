#include "model/directory/wanted.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/unicode.h"

namespace tegu::model::directory {

void refuse(const std::string& what) {
  throw base::UsageError(what);
}

Name wanted_name(const std::string& text) {
  auto name = parse_name(text);
  if (!name) refuse(base::escape_controls(text) + ": wants an address such as user@example.org");
  return *name;
}

std::string wanted_domain(const std::string& text) {
  auto domain = base::domain_to_ascii(base::trim(text));
  if (!domain) refuse(base::escape_controls(text) + ": wants a domain such as example.org");
  return *domain;
}

std::vector<std::string> wanted_targets(const std::vector<std::string>& texts) {
  std::vector<std::string> targets;
  for (const std::string& text : texts) {
    std::string target = wanted_name(text).text();
    if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
  }
  if (targets.empty()) refuse("an alias wants at least one target address");
  return targets;
}

}  // namespace tegu::model::directory
