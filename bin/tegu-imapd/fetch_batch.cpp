#include "fetch_batch.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "wire/mime/body_structure.h"
#include "wire/mime/packed.h"

namespace tegu::imapd {

namespace {

// Fewer messages of a block are not worth its digest.
constexpr size_t least_of_block = 16;
// Headers and structures have a size only once they are here (and may be a megabyte each): so many
// letters are asked for at once, until so many octets have gathered.
constexpr size_t most_unmeasured = 64, enough_octets = 2 << 20;

// Takes what the digest knows; gives the places of the other messages.
std::vector<size_t> take_entries(const std::vector<Numbered>& messages, const Digest& digest,
                                 std::vector<Digest::Texts>& listed) {
  std::vector<size_t> missing;
  size_t entry = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    const Message& message = messages[i].message;
    Digest::Texts texts;
    for (; entry < digest.size(); ++entry) {
      texts = digest.at(entry);
      if (texts.uid >= message.uid) break;
    }
    // The content says what the texts were made from: nothing else is shown for this message.
    if (texts.uid == message.uid && texts.content == message.content)
      listed[i] = texts;
    else
      missing.push_back(i);
  }
  return missing;
}

size_t octets_of(const Letter& letter) {
  return letter.header.size() + letter.envelope.size() + letter.structure.size() +
         (letter.whole ? letter.whole->size() : 0);
}

}  // namespace

io::Task<void> BatchLoader::begin(Batch& batch) const {
  size_t count = batch.messages.size();
  batch.letters.resize(count);
  batch.missing_.resize(count);
  std::iota(batch.missing_.begin(), batch.missing_.end(), size_t{0});
  if (listing_) {
    batch.listed.resize(count);
    batch.structures_.resize(count);
    co_await take_digest(batch);
  }
  co_await go_on(batch);
}

io::Task<void> BatchLoader::take_digest(Batch& batch) const {
  size_t count = batch.messages.size();
  uint32_t first = Digest::first_of(batch.messages.front().message.uid);
  if (!Digest::is_full(first, view_.uidnext()) || count < least_of_block) co_return;
  batch.digest_ = co_await store_.digest(
      account_, mailbox_, first, {.envelopes = wanted_.envelope, .structures = wanted_.structure});
  if (batch.digest_) {
    batch.missing_ = take_entries(batch.messages, *batch.digest_, batch.listed);
    for (const Digest::Texts& texts : batch.listed)
      batch.octets += texts.envelope.size() + texts.structure.size();
    co_return;
  }
  size_t alive = view_.lower_bound_uid(first + Digest::block) - view_.lower_bound_uid(first);
  batch.worth_keeping = count == alive;
}

io::Task<void> BatchLoader::go_on(Batch& batch) const {
  for (size_t i = 0; i < batch.ready; ++i) {
    batch.letters[i].reset();
    if (listing_) batch.structures_[i] = {};
  }
  bool measured = !wanted_.header && !wanted_.envelope && !wanted_.structure;
  size_t step = measured ? batch.missing_.size() : most_unmeasured;
  size_t octets = 0;
  while (batch.next_missing_ < batch.missing_.size() && octets < enough_octets)
    octets +=
        co_await read_some(batch, std::min(step, batch.missing_.size() - batch.next_missing_));
  batch.octets += octets - batch.read_;
  batch.read_ = octets;
  batch.ready = batch.next_missing_ < batch.missing_.size() ? batch.missing_[batch.next_missing_]
                                                            : batch.messages.size();
}

// Gives the octets that are in memory now.
io::Task<size_t> BatchLoader::read_some(Batch& batch, size_t count) const {
  Wanted wanted = wanted_;
  // A digest has both.
  if (batch.worth_keeping) wanted.envelope = wanted.structure = true;
  std::vector<ContentId> ids;
  ids.reserve(count);
  for (size_t i = 0; i < count; ++i)
    ids.push_back(batch.messages[batch.missing_[batch.next_missing_ + i]].message.content);
  auto letters = co_await store_.letters(std::move(ids), wanted);
  size_t octets = 0;
  for (auto& letter : letters) {
    size_t place = batch.missing_[batch.next_missing_++];
    if (!letter) continue;
    octets += octets_of(*letter);
    batch.letters[place] = std::move(letter);
    if (!listing_) continue;
    list(batch, place);
    octets += batch.structures_[place].size();
  }
  co_return octets;
}

void BatchLoader::list(Batch& batch, size_t place) const {
  const Letter& letter = *batch.letters[place];
  std::string& text = batch.structures_[place];
  if (!letter.structure.empty()) {
    auto structure = wire::mime::decode_structure(letter.structure);
    if (!structure) throw base::Error("stored structure is damaged");
    text = wire::mime::body_structure_wire(*structure, true);
  }
  const Message& message = batch.messages[place].message;
  batch.listed[place] = {message.uid, message.content, letter.envelope, text};
  if (batch.worth_keeping) batch.draft_.add(batch.listed[place]);
}

io::Task<void> BatchLoader::keep_digest(Batch& batch) const {
  if (batch.draft_.empty()) co_return;
  co_await store_.keep_digest(account_, mailbox_, std::move(batch.draft_));
}

}  // namespace tegu::imapd
