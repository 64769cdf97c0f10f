#include "selected.h"

#include <algorithm>
#include <ranges>

#include "command_error.h"
#include "wire/imap/response.h"

namespace tegu::imapd {

using namespace wire::imap;

namespace {

void add_range(std::vector<IndexRange>& ranges, size_t begin, size_t end) {
  if (begin >= end) return;
  if (!ranges.empty() && ranges.back().end == begin)
    ranges.back().end = end;
  else
    ranges.push_back({begin, end});
}

std::vector<std::string> names_of(Flags flags, const Keywords& keywords) {
  std::vector<std::string> names;
  for (size_t bit = 0; bit < model::mailbox::system_flag_names.size(); ++bit)
    if ((flags & Flags{1} << bit) != 0) names.emplace_back(model::mailbox::system_flag_names[bit]);
  for (std::string_view name : keywords.names(flags)) names.emplace_back(name);
  return names;
}

}  // namespace

void write_known_flags(std::string& out, const Keywords& keywords, bool read_only) {
  std::vector<std::string> names = names_of(model::mailbox::system_flags, keywords);
  for (const auto& keyword : keywords.all()) names.push_back(keyword.name);
  out += "* FLAGS ";
  write_flags(out, names);
  out += "\r\n";
  std::string code = "PERMANENTFLAGS ";
  // RFC 9051 7.1: "\*" says that new keywords may be made.
  if (read_only) {
    names.clear();
  } else if (keywords.free_bit()) {
    names.emplace_back("\\*");
  }
  write_flags(code, names);
  write_status(out, "*", Condition::ok, code, read_only ? "Read-only" : "Flags that stay");
}

Selected::Selected(std::shared_ptr<LiveMailbox> live, const Contents& told, std::string name,
                   bool read_only)
    : live_(std::move(live)), view_(told.view), name_(std::move(name)), read_only_(read_only) {}

std::vector<IndexRange> Selected::find(const SeqSet& set, bool uid) const {
  std::vector<IndexRange> ranges;
  auto add_uids = [&](uint32_t first, uint32_t last) {
    size_t end = last == UINT32_MAX ? view_.size() : view_.lower_bound_uid(last + 1);
    add_range(ranges, view_.lower_bound_uid(first), end);
  };
  if (set.saved()) {
    for (const auto& range : saved_.ranges()) add_uids(range.first, range.last);
    return ranges;
  }
  if (!uid) {
    // RFC 9051 2.3.1.2.
    if (set.beyond(static_cast<uint32_t>(view_.size())))
      refuse_bad("There is no message of that number");
    return find_known(set);
  }
  uint32_t highest = view_.empty() ? 0 : view_.at(view_.size() - 1).uid;
  NumberSet numbers = set.resolve(highest);
  for (const Range& range : numbers.ranges()) add_uids(range.first, range.last);
  return ranges;
}

std::vector<IndexRange> Selected::find_known(const SeqSet& set) const {
  if (set.saved()) return find(set, true);
  std::vector<IndexRange> ranges;
  NumberSet numbers = set.resolve(static_cast<uint32_t>(view_.size()));
  for (const Range& range : numbers.ranges())
    add_range(ranges, range.first - 1, std::min<size_t>(range.last, view_.size()));
  return ranges;
}

UidSet Selected::uids(const std::vector<IndexRange>& ranges) const {
  UidSet uids;
  for (const IndexRange& range : ranges)
    for (size_t i = range.begin; i < range.end;) {
      auto run = view_.run(i);
      for (const Message& message : run.first(std::min(run.size(), range.end - i)))
        uids.append(message.uid);
      i += run.size();
    }
  return uids;
}

const Message& Selected::latest(const Message& message) const {
  const View& now = live_->now.view;
  if (now.modseq() == view_.modseq()) return message;
  auto index = now.index_of_uid(message.uid);
  return index ? now.at(*index) : message;
}

std::vector<std::string> Selected::flag_names(Flags flags) const {
  return names_of(flags, keywords());
}

const std::string& Selected::flags_text(Flags flags) const {
  // A keyword never changes its bit or name, there only come more.
  if (flags_texts_keywords_ != keywords().all().size() || flags_texts_.size() > 1000) {
    flags_texts_.clear();
    flags_texts_keywords_ = keywords().all().size();
  }
  std::string& text = flags_texts_[flags];
  if (text.empty()) write_flags(text, flag_names(flags));
  return text;
}

void Selected::tell_keywords(std::string& out) {
  if (keywords().all().size() == told_keywords_) return;
  keywords_were_told(keywords());
  write_known_flags(out, keywords(), read_only_);
}

void Selected::tell_flags(std::string& out, size_t index, const Message& message, bool uid,
                          bool mod_seq) const {
  FetchResponse fetch(out, static_cast<uint32_t>(index + 1));
  if (uid) fetch.number("UID", message.uid);
  fetch.flags(flags_text(message.flags));
  if (mod_seq) fetch.mod_seq(static_cast<uint64_t>(message.modseq));
  fetch.end();
}

void Selected::tell(std::string& out, const Telling& telling) {
  const View& now = live_->now.view;
  if (now.modseq() == view_.modseq()) return;
  model::mailbox::Delta delta = diff(view_, now);
  if (!telling.expunges && !delta.expunged.empty()) return;
  tell_keywords(out);
  // From the end, so that the numbers of those that remain to be told do not move.
  for (size_t index : std::views::reverse(delta.expunged))
    out += "* " + std::to_string(index + 1) + " EXPUNGE\r\n";
  if (delta.first_new < now.size()) out += "* " + std::to_string(now.size()) + " EXISTS\r\n";
  for (size_t index : delta.changed) {
    const Message& message = now.at(index);
    if (message.modseq == telling.own_modseq) continue;
    tell_flags(out, index, message, telling.uid, telling.mod_seq);
  }
  view_ = now;
}

}  // namespace tegu::imapd
