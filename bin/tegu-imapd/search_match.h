// Does a message match a SEARCH (RFC 9051 6.4.4)? Asked in three steps, each dearer than the one
// before: what the view knows, the letter's header, the text of its parts. Pure: who asks fetches
// the letter.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "selected.h"
#include "wire/imap/command.h"

namespace tegu::imapd {

enum class Verdict { no, yes, unknown };

// A string looked for without regard to case (and, beyond ASCII, to Unicode's compatibility forms).
class Needle {
 public:
  explicit Needle(std::string_view utf8);
  bool in(std::string_view utf8) const;

 private:
  std::string folded_;
  bool ascii_;
};

// A SEARCH made ready for one state of one mailbox.
class Matcher {
 public:
  Matcher(const wire::imap::SearchKey& key, const Selected& selected, base::WallTime now);
  ~Matcher();

  // One message on its way through the steps.
  struct Candidate {
    size_t index = 0;  // in the selected view
    Message message;
    const std::string* header = nullptr;  // from the second step on
    bool has_texts = false;               // all parts were shown
    std::vector<bool> found = {};         // by number of needle in the parts' texts
  };
  Verdict judge(const Candidate& candidate) const;

  // Notes which needles are in a part's text; the third step.
  void show_text(Candidate& candidate, std::string_view text) const;
  // Octets of text in which every needle surely fits, were it folded from its longest form.
  size_t longest_text() const { return longest_text_; }
  bool wants_texts() const { return !text_needles_.empty(); }
  bool wants_header() const { return wants_header_; }
  bool uses_mod_seq() const { return uses_mod_seq_; }

 private:
  struct Node;
  std::unique_ptr<Node> compile(const wire::imap::SearchKey& key, const Selected& selected);
  Verdict judge(const Node& node, const Candidate& candidate) const;

  std::unique_ptr<Node> root_;
  std::vector<Needle> text_needles_;
  base::WallTime now_;
  size_t longest_text_ = 0;
  bool wants_header_ = false;
  bool uses_mod_seq_ = false;
};

}  // namespace tegu::imapd
