#include "model/setting/text.h"

#include <set>

#include "base/text.h"
#include "base/unicode.h"
#include "model/setting/catalogue.h"

namespace tegu::model::setting {

// "# " lines of at most 100 bytes, broken at blanks.
static void comment(std::string& out, std::string_view text) {
  constexpr size_t width = 98;
  while (!text.empty()) {
    size_t end = text.size();
    if (end > width) {
      end = text.rfind(' ', width);
      if (end == text.npos) end = std::min(text.find(' '), text.size());
    }
    out += "# ";
    out += text.substr(0, end);
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string format_text(const Changes& changes, bool all, bool russian) {
  std::string out, section;
  for (const base::Setting& setting : catalogue()) {
    auto changed = changes.find(std::string(setting.key));
    if (changed == changes.end() && !all) continue;
    std::string here(setting.key.substr(0, setting.key.find('.')));
    if (here != section) {
      out += (out.empty() ? "## " : "\n## ") + std::string(section_title(here, russian)) + "\n";
      section = here;
    }
    out += '\n';
    comment(out, russian ? setting.russian : setting.english);
    if (changed == changes.end()) {
      out += "#" + std::string(setting.key) + " = " + std::string(setting.standard) + "\n";
    } else {
      out += changed->first + " = " + changed->second + "\n";
    }
  }
  return out;
}

std::expected<Changes, std::string> parse_text(std::string_view text) {
  Changes found;
  std::string mistakes;
  size_t number = 0;
  auto mistake = [&](std::string_view what) {
    mistakes += (mistakes.empty() ? "line " : "\nline ") + std::to_string(number) + ": ";
    mistakes += what;
  };
  for (std::string_view line : base::split(text, '\n')) {
    number++;
    line = base::trim(line);
    if (line.empty() || line.front() == '#') continue;
    size_t equals = line.find('=');
    if (equals == line.npos) {
      mistake("wants \"key = value\"");
      continue;
    }
    std::string key(base::trim(line.substr(0, equals)));
    auto value = normalise(key, base::trim(line.substr(equals + 1)));
    if (!value) {
      mistake(value.error());
    } else if (!found.emplace(key, *value).second) {
      mistake(key + " was set before");
    }
  }
  if (!mistakes.empty()) return std::unexpected(mistakes);
  return found;
}

static std::string value_in(const Changes& changes, const std::string& key) {
  auto changed = changes.find(key);
  if (changed != changes.end()) return changed->second;
  const base::Setting* setting = base::Settings::find(catalogue(), key);
  return setting ? std::string(setting->standard) : "";
}

std::string diff(const Changes& now, const Changes& wanted) {
  std::set<std::string> keys;
  for (const auto& [key, value] : now) keys.insert(key);
  for (const auto& [key, value] : wanted) keys.insert(key);
  std::string out;
  for (const std::string& key : keys) {
    std::string is = value_in(now, key), will = value_in(wanted, key);
    if (is == will) continue;
    out += "-" + key + " = " + is + "\n+" + key + " = " + will + "\n";
  }
  return out;
}

}  // namespace tegu::model::setting
