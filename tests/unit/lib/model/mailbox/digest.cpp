#include "model/mailbox/digest.h"

#include <catch2/catch.hpp>

#include "base/bytes.h"
#include "model/content/packing.h"
#include "store_fixture.h"

using namespace tegu;
using namespace tegu::test;
using namespace tegu::model::mailbox;
using Texts = Digest::Texts;

namespace {

constexpr Digest::Wanted all{.envelopes = true, .structures = true};

// `texts` are borrowed.
std::vector<Texts> messages_of(uint32_t first, size_t count,
                               const std::vector<std::string>& texts) {
  std::vector<Texts> messages;
  for (size_t i = 0; i < count; i++) {
    auto uid = first + static_cast<uint32_t>(i);
    messages.push_back({uid, base::ContentId{int64_t{1} << (i % 63)}, texts[i % texts.size()],
                        texts[(i + 1) % texts.size()]});
  }
  return messages;
}

std::string packed_of(const std::vector<Texts>& messages) {
  DigestDraft draft;
  for (const Texts& message : messages) draft.add(message);
  return draft.pack();
}

void check_same(const Digest& digest, const std::vector<Texts>& messages) {
  REQUIRE(digest.size() == messages.size());
  for (size_t i = 0; i < messages.size(); i++) {
    CHECK(digest.at(i).uid == messages[i].uid);
    CHECK(digest.at(i).content == messages[i].content);
    CHECK((digest.at(i).envelope == messages[i].envelope));
    CHECK((digest.at(i).structure == messages[i].structure));
  }
}

}  // namespace

TEST_CASE("mailbox digest: blocks", "[mailbox]") {
  CHECK(Digest::first_of(1) == 1);
  CHECK(Digest::first_of(512) == 1);
  CHECK(Digest::first_of(513) == 513);
  CHECK(Digest::first_of(UINT32_MAX) == UINT32_MAX - 510);
  CHECK_FALSE(Digest::is_full(1, 512));
  CHECK(Digest::is_full(1, 513));
  CHECK_FALSE(Digest::is_full(UINT32_MAX - 510, UINT32_MAX));
}

TEST_CASE("mailbox digest: what was packed comes back", "[mailbox]") {
  const std::vector<std::string> texts{
      "(NIL \"one\")", "", std::string(Digest::text_limit / 2, 'x'), std::string("\0\r\n", 3)};
  for (uint32_t first : {1U, 513U, UINT32_MAX - 510}) {
    for (size_t count : {0, 1, 2, 511}) {
      auto messages = messages_of(first, count, texts);
      std::string packed = packed_of(messages);
      auto digest = Digest::unpack(packed, first, all);
      REQUIRE(digest);
      check_same(*digest, messages);
    }
  }
}

TEST_CASE("mailbox digest: only what is wanted is unpacked", "[mailbox]") {
  const std::vector<std::string> texts{"(a)", "(b)"};
  std::string packed = packed_of(messages_of(1, 3, texts));
  auto envelopes = Digest::unpack(packed, 1, {.envelopes = true});
  CHECK(envelopes->at(0).envelope == "(a)");
  CHECK(envelopes->at(0).structure.empty());
  auto structures = Digest::unpack(packed, 1, {.structures = true});
  CHECK(structures->at(0).envelope.empty());
  CHECK(structures->at(0).structure == "(b)");
}

TEST_CASE("mailbox digest: texts that are too long are left to their letters", "[mailbox]") {
  const std::string fits(Digest::text_limit, 'x'), too_long(Digest::text_limit + 1, 'x');
  std::vector<Texts> messages{{1, base::ContentId{1}, "(a)", too_long},
                              {2, base::ContentId{2}, fits, fits},
                              {3, base::ContentId{3}, too_long, "(b)"}};
  auto digest = Digest::unpack(packed_of(messages), 1, all);
  REQUIRE(digest);
  check_same(*digest, {messages[1]});
  // In all.
  messages.clear();
  for (uint32_t uid = 1; uid <= 200; uid++)
    messages.push_back({uid, base::ContentId{uid}, fits, fits});
  messages.push_back({201, base::ContentId{1}, "", ""});
  digest = Digest::unpack(packed_of(messages), 1, all);
  REQUIRE(digest);
  messages.erase(messages.begin() + Digest::block_limit / (2 * Digest::text_limit),
                 messages.end() - 1);
  check_same(*digest, messages);
}

