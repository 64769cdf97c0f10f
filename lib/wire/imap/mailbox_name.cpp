#include "wire/imap/mailbox_name.h"

#include <algorithm>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/imap/mutf7.h"

namespace tegu::wire::imap {
namespace {

// The set of pattern positions that are reachable after each character: a two-row simulation, as
// both wildcards only ever stay or go on.
class Reach {
 public:
  explicit Reach(std::string_view pattern)
      : pattern_(pattern), now_(pattern.size() + 1), next_(pattern.size() + 1) {
    now_[0] = true;
    skip_wildcards(now_);
  }
  // any_case: c, which is in upper case, stands for both.
  void step(char c, bool any_case) {
    next_.assign(next_.size(), false);
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (!now_[i]) continue;
      char p = pattern_[i];
      if (p == '*' || (p == '%' && c != hierarchy_separator))
        next_[i] = true;
      else if (p != '%' && (any_case ? base::upper(p) : p) == c)
        next_[i + 1] = true;
    }
    skip_wildcards(next_);
    now_.swap(next_);
  }
  bool at_end() const { return now_.back(); }
  bool alive() const { return std::find(now_.begin(), now_.end() - 1, true) != now_.end() - 1; }

 private:
  // A wildcard may stand for nothing.
  void skip_wildcards(std::vector<bool>& row) const {
    for (size_t i = 0; i < pattern_.size(); ++i)
      if (row[i] && (pattern_[i] == '*' || pattern_[i] == '%')) row[i + 1] = true;
  }

  std::string_view pattern_;
  std::vector<bool> now_;
  std::vector<bool> next_;
};

constexpr size_t max_name = 1000;
constexpr size_t max_level = 255;
constexpr size_t max_levels = 32;

}  // namespace

std::string canonical_name(std::string name) {
  if (base::istarts_with(name, "INBOX") && (name.size() == 5 || name[5] == hierarchy_separator))
    name.replace(0, 5, "INBOX");
  return name;
}

std::optional<std::string> read_mailbox_name(std::string_view wire, bool utf8) {
  if (!base::is_utf8(wire)) return std::nullopt;
  if (utf8 || !base::is_ascii(wire)) return canonical_name(std::string(wire));
  auto name = mutf7_decode(wire);
  if (!name) return std::nullopt;
  return canonical_name(std::move(*name));
}

std::optional<std::string> name_fault(std::string_view name) {
  if (name.empty()) return "Mailbox name is empty";
  if (name.size() > max_name) return "Mailbox name is longer than 1000 bytes";
  if (name.front() == '#') return "Names that begin with # belong to namespaces";
  if (!base::is_utf8(name)) return "Mailbox name is not UTF-8";
  size_t levels = 0;
  for (std::string_view level : base::split(name, hierarchy_separator)) {
    if (level.empty()) return "Mailbox name has an empty level";
    if (level.size() > max_level) return "A level of the mailbox name is longer than 255 bytes";
    ++levels;
  }
  if (levels > max_levels) return "Mailbox name has more than 32 levels";
  for (size_t i = 0; i < name.size(); ++i) {
    auto byte = static_cast<unsigned char>(name[i]);
    // RFC 9051 5.1: no controls, neither C0 nor C1, nor line separators.
    bool control = byte < 0x20 || byte == 0x7f ||
                   (byte == 0xc2 && static_cast<unsigned char>(name[i + 1]) < 0xa0) ||
                   name.substr(i).starts_with("\u2028") || name.substr(i).starts_with("\u2029");
    if (control) return "Mailbox name holds a control character";
    if (byte == '*' || byte == '%') return "Mailbox name holds a wildcard";
  }
  return std::nullopt;
}

std::vector<std::string_view> parents(std::string_view name) {
  std::vector<std::string_view> above;
  for (size_t i = 0; i < name.size(); ++i)
    if (name[i] == hierarchy_separator) above.push_back(name.substr(0, i));
  return above;
}

// RFC 9051 5.1: INBOX in any case, also with wildcards ("inb%"); not what is below it.
static Reach reach(std::string_view pattern, std::string_view name) {
  Reach reached(pattern);
  size_t any_case = name == "INBOX" || name.starts_with("INBOX/") ? 5 : 0;
  for (size_t i = 0; i < name.size(); ++i) reached.step(name[i], i < any_case);
  return reached;
}

ListPattern::ListPattern(std::string_view reference, std::string_view pattern) {
  std::string whole(reference);
  whole += pattern;
  whole = canonical_name(std::move(whole));
  for (char c : whole) {
    // "**", "*%" and "%*" are "*": fewer positions to follow.
    bool wild = c == '*' || c == '%';
    if (wild && !pattern_.empty() && pattern_.back() == '*') continue;
    if (c == '*')
      while (!pattern_.empty() && pattern_.back() == '%') pattern_.pop_back();
    if (c == '%' && !pattern_.empty() && pattern_.back() == '%') continue;
    pattern_ += c;
  }
  auto is_literal = [](char c) { return c != '*' && c != '%'; };
  literals_ = static_cast<size_t>(std::ranges::count_if(pattern_, is_literal));
}

bool ListPattern::matches(std::string_view name) const {
  if (literals_ > name.size()) return false;
  return reach(pattern_, name).at_end();
}

bool ListPattern::matches_below(std::string_view name) const {
  if (literals_ > max_name) return false;
  Reach reached = reach(pattern_, name);
  reached.step(hierarchy_separator, false);
  return reached.alive();
}

}  // namespace tegu::wire::imap
