// The format: 'D', version, count, then column by column the UIDs (as steps), contents (as
// differences), sizes of envelopes and of structures; then both columns of texts, each packed as
// content/packing.h does, with checksums. The version changes with what ENVELOPE or BODYSTRUCTURE
// are made of, too.
#include "model/mailbox/digest.h"

#include "base/bytes.h"
#include "base/error.h"
#include "model/content/packing.h"
#include "model/mailbox/hot.h"

namespace tegu::model::mailbox {

using net::pg::Call;
using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

static constexpr uint8_t mark = 'D';
static constexpr uint8_t version = 1;
static constexpr size_t columns = 4;  // each takes at least one octet a message

void DigestDraft::add(const Digest::Texts& message) {
  bool ascends = entries_.empty() ? message.uid > 0 : message.uid > entries_.back().uid;
  if (!ascends || (!entries_.empty() && Digest::first_of(message.uid) != first())) {
    bug("DigestDraft: a UID out of order or of another block");
  }
  size_t all =
      envelopes_.size() + structures_.size() + message.envelope.size() + message.structure.size();
  if (message.envelope.size() > Digest::text_limit ||
      message.structure.size() > Digest::text_limit || all > Digest::block_limit) {
    return;
  }
  entries_.push_back({.uid = message.uid,
                      .envelope_size = static_cast<uint32_t>(message.envelope.size()),
                      .structure_size = static_cast<uint32_t>(message.structure.size()),
                      .content = message.content});
  envelopes_ += message.envelope;
  structures_ += message.structure;
}

std::string DigestDraft::pack() const {
  std::string packed;
  base::ByteWriter writer(packed);
  writer.byte(mark);
  writer.byte(version);
  writer.varint(entries_.size());
  uint32_t uid = 0;
  for (const auto& entry : entries_) {
    writer.varint(entry.uid - uid);
    uid = entry.uid;
  }
  int64_t content = 0;
  for (const auto& entry : entries_) {
    writer.svarint(entry.content.value - content);
    content = entry.content.value;
  }
  for (const auto& entry : entries_) writer.varint(entry.envelope_size);
  for (const auto& entry : entries_) writer.varint(entry.structure_size);
  content::Packer packer(true);
  writer.counted(packer.pack(envelopes_));
  writer.counted(packer.pack(structures_));
  return packed;
}

// Nothing when the column is damaged; `total` is what its sizes say.
static bool unpack_column(content::Unpacker& unpacker, std::string_view packed, size_t total,
                          std::string& column) {
  try {
    column = unpacker.unpack(packed, total);
  } catch (const base::Error&) {
    return false;
  }
  return column.size() == total;
}

std::optional<Digest> Digest::unpack(std::string_view packed, uint32_t first, Wanted wanted) {
  base::ByteReader reader(packed);
  if (reader.byte() != mark || reader.byte() != version) return std::nullopt;
  uint64_t count = reader.varint();
  if (count > block || count > reader.left() / columns) return std::nullopt;
  Digest digest;
  digest.entries_.resize(count);
  uint64_t uid = 0, content = 0;
  uint32_t envelopes = 0, structures = 0;
  bool sound = true;
  for (Entry& entry : digest.entries_) {
    uint64_t step = reader.varint();
    if (step == 0 || step > UINT32_MAX - uid) return std::nullopt;
    uid += step;
    entry.uid = static_cast<uint32_t>(uid);
    sound = sound && uid >= first && uid - first < block;
  }
  for (Entry& entry : digest.entries_) {
    content += static_cast<uint64_t>(reader.svarint());
    entry.content.value = static_cast<int64_t>(content);
    sound = sound && entry.content.value > 0;
  }
  auto read_size = [&](uint32_t& at, uint32_t& size, uint32_t& total) {
    uint64_t number = reader.varint();
    sound = sound && number <= text_limit;
    at = total;
    size = sound ? static_cast<uint32_t>(number) : 0;
    total += size;
  };
  for (Entry& entry : digest.entries_) read_size(entry.envelope_at, entry.envelope_size, envelopes);
  for (Entry& entry : digest.entries_) {
    read_size(entry.structure_at, entry.structure_size, structures);
  }
  std::string_view packed_envelopes = reader.counted(), packed_structures = reader.counted();
  if (!sound || size_t{envelopes} + structures > block_limit) return std::nullopt;
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  content::Unpacker unpacker;
  if (wanted.envelopes &&
      !unpack_column(unpacker, packed_envelopes, envelopes, digest.envelopes_)) {
    return std::nullopt;
  }
  if (wanted.structures &&
      !unpack_column(unpacker, packed_structures, structures, digest.structures_)) {
    return std::nullopt;
  }
  return digest;
}

Digest::Texts Digest::at(size_t index) const {
  const Entry& entry = entries_.at(index);
  Texts texts{.uid = entry.uid, .content = entry.content, .envelope = {}, .structure = {}};
  if (!envelopes_.empty()) {
    texts.envelope = std::string_view(envelopes_).substr(entry.envelope_at, entry.envelope_size);
  }
  if (!structures_.empty()) {
    texts.structure =
        std::string_view(structures_).substr(entry.structure_at, entry.structure_size);
  }
  return texts;
}

static const Statement read_block{
    "mailbox_digest_read",
    "SELECT digest FROM mailbox_digest WHERE account_id = $1 AND mailbox_id = $2 "
    "AND first_uid = $3",
    true};
static const Statement remove_block{
    "mailbox_digest_remove",
    "DELETE FROM mailbox_digest WHERE account_id = $1 AND mailbox_id = $2 AND first_uid = $3"};
// The lock keeps the mailbox from being removed meanwhile: nothing would remove this row later.
static const Statement write_block{
    "mailbox_digest_write",
    "INSERT INTO mailbox_digest (account_id, mailbox_id, first_uid, last_uid, digest) "
    "SELECT account_id, id, $3, $4, $5 FROM mailbox WHERE account_id = $1 AND id = $2 "
    "FOR KEY SHARE ON CONFLICT DO NOTHING"};

static Params of_block(Key key, uint32_t first) {
  Params params;
  params.add(key.account.value).add(key.mailbox.value).add(int64_t{first});
  return params;
}

void add_hot_digests(std::vector<Call>& calls) {
  calls.push_back({&read_block, of_block({}, 0)});
}

io::Task<std::optional<std::string>> read_digest(net::pg::Client& database, Key key,
                                                 uint32_t first) {
  Rows rows = co_await database.query(read_block, of_block(key, first));
  if (rows.empty()) co_return std::nullopt;
  co_return std::string(rows.one().bytes(0));
}

io::Task<void> write_digest(net::pg::Client& database, Key key, uint32_t first,
                            std::string packed) {
  Params params = of_block(key, first);
  params.add(int64_t{first} + Digest::block - 1).bytes(packed);
  std::vector<Call> calls;
  calls.push_back({&remove_block, of_block(key, first)});
  calls.push_back({&write_block, std::move(params)});
  co_await database.batch(std::move(calls));
}

}  // namespace tegu::model::mailbox
