#include "model/mailbox/flags.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace tegu::model::mailbox {

std::optional<Flags> system_flag(std::string_view name) {
  for (size_t bit = 0; bit < system_flag_names.size(); bit++) {
    if (base::iequals(name, system_flag_names[bit])) return Flags{1} << bit;
  }
  return std::nullopt;
}

Keywords::Keywords(std::vector<Keyword> keywords) : keywords_(std::move(keywords)) {
  std::ranges::sort(keywords_, {}, &Keyword::bit);
  for (const Keyword& keyword : keywords_) {
    if (keyword.bit < first_keyword_bit || keyword.bit > 63 ||
        (known_ & Flags{1} << keyword.bit) != 0) {
      throw base::Error("mailbox_keyword: bit " + std::to_string(keyword.bit) +
                        " is out of range or doubled");
    }
    known_ |= Flags{1} << keyword.bit;
  }
}

std::optional<Flags> Keywords::find(std::string_view name) const {
  for (const Keyword& keyword : keywords_) {
    if (base::iequals(keyword.name, name)) return Flags{1} << keyword.bit;
  }
  return std::nullopt;
}

std::vector<std::string_view> Keywords::names(Flags flags) const {
  std::vector<std::string_view> names;
  for (const Keyword& keyword : keywords_) {
    if ((flags & Flags{1} << keyword.bit) != 0) names.push_back(keyword.name);
  }
  return names;
}

std::optional<int> Keywords::free_bit() const {
  for (int bit = first_keyword_bit; bit < 64; bit++) {
    if ((known_ & Flags{1} << bit) == 0) return bit;
  }
  return std::nullopt;
}

}  // namespace tegu::model::mailbox
