// Flags of a message as bits: five system flags and up to 58 keywords, whose names each mailbox
// keeps for itself (table mailbox_keyword). RFC 9051 2.3.2. Knows no wire format.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::model::mailbox {

using Flags = uint64_t;

inline constexpr Flags answered = 1;
inline constexpr Flags flagged = 2;
inline constexpr Flags deleted = 4;
inline constexpr Flags seen = 8;
inline constexpr Flags draft = 16;
inline constexpr Flags system_flags = 31;
inline constexpr Flags keyword_flags = ~Flags{63};  // bit 5 is reserved
inline constexpr int first_keyword_bit = 6;
inline constexpr int max_keywords = 58;
inline constexpr size_t max_keyword_length = 100;

// "\Answered" and so on, by bit.
inline constexpr std::array<std::string_view, 5> system_flag_names = {
    "\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
// The bit's mask for "\seen" in any case; nothing for other words.
std::optional<Flags> system_flag(std::string_view name);

// The keywords of one mailbox. Names keep the case of their first use and are found in any case.
class Keywords {
 public:
  struct Keyword {
    int bit;
    std::string name;
    bool operator==(const Keyword&) const = default;
  };

  Keywords() = default;
  // Bits outside 6..63 and doubled bits are refused: base::Error.
  explicit Keywords(std::vector<Keyword> keywords);

  // Mask of a keyword, or nothing.
  std::optional<Flags> find(std::string_view name) const;
  // Names of all keyword bits that are set, in order of bits; bits without a name are left out.
  std::vector<std::string_view> names(Flags flags) const;
  // All bits that have names. A message with a bit outside means: read the keywords again.
  Flags known() const { return known_; }
  const std::vector<Keyword>& all() const { return keywords_; }
  std::optional<int> free_bit() const;

 private:
  std::vector<Keyword> keywords_;  // by bit
  Flags known_ = 0;
};

}  // namespace tegu::model::mailbox
