#include "model/content/prepare.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "model/content/packing.h"
#include "wire/mime/envelope.h"
#include "wire/mime/message.h"
#include "wire/mime/packed.h"
#include "wire/mime/parser.h"

namespace tegu::model::content {

using net::pg::Call;
using net::pg::Params;
using net::pg::Statement;

// Of a letter in a file so much is in memory at a time.
static constexpr size_t window_size = 64 << 10;
static constexpr size_t chunks_at_once = 16;
// Octets of a row of content_chunk: one fills a page.
static constexpr size_t part_size = 8000;
// A larger packed body does not stay in its row's page (TOAST).
static constexpr size_t inline_size = 6000;

size_t Prepared::stored_size() const {
  size_t size = header.size() + (body ? body->size() : 0) + envelope.size() + structure.size();
  for (const std::string& chunk : chunks) size += chunk.size();
  return size;
}

static Prepared prepare_header(std::string_view header, const wire::mime::Message& message,
                               base::ContentId id, Packer& packer,
                               const wire::mime::Limits& limits) {
  Prepared prepared;
  prepared.id = id;
  prepared.size = message.size;
  prepared.header_size = static_cast<uint32_t>(header.size());
  prepared.header = packer.pack(header);
  prepared.envelope = packer.pack(wire::mime::envelope_wire(header, limits));
  prepared.structure = packer.pack(wire::mime::encode_structure(message));
  return prepared;
}

static void take_body(Prepared& prepared, std::vector<std::string> chunks) {
  if (chunks.size() == 1 && chunks.front().size() <= inline_size)
    prepared.body = std::move(chunks.front());
  else
    prepared.chunks = std::move(chunks);
}

Prepared prepare(std::string_view letter, base::ContentId id, const wire::mime::Limits& limits,
                 Effort effort) {
  if (letter.size() > max_letter_size) throw base::Error("a letter is larger than 4 GiB");
  auto message = wire::mime::parse(letter, limits);
  std::string_view header =
      letter.substr(0, message.root().header.end()).substr(0, max_header_size);
  std::string_view body = letter.substr(header.size());
  Packer packer;
  Prepared prepared = prepare_header(header, message, id, packer, limits);
  std::vector<std::string> chunks;
  for (size_t at = 0; at == 0 || at < body.size(); at += chunk_size)
    chunks.push_back(packer.pack_body(body.substr(at, chunk_size), effort));
  take_body(prepared, std::move(chunks));
  return prepared;
}

// Keeps the header while the letter goes by.
static Prepared read_through(const LetterFile& letter, base::ContentId id,
                             const std::function<void(std::string_view)>& see,
                             const wire::mime::Limits& limits) {
  wire::mime::Parser parser(limits);
  auto window = std::make_unique_for_overwrite<char[]>(window_size);
  std::string header;
  for (uint64_t at = 0; at < letter.size();) {
    std::span part(window.get(), std::min<uint64_t>(window_size, letter.size() - at));
    letter.read(at, part);
    at += part.size();
    std::string_view piece(part.data(), part.size());
    if (!parser.header_size()) header += piece.substr(0, max_header_size - header.size());
    parser.feed(piece);
    if (see) see(piece);
  }
  auto message = parser.finish();
  header.resize(std::min<uint64_t>(header.size(), message.root().header.size));
  Packer packer;
  return prepare_header(header, message, id, packer, limits);
}

io::Task<Prepared> prepare_file(std::shared_ptr<const LetterFile> letter, base::ContentId id,
                                std::function<void(std::string_view)> see,
                                wire::mime::Limits limits) {
  if (letter->size() > max_letter_size) throw base::Error("a letter is larger than 4 GiB");
  if (letter->hold()) {
    auto read_whole = [&, effort = letter->effort()] {
      // The thread's own: new memory costs as much as reading does.
      static thread_local std::string whole;
      whole.reserve(Packers::held_size);
      size_t size = letter->size();
      whole.resize_and_overwrite(size, [size](char*, size_t) { return size; });
      letter->read(0, whole);
      if (see) see(whole);
      return prepare(whole, id, limits, effort);
    };
    Prepared prepared = co_await letter->run(read_whole);
    prepared.share = letter->share();
    co_return prepared;
  }
  auto read = [&] { return read_through(*letter, id, see, limits); };
  Prepared prepared = co_await letter->run(read);
  if (prepared.size - prepared.header_size <= chunk_size) {
    auto chunks = co_await letter->chunks(prepared.header_size, 0, 1);
    if (chunks.empty()) chunks.push_back(Packer().pack({}));
    take_body(prepared, std::move(chunks));
  } else {
    prepared.file = std::move(letter);
  }
  co_return prepared;
}

// unnest is in the list: after FROM it would gather all rows before the first is stored.
static const Statement insert_content{
    "content_insert",
    "INSERT INTO content (id, size, header_size, header, body, envelope, structure) "
    "SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::integer[]), "
    "unnest($4::bytea[]), unnest($5::bytea[]), unnest($6::bytea[]), unnest($7::bytea[])"};

static const Statement insert_chunks{
    "content_insert_chunks",
    "INSERT INTO content_chunk (content_id, seq, part, data) "
    "SELECT $1::bigint, unnest($2::integer[]), unnest($3::smallint[]), unnest($4::bytea[])"};

static void add_chunks(std::vector<Call>& calls, base::ContentId id, size_t first,
                       std::span<const std::string> chunks) {
  if (chunks.empty()) return;
  std::vector<int32_t> seqs;
  std::vector<int16_t> numbers;
  std::vector<std::string_view> parts;
  for (const std::string& chunk : chunks) {
    int16_t number = 0;
    for (size_t at = 0; at < chunk.size(); at += part_size) {
      seqs.push_back(static_cast<int32_t>(first));
      numbers.push_back(number++);
      parts.push_back(std::string_view(chunk).substr(at, part_size));
    }
    first++;
  }
  Params rows;
  rows.add(id.value).int4s(seqs).int2s(numbers).byteas(parts);
  calls.push_back({&insert_chunks, std::move(rows)});
}

void add_inserts(std::vector<Call>& calls, std::span<const Prepared* const> letters) {
  if (letters.empty()) return;
  std::vector<int64_t> ids, sizes;
  std::vector<int32_t> header_sizes;
  std::vector<std::string_view> headers, envelopes, structures;
  std::vector<std::optional<std::string>> bodies;
  for (const Prepared* letter : letters) {
    ids.push_back(letter->id.value);
    sizes.push_back(static_cast<int64_t>(letter->size));
    header_sizes.push_back(static_cast<int32_t>(letter->header_size));
    headers.push_back(letter->header);
    bodies.push_back(letter->body);
    envelopes.push_back(letter->envelope);
    structures.push_back(letter->structure);
  }
  Params rows;
  rows.int8s(ids).int8s(sizes).int4s(header_sizes).byteas(headers).byteas_or_null(bodies);
  rows.byteas(envelopes).byteas(structures);
  calls.push_back({&insert_content, std::move(rows)});
  for (const Prepared* letter : letters) add_chunks(calls, letter->id, 0, letter->chunks);
}

// All but the last rows, which the caller sends with what comes after them.
static io::Task<std::vector<Call>> store_body(net::pg::Transaction& transaction,
                                              const Prepared& letter,
                                              std::chrono::seconds patience) {
  size_t rows = (letter.size - letter.header_size + chunk_size - 1) / chunk_size;
  for (size_t at = 0;; at += chunks_at_once) {
    std::vector<Call> calls;
    add_chunks(calls, letter.id, at,
               co_await letter.file->chunks(letter.header_size, at, chunks_at_once));
    if (at + chunks_at_once >= rows) co_return calls;
    co_await transaction.batch(std::move(calls), io::after(patience));
  }
}

io::Task<std::vector<net::pg::Rows>> store(net::pg::Client& database,
                                           std::vector<const Prepared*> letters,
                                           std::vector<Call> calls, std::chrono::seconds patience) {
  std::erase_if(letters, [](const Prepared* letter) { return !letter->file; });
  if (letters.empty()) co_return co_await database.batch(std::move(calls), io::after(patience));
  auto turn = co_await letters.front()->file->turn(io::after(patience));
  if (!turn) throw net::pg::Unavailable("too many large letters are being stored");
  auto transaction = co_await database.begin(io::after(patience));
  for (const Prepared* letter : letters) {
    auto last = co_await store_body(transaction, *letter, patience);
    if (letter != letters.back()) {
      co_await transaction.batch(std::move(last), io::after(patience));
      continue;
    }
    auto count = static_cast<std::ptrdiff_t>(last.size());
    std::ranges::move(calls, std::back_inserter(last));
    auto results = co_await transaction.commit(std::move(last), io::after(patience));
    results.erase(results.begin(), results.begin() + count);
    co_return results;
  }
  bug("letters that were there are gone");
}

}  // namespace tegu::model::content
