// Letters that are stored from their files.
#include "model/content/letter_file.h"

#include <sys/mman.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <random>

#include "model/content/packing.h"
#include "model/content/prepare.h"
#include "model/content/reader.h"
#include "support/model.h"

using namespace tegu;
using namespace tegu::model;
using base::ContentId;
using content::LetterFile;
using content::Packers;
using content::Prepared;
using test::ModelDatabase;

namespace {

const std::string line = "Return-Path: <a@example.org>\r\n";

std::shared_ptr<base::Fd> file_of(std::string_view text) {
  auto fd = std::make_shared<base::Fd>(::memfd_create("letter", MFD_CLOEXEC));
  REQUIRE(::write(fd->get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return fd;
}

std::string noise(size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(random()) + "\r\n";
  text.resize(size);
  return text;
}

// A letter with two parts, one of them of this size.
std::string letter_of(size_t size) {
  return "From: A <a@example.org>\r\nSubject: Test\r\n"
         "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsmall\r\n"
         "--b\r\nContent-Type: text/csv\r\n\r\n" +
         noise(size) + "\r\n--b--\r\n";
}

struct World : ModelDatabase {
  io::Workers workers{2, 10};
  Packers packers{workers, 2};

  std::shared_ptr<LetterFile> file(std::string_view text, std::string prefix = {}) {
    // Something stands before it, and behind it.
    return std::make_shared<LetterFile>(packers, packers.share(),
                                        file_of("abc" + std::string(text) + "xyz"), 3, text.size(),
                                        std::move(prefix));
  }
};

std::string read_all(const LetterFile& letter, size_t piece) {
  std::string text(letter.size(), '\0');
  for (size_t at = 0; at < text.size(); at += piece)
    letter.read(at, std::span(text).subspan(at, std::min(piece, text.size() - at)));
  return text;
}

io::Task<Prepared> prepare(net::pg::Client&, std::shared_ptr<LetterFile> file, ContentId id) {
  co_return co_await content::prepare_file(std::move(file), id);
}

io::Task<void> store(net::pg::Client& client, std::vector<Prepared> letters) {
  std::vector<const Prepared*> pointers;
  for (const Prepared& letter : letters) pointers.push_back(&letter);
  std::vector<net::pg::Call> calls;
  content::add_inserts(calls, pointers);
  co_await content::store(client, pointers, std::move(calls), std::chrono::seconds(10));
}

io::Task<std::optional<std::string>> range(net::pg::Client& client, ContentId id, uint64_t offset,
                                           uint64_t length) {
  content::Reader reader(client);
  co_return co_await reader.range(id, offset, length);
}

}  // namespace

TEST_CASE("content letter file: prefix and file as one, in any pieces", "[content]") {
  World world;
  for (std::string prefix : {std::string(), line}) {
    auto letter = world.file("0123456789", prefix);
    std::string want = prefix + "0123456789";
    CHECK(letter->size() == want.size());
    for (size_t piece = 1; piece <= want.size(); piece++) CHECK(read_all(*letter, piece) == want);
    std::string beyond(2, '\0');
    CHECK_THROWS_AS(letter->read(want.size() - 1, beyond), base::Error);
    CHECK_THROWS_AS(letter->read(want.size() + 5, beyond), base::Error);
  }
  LetterFile cut(world.packers, world.packers.share(), file_of("abc"), 0, 4);
  std::string all(4, '\0');
  CHECK_THROWS_AS(cut.read(0, all), base::Error);
  LetterFile none(world.packers, world.packers.share(), std::make_shared<base::Fd>(), 0, 4);
  CHECK_THROWS_AS(none.read(0, all), base::SystemError);
}

TEST_CASE("content letter file: stored as if it had been in memory", "[content]") {
  World world;
  int64_t id = 0;
  for (size_t size : {0, 10, 65000, 65536 * 3, 65536 * 9 + 1, 1600000, 3000000}) {
    std::string text = letter_of(size);
    ContentId content{++id};
    Prepared want = content::prepare(line + text, content);
    std::vector<Prepared> letters;
    letters.push_back(world.run(prepare, world.file(text, line), content));
    CHECK(letters[0].size == want.size);
    CHECK(letters[0].header_size == want.header_size);
    CHECK(letters[0].header == want.header);
    CHECK(letters[0].envelope == want.envelope);
    CHECK(letters[0].structure == want.structure);
    CHECK(letters[0].body == want.body);
    CHECK((letters[0].chunks == want.chunks || letters[0].file));
    CHECK((letters[0].file != nullptr) == (size > 1500000));
    CHECK(letters[0].is_large());
    world.run(store, std::move(letters));
    text = line + text;
    CHECK((world.run(range, content, 0u, ~0ull) == text));
    uint64_t body = want.header_size;
    for (uint64_t at : {uint64_t{0}, body - 1, body, body + 65535, body + 65536, text.size() - 2}) {
      for (uint64_t length : {1, 2, 65536, 65537})
        CHECK((world.run(range, content, at, length).value() ==
               text.substr(std::min<uint64_t>(at, text.size()), length)));
    }
  }
}

TEST_CASE("content packers: fast while letters are under way together, and then", "[content]") {
  io::Workers workers{1, 1};
  Packers packers{workers, 1};
  CHECK(packers.effort() == content::Effort::small);
  auto first = packers.share();
  CHECK(packers.effort() == content::Effort::small);
  auto second = packers.share();
  CHECK(packers.effort() == content::Effort::fast);
  first.reset();
  second.reset();
  CHECK(packers.effort() == content::Effort::fast);
}

TEST_CASE("content letter file: what it is made of is seen in order", "[content]") {
  World world;
  std::string text = letter_of(700000), seen;
  auto see = [&](std::string_view piece) { seen += piece; };
  world.loop.run_until_done(content::prepare_file(world.file(text, line), ContentId{1}, see));
  CHECK((seen == line + text));
}

TEST_CASE("content letter file: of an endless header the rest is body", "[content]") {
  World world;
  std::string text;
  while (text.size() < content::max_header_size + 100000)
    text += "X-Header: " + std::string(500, 'x') + "\r\n";
  text += "\r\nbody\r\n";
  Prepared in_memory = content::prepare(text, ContentId{1});
  std::vector<Prepared> letters;
  letters.push_back(world.run(prepare, world.file(text), ContentId{1}));
  for (const Prepared* one : {&letters[0], &in_memory}) {
    CHECK(one->header_size == content::max_header_size);
    CHECK((content::Unpacker().unpack(one->header, content::max_header_size) ==
           text.substr(0, content::max_header_size)));
  }
  world.run(store, std::move(letters));
  CHECK((world.run(range, ContentId{1}, 0u, ~0ull) == text));
}

TEST_CASE("content letter file: one that breaks off leaves nothing behind", "[content]") {
  World world;
  std::string text = letter_of(2500000);
  auto file = file_of(text);
  auto letter =
      std::make_shared<LetterFile>(world.packers, world.packers.share(), file, 0, text.size());
  std::vector<Prepared> letters;
  letters.push_back(world.run(prepare, letter, ContentId{1}));
  REQUIRE(::ftruncate(file->get(), 2000000) == 0);
  CHECK_THROWS_AS(world.run(store, std::move(letters)), base::Error);
  static const net::pg::Statement count{"test_count", "SELECT count(*) FROM content_chunk"};
  CHECK(world.sql(count).one().int8(0) == 0);
}

static io::Task<void> wait_for_turn(std::shared_ptr<LetterFile> letter, bool& had) {
  had = bool(co_await letter->turn(io::after(std::chrono::milliseconds(20))));
}

TEST_CASE("content letter file: only so many are stored at a time", "[content]") {
  World world;
  auto letter = world.file("a");
  bool third = true, again = false;
  {
    auto one = world.loop.run_until_done(letter->turn(io::never));
    auto two = world.loop.run_until_done(letter->turn(io::never));
    world.loop.run_until_done(wait_for_turn(letter, third));
  }
  world.loop.run_until_done(wait_for_turn(letter, again));
  CHECK(!third);
  CHECK(again);
}

TEST_CASE("content letter file: only so many are held in memory", "[content]") {
  constexpr size_t count = Packers::most_held + 1;
  World world;
  std::string text = letter_of(200000);
  std::vector<Prepared> letters;
  for (size_t id = 1; id <= count; id++)
    letters.push_back(world.run(prepare, world.file(text), ContentId{static_cast<int64_t>(id)}));
  for (size_t i = 0; i < count; i++) {
    CHECK((letters[i].file != nullptr) == (i == Packers::most_held));
    CHECK(letters[i].is_large());
  }
  // Under way together: packed fast.
  CHECK(letters[0].stored_size() < letters[3].stored_size());
  world.run(store, std::move(letters));
  for (size_t id = 1; id <= count; id++)
    CHECK((world.run(range, ContentId{static_cast<int64_t>(id)}, 0u, ~0ull) == text));
  auto again = world.run(prepare, world.file(text), ContentId{100});
  CHECK(again.share->is_held());
}