TEST_CASE("mailbox digest: a damaged one is refused, not believed", "[mailbox]") {
  const std::vector<std::string> texts{"(some envelope)", "(another one)"};
  auto messages = messages_of(513, 20, texts);
  std::string packed = packed_of(messages);
  CHECK(Digest::unpack(packed, 513, all));
  CHECK_FALSE(Digest::unpack(packed, 1, all));
  CHECK_FALSE(Digest::unpack(packed, 1025, all));
  CHECK_FALSE(Digest::unpack(packed + 'x', 513, all));
  for (size_t length = 0; length < packed.size(); length++) {
    CHECK_FALSE(Digest::unpack(packed.substr(0, length), 513, all));
  }
  // After any flipped bit what is still said of a message is right.
  for (size_t i = 0; i < packed.size() * 8; i++) {
    std::string flipped = packed;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ 1 << i % 8);
    auto digest = Digest::unpack(flipped, 513, all);
    for (size_t k = 0, at = 0; digest && k < digest->size(); k++) {
      Texts texts = digest->at(k);
      while (at < messages.size() && messages[at].uid < texts.uid) at++;
      if (at == messages.size() || messages[at].uid != texts.uid) continue;
      if (messages[at].content != texts.content) continue;
      CHECK(texts.envelope == messages[at].envelope);
      CHECK(texts.structure == messages[at].structure);
    }
  }
}

// One message whose numbers are given; texts of `envelopes` and `structures` octets.
static std::string forged(uint64_t count, uint64_t uid, int64_t content, uint64_t envelope_size,
                          size_t envelopes, size_t structures) {
  std::string packed;
  base::ByteWriter writer(packed);
  writer.byte('D');
  writer.byte(1);
  writer.varint(count);
  writer.varint(uid);
  writer.svarint(content);
  writer.varint(envelope_size);
  writer.varint(3);
  model::content::Packer packer;
  writer.counted(packer.pack(std::string(envelopes, 'e')));
  writer.counted(packer.pack(std::string(structures, 's')));
  return packed;
}

TEST_CASE("mailbox digest: numbers out of bounds", "[mailbox]") {
  auto accepts = [](const std::string& packed) {
    return Digest::unpack(packed, 1, all).has_value();
  };
  CHECK(accepts(forged(1, 1, 1, 5, 5, 3)));
  CHECK(accepts(forged(1, 512, INT64_MAX, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(2, 1, 1, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(UINT64_MAX, 1, 1, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(1, 0, 1, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(1, 513, 1, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(1, UINT64_MAX, 1, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(1, 1, 0, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(1, 1, -1, 5, 5, 3)));
  CHECK_FALSE(accepts(forged(1, 1, 1, 5, 4, 3)));
  CHECK_FALSE(accepts(forged(1, 1, 1, 5, 6, 3)));
  CHECK_FALSE(accepts(forged(1, 1, 1, 5, 5, 2)));
  CHECK_FALSE(accepts(forged(1, 1, 1, UINT64_MAX, 5, 3)));
  // A small blob that would become large.
  CHECK_FALSE(accepts(forged(1, 1, 1, 1 << 20, 1 << 20, 3)));
}

TEST_CASE("mailbox digest: kept by block, gone with the mailbox and with what was pruned",
          "[mailbox]") {
  StoreFixture f;
  f.add(f.inbox, 599);
  f.add(f.inbox, 2, deleted);
  f.add(f.inbox, 429);
  const std::vector<std::string> texts{"(e)"};
  auto read = [&](uint32_t first) { return f.wait(read_digest(f.imapd, f.inbox, first)); };
  auto write = [&](Key key, uint32_t first, std::string packed) {
    f.wait(write_digest(f.imapd, key, first, std::move(packed)));
  };
  CHECK_FALSE(read(1));
  std::string one = packed_of(messages_of(1, 512, texts));
  std::string two = packed_of(messages_of(513, 512, texts));
  write(f.inbox, 1, "damaged");
  write(f.inbox, 1, one);
  write(f.inbox, 513, two);
  CHECK((read(1) == one));
  CHECK((read(513) == two));
  CHECK_FALSE(f.wait(read_digest(f.imapd, f.make("other"), 1)));
  // An expunge alone changes nothing: the view says what is there.
  f.add(f.inbox, 2, deleted);
  f.wait(f.store.expunge(f.inbox, f.open(f.inbox)));
  CHECK((read(513) == two));
  CHECK(f.wait(f.store.prune(f.inbox, base::wall_now() + std::chrono::hours(1))) > 0);
  CHECK((read(1) == one));
  CHECK_FALSE(read(513));
  Key gone = f.make("gone");
  write(gone, 1, one);
  CHECK(f.wait(read_digest(f.imapd, gone, 1)));
  f.wait(f.store.remove(gone));
  CHECK_FALSE(f.wait(read_digest(f.imapd, gone, 1)));
  write(gone, 1, one);
  CHECK_FALSE(f.wait(read_digest(f.imapd, gone, 1)));
}
