// Paths, mailboxes and domains of the envelope (wire/smtp/address.h): what is accepted is written
// and read back to the same value, within the limits of RFC 5321 4.5.3.1.
#include <string>

#include "fuzz.h"
#include "wire/smtp/address.h"

using namespace tegu::fuzz;
using namespace tegu::wire::smtp;

namespace {

void check(const Address& address, bool utf8) {
  require(address.local.size() <= max_local_part && address.domain.size() <= max_domain);
  if (address.is_null()) return;
  require(utf8 || !address.needs_utf8());
  std::string text = format(address);
  require(text.size() <= max_path);
  auto again = parse_mailbox(text, utf8);
  require(again && *again == address);
  std::string in_angles = "<" + text + ">x";
  auto path = parse_path(in_angles, utf8, false);
  require(path && path->address == address && path->rest == "x");
  auto [user, detail] = split_subaddress(address.local, "+-");
  require(!user.empty() && user.size() + detail.size() <= address.local.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = view(data, size);
  bool utf8 = (take_choice(text) & 1) != 0;
  if (text.starts_with('<')) {
    auto path = parse_path(text, utf8, true);
    if (!path) return 0;
    require(path->rest.size() + 2 <= text.size());
    check(path->address, utf8);
  } else if (text.starts_with('@')) {
    auto domain = parse_domain(text.substr(1), utf8);
    if (!domain) return 0;
    require(!domain->empty() && domain->size() <= max_domain);
    require(parse_domain(*domain, false) == domain);
  } else if (auto mailbox = parse_mailbox(text, utf8)) {
    require(!mailbox->is_null());
    check(*mailbox, utf8);
  }
  return 0;
}
