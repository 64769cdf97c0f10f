// SEARCH (RFC 9051 6.4.4, 3501 6.4.4, 4731, 5032, 5182, 7162, 8474, 8514).
#include <array>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/imap/cursor.h"
#include "wire/imap/flags.h"

namespace tegu::wire::imap {
namespace {

using Kind = SearchKey::Kind;

struct Key {
  std::string_view name;
  Kind kind;
  std::string_view word = {};  // the flag, or the header field
};

constexpr std::array keys = {
    Key{"ALL", Kind::all},
    Key{"ANSWERED", Kind::keyword, "\\Answered"},
    Key{"BCC", Kind::header, "Bcc"},
    Key{"BEFORE", Kind::before},
    Key{"BODY", Kind::body},
    Key{"CC", Kind::header, "Cc"},
    Key{"DELETED", Kind::keyword, "\\Deleted"},
    Key{"DRAFT", Kind::keyword, "\\Draft"},
    Key{"EMAILID", Kind::email_id},
    Key{"FLAGGED", Kind::keyword, "\\Flagged"},
    Key{"FROM", Kind::header, "From"},
    Key{"HEADER", Kind::header},
    Key{"KEYWORD", Kind::keyword},
    Key{"LARGER", Kind::larger},
    Key{"MODSEQ", Kind::mod_seq},
    Key{"NEW", Kind::none},
    Key{"NOT", Kind::not_},
    Key{"OLD", Kind::all},
    Key{"OLDER", Kind::older},
    Key{"ON", Kind::on},
    Key{"OR", Kind::or_},
    Key{"RECENT", Kind::none},
    Key{"SAVEDATESUPPORTED", Kind::save_date_supported},
    Key{"SAVEDBEFORE", Kind::saved_before},
    Key{"SAVEDON", Kind::saved_on},
    Key{"SAVEDSINCE", Kind::saved_since},
    Key{"SEEN", Kind::keyword, "\\Seen"},
    Key{"SENTBEFORE", Kind::sent_before},
    Key{"SENTON", Kind::sent_on},
    Key{"SENTSINCE", Kind::sent_since},
    Key{"SINCE", Kind::since},
    Key{"SMALLER", Kind::smaller},
    Key{"SUBJECT", Kind::header, "Subject"},
    Key{"TEXT", Kind::text},
    Key{"THREADID", Kind::thread_id},
    Key{"TO", Kind::header, "To"},
    Key{"UID", Kind::uid},
    Key{"UNANSWERED", Kind::unkeyword, "\\Answered"},
    Key{"UNDELETED", Kind::unkeyword, "\\Deleted"},
    Key{"UNDRAFT", Kind::unkeyword, "\\Draft"},
    Key{"UNFLAGGED", Kind::unkeyword, "\\Flagged"},
    Key{"UNKEYWORD", Kind::unkeyword},
    Key{"UNSEEN", Kind::unkeyword, "\\Seen"},
    Key{"YOUNGER", Kind::younger},
};

class SearchParser {
 public:
  explicit SearchParser(Cursor& in) : in_(in) {}

  void charset() {
    in_.space();
    charset_ = in_.astring();
    if (!base::charset_to_utf8(charset_, "")) throw Syntax{"Charset is unknown", true};
  }

  // One or more keys, all of which must match.
  SearchKey keys_until_end() {
    SearchKey all{.kind = Kind::and_};
    do all.children.push_back(key());
    while (in_.accept(' '));
    if (all.children.size() > 1) return all;
    SearchKey only = std::move(all.children.front());
    return only;
  }

 private:
  SearchKey key() {
    Cursor::Level level(in_);
    // Every key costs memory and time in evaluation.
    if (++keys_ > 2000) syntax("Too many search keys");
    SearchKey key;
    if (in_.accept('(')) {
      key = keys_until_end();
      in_.need(')');
      return key;
    }
    if (in_.next_is_digit() || in_.next_is('*') || in_.next_is('$')) {
      key.kind = Kind::sequence;
      key.set = in_.seqset();
      return key;
    }
    std::string name = in_.word();
    for (const Key& row : keys)
      if (row.name == name) return arguments(row);
    syntax("Unknown search key " + base::escape_controls(name.substr(0, 40)));
  }

