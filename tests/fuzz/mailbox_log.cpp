// The journal of a mailbox (View::apply, diff; model/mailbox/view.h) with rows of any numbers: they
// are refused, or give what the plainest replay gives; and news of changes (changed.h).
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "fuzz.h"
#include "model/mailbox/changed.h"
#include "model/mailbox/view.h"

using namespace tegu;
using namespace tegu::fuzz;
using namespace tegu::model::mailbox;

namespace {

// Rows out of bytes: small numbers mostly, so that they meet.
Changes read_changes(base::ByteReader& reader, const View& before) {
  Changes changes;
  changes.modseq = before.modseq() + reader.byte();
  changes.uidnext = before.uidnext() + reader.byte();
  uint32_t uid = before.uidnext() - 1;
  for (int arrivals = reader.byte() % 8; arrivals > 0; arrivals--) {
    uid += reader.byte() % 16;
    changes.arrivals.push_back({.uid = uid,
                                .size = reader.byte(),
                                .flags = reader.varint(),
                                .modseq = before.modseq() + reader.byte(),
                                .content = base::ContentId{1 + reader.byte()},
                                .internal_date = reader.svarint(),
                                .saved_at = reader.svarint()});
  }
  for (int rows = reader.byte() % 8; rows > 0; rows--) {
    LogEntry entry;
    entry.modseq = before.modseq() + reader.byte();
    entry.kind = static_cast<LogEntry::Kind>(1 + reader.byte() % 4);
    entry.flags = reader.varint();
    if (auto uids = UidSet::parse(reader.counted())) entry.uids = *uids;
    changes.log.push_back(std::move(entry));
  }
  return changes;
}

using Plain = std::map<uint32_t, Message>;

void replay(Plain& messages, const Changes& changes) {
  for (const Message& message : changes.arrivals) messages[message.uid] = message;
  for (const LogEntry& entry : changes.log) {
    for (auto at = messages.begin(); at != messages.end();) {
      auto& [uid, message] = *at++;
      if (!entry.uids.contains(uid)) continue;
      message.flags = changed_flags(message.flags, entry);
      message.modseq = entry.modseq;
      if (entry.kind == LogEntry::Kind::expunge) messages.erase(uid);
    }
  }
}

void compare(const View& view, const Plain& plain) {
  require(view.size() == plain.size());
  View::Counters counters;
  size_t index = 0;
  for (const auto& [uid, message] : plain) {
    require(view.at(index) == message && view.index_of_uid(uid) == index);
    index++;
    counters.total++;
    counters.unseen += (message.flags & seen) == 0;
    counters.deleted += (message.flags & deleted) != 0;
    counters.bytes += message.size;
  }
  require(counters == view.counters());
}

void check_diff(const View& old, const View& now) {
  Delta delta = diff(old, now);
  require(delta.first_new + delta.expunged.size() == old.size());
  for (size_t gone : delta.expunged) require(!now.index_of_uid(old.at(gone).uid));
  for (size_t index : delta.changed) {
    auto was = old.index_of_uid(now.at(index).uid);
    require(was && old.at(*was).modseq != now.at(index).modseq);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  if (bytes.starts_with('~')) {
    for (const Changed& changed : parse_changed(bytes.substr(1)))
      require(parse_changed(text(changed)) == std::vector{changed});
    return 0;
  }
  base::ByteReader reader(bytes);
  View now(7, 1);
  Plain plain;
  for (int rounds = 0; rounds < 4 && reader.left() > 0; rounds++) {
    Changes changes = read_changes(reader, now);
    try {
      View next = now.apply(changes);
      replay(plain, changes);
      compare(next, plain);
      check_diff(now, next);
      now = next;
    } catch (const base::Error&) {
      break;
    }
  }
  return 0;
}
