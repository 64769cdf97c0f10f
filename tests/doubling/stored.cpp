// Shapes for what comes back from the database and from files: mailbox views, journals, sets of
// UIDs, records of the DNS, tegu.conf and settings.
#include "base/error.h"
#include "base/time.h"
#include "daemon/conf.h"
#include "model/content/base64_run.h"
#include "model/content/packing.h"
#include "model/mailbox/changed.h"
#include "model/mailbox/view.h"
#include "model/setting/text.h"
#include "net/dns/record.h"
#include "shapes.h"

namespace tegu::doubling {
namespace {

using namespace model::mailbox;

View mailbox_of(size_t messages) {
  Changes changes{
      .modseq = 2, .uidnext = static_cast<uint32_t>(messages + 1), .arrivals = {}, .log = {}};
  for (uint32_t uid = 1; uid <= messages; ++uid)
    changes.arrivals.push_back({.uid = uid,
                                .size = uid * 7,
                                .modseq = 2,
                                .content = base::ContentId{1000 + uid},
                                .internal_date = 1'700'000'000 + uid,
                                .saved_at = 1'700'000'000 + uid});
  return View(7, 1).apply(changes);
}

std::string packed_view(size_t size) {
  return mailbox_of(size / 12).pack();
}

void unpack(std::string_view packed) {
  if (auto view = View::unpack(packed)) (void)view->pack();
}

// Every other UID of a mailbox, so that no two are neighbours.
std::string odd_uids(size_t size) {
  std::string out = "1";
  for (uint32_t uid = 3; out.size() < size; uid += 2) out += "," + std::to_string(uid);
  return out;
}

std::function<void(std::string_view)> replay(LogEntry::Kind kind) {
  return [kind](std::string_view uids) {
    auto set = UidSet::parse(uids);
    if (!set) return;
    View view = mailbox_of(set->ranges().back().last);
    LogEntry entry{.modseq = 3, .kind = kind, .flags = seen, .uids = *set};
    View after =
        view.apply({.modseq = 3, .uidnext = view.uidnext(), .arrivals = {}, .log = {entry}});
    (void)diff(view, after);
  };
}

void set(std::string_view text) {
  if (auto uids = UidSet::parse(text)) (void)uids->text();
}

void conf(std::string_view text) {
  static const std::string file = "tegu.conf";
  try {
    (void)daemon::parse_conf(text, file);
  } catch (const base::UsageError&) {
    return;
  }
}

void settings(std::string_view text) {
  if (auto changes = model::setting::parse_text(text))
    (void)model::setting::format_text(*changes, true);
}

void records(std::string_view rdata) {
  (void)net::dns::parse_txt(rdata);
  (void)net::dns::parse_name(rdata);
}

}  // namespace

std::vector<Shape> stored_shapes() {
  auto of = [](std::string_view piece, std::string_view before = {}, std::string_view after = {}) {
    return [=](size_t size) { return repeat(size, piece, before, after); };
  };
  auto unpack_zstd = [](std::string_view packed) {
    model::content::Unpacker unpacker;
    (void)unpacker.unpack(std::string(packed), any_size);
  };
  auto find = [](std::string_view body) { (void)model::content::find_base64_run(body); };
  std::string digits(76, 'Q');
  auto lines = [](const std::string& piece) {
    return [piece](size_t size) { return repeat(size, piece); };
  };
  return {
      {"content: base64", lines(digits + "\r\n"), find, any_size},
      {"content: base64 without CR", lines(digits + "\n"), find, any_size},
      {"content: base64, one line", of("QUJD"), find, any_size},
      {"content: lines of four", of("QUJD\r\n=\r\n"), find, any_size},
      {"view: checkpoint", packed_view, unpack, any_size},
      {"view: expunge every other", odd_uids, replay(LogEntry::Kind::expunge), 4 * mib},
      {"view: flag every other", odd_uids, replay(LogEntry::Kind::add), 4 * mib},
      {"view: UIDs", odd_uids, set, any_size},
      {"view: news", of("17:4711:99,", "", "1:1:1"),
       [](std::string_view text) { (void)parse_changed(text); }, mib},
      {"content: plain", of("x", std::string_view("\0", 1)), unpack_zstd, any_size},
      {"dns: texts", of("\x01x"), records, 64 * kib},
      {"dns: labels", of("\x01x"), records, 64 * kib},
      {"dns: one text", [](size_t size) { return repeat(size, "\xff" + std::string(255, 'x')); },
       records, 64 * kib},
      {"conf: nested lists", of("[", "a="), conf, 16 * kib},
      {"conf: keys", [](size_t size) { return counted(size, "a# = 1\n"); }, conf, 16 * kib},
      {"conf: sections", [](size_t size) { return counted(size, "[a#]\n"); }, conf, 16 * kib},
      {"conf: dotted key", of("a.", "", "b=1"), conf, 16 * kib},
      {"conf: one text", of("\\n", "database=\"", "\""), conf, 16 * kib},
      {"conf: one list", of("\"0.0.0.0:25\",", "database=\"x\"\n[listen]\nsmtp=[", "]"), conf,
       64 * kib},
      {"conf: comments", of("# x\n", "database=\"x\"\n"), conf, 16 * kib},
      {"setting text: mistakes", of("x\n"), settings, mib},
      {"setting text: comments", of("# x\n"), settings, mib},
      {"setting text: one list", of("192.0.2.1,", "smtp.trusted_networks = ", "192.0.2.1"),
       settings, mib},
      {"duration", of("1s"), [](std::string_view text) { (void)base::parse_duration(text); },
       64 * kib},
  };
}

}  // namespace tegu::doubling
