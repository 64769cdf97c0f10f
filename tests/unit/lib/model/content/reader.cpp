// Letters into the database and back, in pieces.
#include "model/content/reader.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "io/scope.h"
#include "model/content/ids.h"
#include "model/content/prepare.h"
#include "support/model.h"
#include "wire/mime/body_structure.h"

using namespace tegu;
using namespace tegu::model;
using base::ContentId;
using content::Prepared;
using test::ModelDatabase;

namespace {

const std::string header_text =
    "Return-Path: <a@example.org>\r\nFrom: A <a@example.org>\r\nSubject: Test\r\n"
    "Message-ID: <1@example.org>\r\nDate: Sat, 21 Nov 2026 20:00:00 +0000\r\n\r\n";

std::string letter_of(size_t body_size) {
  std::mt19937 random(static_cast<unsigned>(body_size));
  std::string letter = header_text;
  while (letter.size() < header_text.size() + body_size) {
    letter += "line " + std::to_string(random()) + "\r\n";
  }
  letter.resize(header_text.size() + body_size);
  return letter;
}

io::Task<void> store(net::pg::Client& client, std::vector<Prepared> letters) {
  std::vector<const Prepared*> pointers;
  for (const Prepared& letter : letters) pointers.push_back(&letter);
  std::vector<net::pg::Call> calls;
  content::add_inserts(calls, pointers);
  co_await client.batch(std::move(calls));
}

io::Task<std::optional<std::string>> range(net::pg::Client& client, ContentId id, uint64_t offset,
                                           uint64_t length) {
  content::Reader reader(client);
  co_return co_await reader.range(id, offset, length);
}

io::Task<std::vector<std::optional<content::Listing>>> listings(net::pg::Client& client,
                                                                std::vector<ContentId> ids,
                                                                content::Wanted wanted) {
  content::Reader reader(client);
  co_return co_await reader.listings(std::move(ids), wanted);
}

}  // namespace

TEST_CASE("content: any range of any letter", "[content]") {
  ModelDatabase database;
  int64_t id = 0;
  for (size_t size :
       {size_t{0}, size_t{10}, size_t{65535}, size_t{65536}, size_t{65537}, size_t{300000}}) {
    std::string letter = letter_of(size);
    ContentId content{++id};
    std::vector<Prepared> letters;
    letters.push_back(content::prepare(letter, content));
    CHECK(letters[0].header_size == header_text.size());
    CHECK(letters[0].size == letter.size());
    CHECK(((letters[0].body ? 1 : 0) + letters[0].chunks.size() == 1) ==
          (size <= content::chunk_size));
    database.run(store, std::move(letters));
    CHECK(database.run(range, content, 0u, letter.size()) == letter);
    CHECK(database.run(range, content, 0u, ~0ull) == letter);
    CHECK(database.run(range, content, letter.size(), 10u) == "");
    CHECK(database.run(range, content, ~0ull, ~0ull) == "");
    std::mt19937 random(7);
    for (int i = 0; i < 40; i++) {
      uint64_t offset = random() % (letter.size() + 1);
      uint64_t length = i % 2 ? random() % 200 : random() % (letter.size() + 100);
      if (i % 5 == 0) offset = header_text.size() + (i / 5) * 65536 - std::min(i, 3);
      std::string want = offset < letter.size() ? letter.substr(offset, length) : "";
      CHECK((database.run(range, content, offset, length) == want));
    }
  }
  CHECK(!database.run(range, ContentId{999}, 0u, 10u));
}

TEST_CASE("content: listings in the order asked, with doubles and holes", "[content]") {
  ModelDatabase database;
  std::vector<Prepared> letters;
  for (int i = 1; i <= 3; i++) letters.push_back(content::prepare(letter_of(i * 10), ContentId{i}));
  database.run(store, std::move(letters));
  auto found =
      database.run(listings, std::vector{ContentId{3}, ContentId{7}, ContentId{1}, ContentId{3}},
                   content::Wanted{.header = true, .envelope = true, .structure = true});
  REQUIRE(found.size() == 4);
  CHECK(!found[1]);
  for (auto [place, id] : {std::pair{0, 3}, {2, 1}, {3, 3}}) {
    REQUIRE(found[place]);
    CHECK(found[place]->id == ContentId{id});
    CHECK(found[place]->size == header_text.size() + id * 10);
    CHECK(found[place]->header == header_text);
    CHECK(found[place]->envelope.starts_with("(\"Sat, 21 Nov 2026 20:00:00 +0000\" \"Test\""));
    auto message = content::decode(*found[place]);
    CHECK(message == wire::mime::parse(letter_of(id * 10)));
  }
  auto bare = database.run(listings, std::vector{ContentId{1}}, content::Wanted{});
  CHECK(bare[0]->header.empty());
  CHECK(bare[0]->header_size == header_text.size());
}

