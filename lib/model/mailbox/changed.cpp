#include "model/mailbox/changed.h"

#include "base/text.h"

namespace tegu::model::mailbox {

std::string text(const Changed& changed) {
  return std::to_string(changed.key.account.value) + ':' +
         std::to_string(changed.key.mailbox.value) + ':' + std::to_string(changed.modseq);
}

std::vector<Changed> parse_changed(std::string_view payload) {
  std::vector<Changed> all;
  for (std::string_view piece : base::split(payload, ',')) {
    auto numbers = base::split(piece, ':');
    if (numbers.size() != 3) continue;
    auto account = base::parse_number<int64_t>(numbers[0]);
    auto mailbox = base::parse_number<int64_t>(numbers[1]);
    auto modseq = base::parse_number<int64_t>(numbers[2]);
    if (!account || !mailbox || !modseq) continue;
    all.push_back({{base::AccountId{*account}, base::MailboxId{*mailbox}}, *modseq});
  }
  return all;
}

}  // namespace tegu::model::mailbox