  SearchKey arguments(const Key& row) {
    SearchKey key{.kind = row.kind};
    switch (row.kind) {
      case Kind::keyword:
      case Kind::unkeyword:
        key.text = row.word;
        if (!row.word.empty()) break;
        in_.space();
        key.text = in_.flag();
        break;
      case Kind::header:
        key.field = row.word;
        in_.space();
        if (row.word.empty()) {
          key.field = in_.astring();
          in_.space();
        }
        key.text = text();
        break;
      case Kind::body:
      case Kind::text:
        in_.space();
        key.text = text();
        break;
      case Kind::before:
      case Kind::on:
      case Kind::since:
      case Kind::sent_before:
      case Kind::sent_on:
      case Kind::sent_since:
      case Kind::saved_before:
      case Kind::saved_on:
      case Kind::saved_since:
        in_.space();
        key.date = in_.date();
        break;
      case Kind::larger:
      case Kind::smaller:
        in_.space();
        key.number = in_.number64();
        break;
      case Kind::older:
      case Kind::younger:
        in_.space();
        key.number = in_.nz_number();
        break;
      case Kind::mod_seq:
        in_.space();
        key.number = mod_seq();
        break;
      case Kind::uid:
        in_.space();
        key.set = in_.seqset();
        break;
      case Kind::email_id:
      case Kind::thread_id:
        in_.space();
        key.text = in_.astring();
        break;
      case Kind::not_:
        in_.space();
        key.children.push_back(this->key());
        break;
      case Kind::or_:
        in_.space();
        key.children.push_back(this->key());
        in_.space();
        key.children.push_back(this->key());
        break;
      case Kind::all:
      case Kind::and_:
      case Kind::none:
      case Kind::sequence:
      case Kind::save_date_supported:
        break;
    }
    return key;
  }

  std::string text() {
    std::string bytes = in_.astring();
    if (charset_.empty()) return base::to_valid_utf8(bytes);
    auto utf8 = base::charset_to_utf8(charset_, bytes);
    return utf8 ? std::move(*utf8) : std::string();
  }

  // RFC 7162 3.1.5: MODSEQ ["/flags/\\Seen" all] 620162338.
  uint64_t mod_seq() {
    if (!in_.next_is('"')) return in_.number64();
    std::string entry = in_.string();
    if (!base::istarts_with(entry, "/flags/")) syntax("Unknown entry of MODSEQ");
    in_.space();
    std::string type = in_.word();
    if (type != "ALL" && type != "PRIV" && type != "SHARED") syntax("Unknown entry type of MODSEQ");
    in_.space();
    return in_.number64();
  }

  Cursor& in_;
  std::string charset_;
  size_t keys_ = 0;
};

SearchReturn return_options(Cursor& in) {
  SearchReturn options;
  in.space();
  in.need('(');
  if (!in.accept(')')) {
    do {
      std::string word = in.word();
      if (word == "MIN")
        options.min = true;
      else if (word == "MAX")
        options.max = true;
      else if (word == "ALL")
        options.all = true;
      else if (word == "COUNT")
        options.count = true;
      else if (word == "SAVE")
        options.save = true;
      else
        syntax("Unknown return option of SEARCH");
    } while (in.accept(' '));
    in.need(')');
  }
  // RFC 4731 3.1: an empty list means ALL.
  if (!options.min && !options.max && !options.count && !options.save) options.all = true;
  return options;
}

}  // namespace

Arguments parse_search(Cursor& in, bool uid) {
  Search search;
  search.uid = uid;
  in.space();
  if (in.accept_word("RETURN")) {
    search.result = return_options(in);
    in.space();
  }
  SearchParser parser(in);
  if (in.accept_word("CHARSET")) {
    parser.charset();
    in.space();
  }
  search.key = parser.keys_until_end();
  return search;
}

}  // namespace tegu::wire::imap