TEST_CASE("content: small letters in bulk", "[content]") {
  ModelDatabase database;
  std::vector<Prepared> letters;
  std::vector<ContentId> ids;
  for (int i = 1; i <= 150; i++) {
    letters.push_back(content::prepare(letter_of(i), ContentId{i}));
    ids.push_back(ContentId{151 - i});
  }
  letters.push_back(content::prepare(letter_of(65536), ContentId{200}));
  letters.push_back(content::prepare(letter_of(65537), ContentId{201}));
  for (int64_t id : {200, 201, 999, 5}) ids.push_back(ContentId{id});
  database.run(store, std::move(letters));
  auto found = database.run(listings, ids, content::Wanted{.whole_up_to = 70000});
  REQUIRE(found.size() == 154);
  for (size_t i = 0; i < 150; i++) CHECK((found[i]->whole == letter_of(150 - i)));
  CHECK((found[150]->whole == letter_of(65536)));
  CHECK(found[151]);
  CHECK(!found[151]->whole);  // in chunks
  CHECK(!found[152]);
  CHECK((found[153]->whole == letter_of(5)));
  CHECK(found[153]->header.empty());
  // At the limit and beyond it; with the header apart.
  size_t size = letter_of(5).size();
  for (size_t limit : {size - 1, size}) {
    auto one = database.run(listings, std::vector{ContentId{5}},
                            content::Wanted{.header = true, .whole_up_to = limit});
    CHECK(one[0]->header == header_text);
    CHECK(one[0]->whole.has_value() == (limit == size));
  }
}

TEST_CASE("content: the same id twice is refused and leaves nothing behind", "[content]") {
  ModelDatabase database;
  auto one = [](int64_t id, size_t size) {
    std::vector<Prepared> letters;
    letters.push_back(content::prepare(letter_of(size), ContentId{id}));
    return letters;
  };
  database.run(store, one(1, 10));
  auto both = one(2, 100000);
  both.push_back(content::prepare(letter_of(5), ContentId{1}));
  try {
    database.run(store, std::move(both));
    FAIL("stored twice");
  } catch (const net::pg::Error& error) {
    CHECK(net::pg::is_unique_violation(error));
  }
  CHECK(!database.run(range, ContentId{2}, 0u, 10u));
}

static io::Task<void> take_some(content::IdSource& source, std::set<int64_t>& taken, size_t count) {
  for (int64_t id : co_await source.take(count)) taken.insert(id);
}

static io::Task<size_t> take_at_once(net::pg::Client& client) {
  content::IdSource one(client), two(client);
  std::set<int64_t> taken;
  io::Scope scope(*(co_await io::this_environment()).loop);
  for (int i = 0; i < 50; i++) scope.spawn(take_some(i % 2 ? one : two, taken, 1 + i * 7));
  co_await scope.join();
  co_return taken.size();
}

TEST_CASE("content ids: never the same twice", "[content]") {
  ModelDatabase database;
  CHECK(database.run(take_at_once) == 50 + 7 * 49 * 50 / 2);
}

static io::Task<void> read_with(net::pg::Client& client, io::Workers* workers, ContentId id,
                                const std::string& want) {
  content::Reader reader(client, workers);
  CHECK((co_await reader.range(id, 0, want.size()) == want));
  uint32_t header = header_text.size();
  CHECK((co_await reader.body_range(id, header, 65536, 200000) ==
         want.substr(header + 65536, 200000)));
  auto found = co_await reader.listings({ContentId{2}, id}, {.whole_up_to = 70000});
  CHECK((found[0]->whole == letter_of(65000)));
  CHECK(!found[1]->whole);
}

TEST_CASE("content: many octets are unpacked by workers, or here when they are busy", "[content]") {
  ModelDatabase database;
  std::vector<Prepared> letters;
  std::string large = letter_of(300000);
  letters.push_back(content::prepare(large, ContentId{1}));
  letters.push_back(content::prepare(letter_of(65000), ContentId{2}));
  database.run(store, std::move(letters));
  io::Workers workers{2, 10}, full{1, 0};
  for (io::Workers* some : {&workers, &full, static_cast<io::Workers*>(nullptr)})
    database.run(read_with, some, ContentId{1}, large);
}

TEST_CASE("content: a letter without its chunks is named", "[content]") {
  ModelDatabase database;
  std::vector<Prepared> letters;
  letters.push_back(content::prepare(letter_of(65000), ContentId{77}));
  REQUIRE(letters[0].chunks.size() == 1);
  database.run(store, std::move(letters));
  static const net::pg::Statement lose{"test_lose", "DELETE FROM content_chunk"};
  database.sql(lose);
  auto named = Catch::Matchers::Contains("content 77: ");
  CHECK_THROWS_WITH(
      database.run(listings, std::vector{ContentId{77}}, content::Wanted{.whole_up_to = 70000}),
      named);
  CHECK_THROWS_WITH(database.run(range, ContentId{77}, 0u, 70000u), named);
}
