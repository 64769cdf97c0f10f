#include "search_match.h"

#include <algorithm>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/mime/header.h"
#include "wire/mime/text.h"
#include "wire/mime/words.h"

namespace tegu::imapd {

using wire::imap::SearchKey;
using Kind = SearchKey::Kind;
namespace mime = wire::mime;

// An octet of folded text comes from at most so many: a ligature or a full-width letter is three
// octets and folds to one or more; marks may be reordered around it.
static constexpr size_t widest_folding = 4;

Needle::Needle(std::string_view utf8)
    : folded_(base::fold_case(utf8)), ascii_(base::is_ascii(folded_)) {}

bool Needle::in(std::string_view utf8) const {
  if (folded_.empty()) return true;
  // Plain ASCII text needs no folding; an ASCII needle may still hide in compatibility forms.
  if (base::is_ascii(utf8)) return ascii_ && base::ifind(utf8, folded_) != std::string_view::npos;
  return base::fold_case(utf8).find(folded_) != std::string::npos;
}

struct Matcher::Node {
  Kind kind = Kind::all;
  std::vector<std::unique_ptr<Node>> children;
  std::vector<IndexRange> ranges;  // sequence, uid
  Flags flags = 0;                 // keyword, unkeyword
  bool known_flag = false;
  std::string field;  // header
  std::optional<Needle> needle;
  size_t text_needle = 0;  // body, text
  uint64_t number = 0;
  std::chrono::sys_days date{};
};

Matcher::Matcher(const SearchKey& key, const Selected& selected, base::WallTime now) : now_(now) {
  root_ = compile(key, selected);
}

Matcher::~Matcher() = default;

std::unique_ptr<Matcher::Node> Matcher::compile(const SearchKey& key, const Selected& selected) {
  auto node = std::make_unique<Node>();
  node->kind = key.kind;
  node->number = key.number;
  node->date = key.date;
  node->field = key.field;
  for (const SearchKey& child : key.children) node->children.push_back(compile(child, selected));
  switch (key.kind) {
    case Kind::sequence:
      node->ranges = selected.find_known(key.set);
      break;
    case Kind::uid:
      node->ranges = selected.find(key.set, true);
      break;
    case Kind::keyword:
    case Kind::unkeyword: {
      auto flag = model::mailbox::system_flag(key.text);
      if (!flag) flag = selected.keywords().find(key.text);
      node->known_flag = flag.has_value();
      node->flags = flag.value_or(0);
      break;
    }
    case Kind::header:
      wants_header_ = true;
      node->needle.emplace(key.text);
      break;
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since:
      wants_header_ = true;
      break;
    case Kind::text:
      wants_header_ = true;
      [[fallthrough]];
    case Kind::body:
      node->needle.emplace(key.text);
      node->text_needle = text_needles_.size();
      text_needles_.emplace_back(key.text);
      longest_text_ = std::max(longest_text_, key.text.size() * widest_folding);
      break;
    case Kind::mod_seq:
      uses_mod_seq_ = true;
      break;
    case Kind::email_id: {
      // EMAILIDs are "E" and the letter's number; anything else names no message.
      auto number = key.text.starts_with('E')
                        ? base::parse_number<uint64_t>(std::string_view(key.text).substr(1))
                        : std::nullopt;
      node->number = number.value_or(0);
      break;
    }
    default:
      break;
  }
  return node;
}

Verdict Matcher::judge(const Candidate& candidate) const {
  return judge(*root_, candidate);
}

void Matcher::show_text(Candidate& candidate, std::string_view text) const {
  candidate.found.resize(text_needles_.size());
  for (size_t i = 0; i < text_needles_.size(); ++i)
    if (!candidate.found[i] && text_needles_[i].in(text)) candidate.found[i] = true;
}

namespace {

Verdict of(bool yes) {
  return yes ? Verdict::yes : Verdict::no;
}

bool in_ranges(const std::vector<IndexRange>& ranges, size_t index) {
  auto after = std::ranges::upper_bound(ranges, index, {}, &IndexRange::begin);
  return after != ranges.begin() && index < std::prev(after)->end;
}

std::chrono::sys_days day_of(int64_t seconds) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

// RFC 9051 6.4.4: without regard to time and zone, so the day on the sender's calendar.
std::optional<std::chrono::sys_days> sent_day(const std::string& header) {
  auto value = mime::find_field(header, "Date");
  if (!value) return std::nullopt;
  auto date = base::parse_rfc5322_date(*value);
  if (!date) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(date->time +
                                               std::chrono::minutes(date->zone_minutes));
}

bool header_has(const std::string& header, std::string_view field, const Needle& needle) {
  for (const mime::Field& candidate : mime::header_fields(header)) {
    if (!base::iequals(candidate.name, field)) continue;
    if (needle.in(mime::decode_words(mime::unfold(candidate.value)))) return true;
  }
  return false;
}

Verdict date_verdict(Kind kind, std::chrono::sys_days day, std::chrono::sys_days wanted) {
  switch (kind) {
    case Kind::before:
    case Kind::saved_before:
    case Kind::sent_before:
      return of(day < wanted);
    case Kind::on:
    case Kind::saved_on:
    case Kind::sent_on:
      return of(day == wanted);
    default:
      return of(day >= wanted);
  }
}

}  // namespace

Verdict Matcher::judge(const Node& node, const Candidate& candidate) const {
  const Message& message = candidate.message;
  switch (node.kind) {
    case Kind::all:
    case Kind::save_date_supported:
      return Verdict::yes;
    case Kind::none:
    case Kind::thread_id:
      return Verdict::no;
    case Kind::and_: {
      Verdict verdict = Verdict::yes;
      for (const auto& child : node.children) {
        Verdict one = judge(*child, candidate);
        if (one == Verdict::no) return Verdict::no;
        if (one == Verdict::unknown) verdict = Verdict::unknown;
      }
      return verdict;
    }
    case Kind::or_: {
      Verdict verdict = Verdict::no;
      for (const auto& child : node.children) {
        Verdict one = judge(*child, candidate);
        if (one == Verdict::yes) return Verdict::yes;
        if (one == Verdict::unknown) verdict = Verdict::unknown;
      }
      return verdict;
    }
    case Kind::not_: {
      Verdict verdict = judge(*node.children.front(), candidate);
      if (verdict == Verdict::unknown) return Verdict::unknown;
      return of(verdict == Verdict::no);
    }
    case Kind::sequence:
    case Kind::uid:
      return of(in_ranges(node.ranges, candidate.index));
    case Kind::keyword:
      return of(node.known_flag && (message.flags & node.flags) != 0);
    case Kind::unkeyword:
      return of(!node.known_flag || (message.flags & node.flags) == 0);
    case Kind::before:
    case Kind::on:
    case Kind::since:
      return date_verdict(node.kind, day_of(message.internal_date), node.date);
    case Kind::saved_before:
    case Kind::saved_on:
    case Kind::saved_since:
      return date_verdict(node.kind, day_of(message.saved_at), node.date);
    case Kind::larger:
      return of(message.size > node.number);
    case Kind::smaller:
      return of(message.size < node.number);
    case Kind::mod_seq:
      return of(static_cast<uint64_t>(message.modseq) >= node.number);
    case Kind::older:
    case Kind::younger: {
      auto age = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count() -
                 message.internal_date;
      bool young = age <= static_cast<int64_t>(node.number);
      return of((node.kind == Kind::younger) == young);
    }
    case Kind::email_id:
      return of(node.number != 0 && static_cast<uint64_t>(message.content.value) == node.number);
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since: {
      if (candidate.header == nullptr) return Verdict::unknown;
      auto day = sent_day(*candidate.header);
      return day ? date_verdict(node.kind, *day, node.date) : Verdict::no;
    }
    case Kind::header:
      if (candidate.header == nullptr) return Verdict::unknown;
      return of(header_has(*candidate.header, node.field, *node.needle));
    case Kind::text:
      if (candidate.header != nullptr && node.needle->in(mime::header_text(*candidate.header)))
        return Verdict::yes;
      [[fallthrough]];
    case Kind::body:
      if (node.text_needle < candidate.found.size() && candidate.found[node.text_needle])
        return Verdict::yes;
      return candidate.has_texts ? Verdict::no : Verdict::unknown;
  }
  return Verdict::no;
}

}  // namespace tegu::imapd
