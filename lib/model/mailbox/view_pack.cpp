// The checkpoint's format: 'V', version, head numbers, then the messages column by column, each
// number as the difference to its neighbour above, so that it compresses well (the store packs it
// with zstd).
#include <functional>

#include "base/bytes.h"
#include "model/mailbox/view.h"
#include "model/mailbox/view_draft.h"

namespace tegu::model::mailbox {

static constexpr uint8_t mark = 'V';
static constexpr uint8_t version = 1;
static constexpr size_t columns = 7;  // each takes at least one octet a message

template <class F>
static void for_each(const View& view, F f) {
  for (size_t i = 0; i < view.size();) {
    auto run = view.run(i);
    for (const Message& message : run) f(message);
    i += run.size();
  }
}

template <class Column>
static void write_deltas(base::ByteWriter& writer, const View& view, Column column) {
  int64_t before = 0;
  for_each(view, [&](const Message& message) {
    auto value = static_cast<int64_t>(std::invoke(column, message));
    // Wraps on purpose: the reader wraps back.
    writer.svarint(
        static_cast<int64_t>(static_cast<uint64_t>(value) - static_cast<uint64_t>(before)));
    before = value;
  });
}

static void read_deltas(base::ByteReader& reader, std::vector<Message>& messages, auto assign) {
  uint64_t value = 0;
  for (Message& message : messages) {
    value += static_cast<uint64_t>(reader.svarint());
    assign(message, static_cast<int64_t>(value));
  }
}

static int64_t content_of(const Message& message) {
  return message.content.value;
}
static int64_t waited(const Message& message) {
  return static_cast<int64_t>(static_cast<uint64_t>(message.saved_at) -
                              static_cast<uint64_t>(message.internal_date));
}

std::string View::pack() const {
  std::string packed;
  packed.reserve(32 + size() * 12);
  base::ByteWriter writer(packed);
  writer.byte(mark);
  writer.byte(version);
  writer.varint(uidvalidity());
  writer.varint(uidnext());
  writer.varint(static_cast<uint64_t>(modseq()));
  writer.varint(size());
  uint32_t uid = 0;
  for_each(*this, [&](const Message& message) {
    writer.varint(message.uid - uid);
    uid = message.uid;
  });
  for_each(*this, [&](const Message& message) { writer.varint(message.flags); });
  write_deltas(writer, *this, &Message::modseq);
  write_deltas(writer, *this, content_of);
  for_each(*this, [&](const Message& message) { writer.varint(message.size); });
  write_deltas(writer, *this, &Message::internal_date);
  write_deltas(writer, *this, waited);
  return packed;
}

std::optional<View> View::unpack(std::string_view packed) {
  base::ByteReader reader(packed);
  if (reader.byte() != mark || reader.byte() != version) return std::nullopt;
  uint64_t uidvalidity = reader.varint();
  uint64_t uidnext = reader.varint();
  uint64_t modseq = reader.varint();
  uint64_t count = reader.varint();
  if (!reader.ok() || uidvalidity > UINT32_MAX || uidnext == 0 || uidnext > UINT32_MAX ||
      modseq > INT64_MAX || count > reader.left() / columns) {
    return std::nullopt;
  }
  std::vector<Message> messages(count);
  bool sound = true;
  uint64_t uid = 0;
  for (Message& message : messages) {
    uint64_t step = reader.varint();
    if (step == 0 || step >= uidnext - uid) return std::nullopt;
    uid += step;
    message.uid = static_cast<uint32_t>(uid);
  }
  for (Message& message : messages) message.flags = reader.varint();
  read_deltas(reader, messages, [&](Message& message, int64_t value) {
    message.modseq = value;
    sound = sound && value > 0 && static_cast<uint64_t>(value) <= modseq;
  });
  read_deltas(reader, messages, [&](Message& message, int64_t value) {
    message.content.value = value;
    sound = sound && value > 0;
  });
  for (Message& message : messages) {
    uint64_t size = reader.varint();
    sound = sound && size <= UINT32_MAX;
    message.size = static_cast<uint32_t>(size);
  }
  read_deltas(reader, messages,
              [](Message& message, int64_t value) { message.internal_date = value; });
  read_deltas(reader, messages, [](Message& message, int64_t value) {
    message.saved_at = static_cast<int64_t>(static_cast<uint64_t>(message.internal_date) +
                                            static_cast<uint64_t>(value));
  });
  if (!sound || !reader.ok() || !reader.at_end()) return std::nullopt;
  ViewDraft draft(static_cast<uint32_t>(uidvalidity));
  for (const Message& message : messages) draft.append(message);
  return std::move(draft).finish(static_cast<uint32_t>(uidnext), static_cast<int64_t>(modseq));
}

}  // namespace tegu::model::mailbox
