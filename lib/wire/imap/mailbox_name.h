// Names of mailboxes: UTF-8 inside, "/" between the levels, INBOX in any case, and the wildcards of
// LIST (RFC 9051 5.1, 6.3.9). What is on the wire is chosen by the session: modified UTF-7 until
// UTF-8 is enabled (IMAP4rev2 or UTF8=ACCEPT).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::wire::imap {

constexpr char hierarchy_separator = '/';

// From the wire to UTF-8, INBOX in upper case (also as the first level). Without utf8, modified
// UTF-7; 8-bit text that is valid UTF-8 is let through, since clients of IMAP4rev2 that forgot
// ENABLE write it. Nothing when the text is neither.
[[nodiscard]] std::optional<std::string> read_mailbox_name(std::string_view wire, bool utf8);

// "inbox" -> "INBOX", "iNbox/a" -> "INBOX/a"; others unchanged.
std::string canonical_name(std::string name);

// May a mailbox of this (canonical, UTF-8) name be created? The reason if not: empty name or level,
// controls, wildcards, a "#" namespace, a level over 255 bytes, 1000 bytes or 32 levels in all.
[[nodiscard]] std::optional<std::string> name_fault(std::string_view name);

// The names above: "a/b/c" -> {"a", "a/b"}.
std::vector<std::string_view> parents(std::string_view name);

// A pattern of LIST: "*" is anything, "%" anything without the separator; INBOX in any case.
// Matching takes time proportional to the name times the pattern's pieces, never exponential.
class ListPattern {
 public:
  // `reference` is put in front (RFC 9051 6.3.9: "foo/" and "bar" give "foo/bar").
  ListPattern(std::string_view reference, std::string_view pattern);
  bool matches(std::string_view name) const;
  // Could the pattern match something below this name?
  bool matches_below(std::string_view name) const;
  const std::string& text() const { return pattern_; }

 private:
  std::string pattern_;
  size_t literals_ = 0;  // characters in it that stand for themselves
};

}  // namespace tegu::wire::imap
