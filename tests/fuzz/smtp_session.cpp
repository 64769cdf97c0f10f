// Feeds bin/tegu-smtpd: whole sessions on every kind of door. The first byte chooses the door and
// what is broken; 0xFE and 0xFF end what one read gives. What must hold: every reply line is well
// formed, "Stored" is said once for each letter stored, no letter after DATA has a bare CR or LF,
// and strangers reach local recipients only.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "../unit/bin/tegu-smtpd/script.h"
#include "base/log.h"
#include "base/text.h"

using namespace tegu::smtpd;
using namespace tegu::smtpd::test;

namespace {

size_t count_stored(const std::string& out) {
  size_t stored = 0;
  for (size_t at = 0; at < out.size();) {
    size_t end = out.find("\r\n", at);
    if (end == std::string::npos) abort();
    std::string_view line = std::string_view(out).substr(at, end - at);
    if (line.size() < 4 || line.size() > 510) abort();
    if (line[0] < '2' || line[0] > '5' || (line[3] != ' ' && line[3] != '-')) abort();
    for (char c : line) {
      if ((c >= 0 && c < ' ') || c == 0x7f) abort();
    }
    if (line.starts_with("250 2.0.0 Stored as ")) ++stored;
    at = end + 2;
  }
  return stored;
}

void check_line_ends(const std::string& letter) {
  for (size_t i = 0; i < letter.size(); ++i) {
    if (letter[i] == '\r' && (i + 1 == letter.size() || letter[i + 1] != '\n')) abort();
    if (letter[i] == '\n' && (i == 0 || letter[i - 1] != '\r')) abort();
  }
}

void check_letter(const Stored& stored, bool stranger, bool by_data) {
  const std::string& letter = stored.letter;
  if (!letter.starts_with("Received: from ")) abort();
  if (by_data) check_line_ends(letter);
  if (stored.envelope.recipients.empty()) abort();
  for (const auto& recipient : stored.envelope.recipients) {
    if (recipient.deliveries.empty()) abort();
    const std::string& domain = recipient.address.domain;
    if (stranger && !domain.empty() && domain != "local.org") abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    tegu::base::log::open("fuzz", tegu::base::log::Level::error, tegu::base::log::Format::text);
    tegu::base::log::set_level(tegu::base::log::Level::error);
    return true;
  }();
  if (!quiet || size == 0) return 0;
  static Node node;  // making a loop for each input would be most of the work
  node.queue = {};
  node.router = {};
  node.wire = {};
  node.policy.message_size = 2000;
  node.policy.spool_memory = 1000;
  const Service doors[] = {mx(), submission(), submissions(), lmtp()};
  Service door = doors[data[0] & 3];
  node.queue.down = (data[0] & 4) != 0;
  node.router.fails_at = (data[0] & 8) != 0 ? data[0] >> 4 : -1;
  node.has_tls = (data[0] & 0x80) == 0;

  std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool has_chunks = tegu::base::ifind(input, "bdat") != std::string_view::npos;
  std::vector<Piece> pieces;
  std::string piece;
  for (size_t i = 1; i < size; ++i) {
    if (data[i] < 0xfe) piece += static_cast<char>(data[i]);
    if (data[i] >= 0xfe && !piece.empty()) pieces.emplace_back(std::exchange(piece, {}));
  }
  if (!piece.empty()) pieces.emplace_back(std::move(piece));
  size_t said = count_stored(node.talk(door, std::move(pieces)));
  // LMTP says it for each recipient.
  if (door.kind == Kind::lmtp ? said < node.queue.stored.size() : said != node.queue.stored.size())
    abort();
  for (const Stored& stored : node.queue.stored)
    check_letter(stored, stored.envelope.login.empty(), !has_chunks);
  return 0;
}
