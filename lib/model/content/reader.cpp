#include "model/content/reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "model/content/prepare.h"
#include "wire/mime/packed.h"

namespace tegu::model::content {

using base::ContentId;
using net::pg::Params;
using net::pg::Row;
using net::pg::Rows;
using net::pg::Statement;

static constexpr size_t ids_a_statement = 500;
// Octets that are worth a worker: fewer are unpacked in the time that handing over takes.
static constexpr size_t many_octets = 64 << 10;
// Far above what prepare() makes of a header of header_size octets and 10,000 parts.
static constexpr size_t derived_limit = 64 << 20;

// unpack(unpacker), which makes about so many octets; many of them on a worker thread, so that the
// loop writes the ones before meanwhile.
template <class F>
static io::Task<void> run(io::Workers* workers, Unpacker& unpacker, uint64_t octets, F unpack) {
  if (workers && octets >= many_octets) {
    auto unpack_apart = [&unpack] {
      Unpacker own;
      unpack(own);
    };
    try {
      co_return co_await workers->run(unpack_apart);
    } catch (const io::Overloaded&) {
      // Everybody waits: then it is done here.
    }
  }
  unpack(unpacker);
}

// $2 to $4: which columns; $5: up to which size the letter is wanted whole. Primary key.
static const Statement read_listings{
    "content_listings",
    "SELECT id, size, header_size, "
    "CASE WHEN $2 OR (size <= $5 AND size - header_size <= 65536) THEN header END, "
    "CASE WHEN $3 THEN envelope END, CASE WHEN $4 THEN structure END, "
    "CASE WHEN size <= $5 THEN body END FROM content WHERE id = ANY ($1)",
    true};
// The bodies of these that are in a chunk. Primary keys of both tables.
static const Statement read_bodies{
    "content_bodies",
    "SELECT c.content_id, c.part::integer, c.data FROM content h "
    "JOIN content_chunk c ON c.content_id = h.id WHERE h.id = ANY ($1) "
    "AND h.body IS NULL AND h.size <= $2 AND h.size - h.header_size <= 65536",
    true};

static Params listings_params(std::span<const int64_t> ids, const Wanted& wanted) {
  Params params;
  params.int8s(ids).add(wanted.header).add(wanted.envelope).add(wanted.structure);
  params.add(static_cast<int64_t>(std::min(wanted.whole_up_to, max_letter_size)));
  return params;
}

static Params bodies_params(std::span<const int64_t> ids, const Wanted& wanted) {
  Params params;
  params.int8s(ids).add(static_cast<int64_t>(std::min(wanted.whole_up_to, max_letter_size)));
  return params;
}

namespace {

// Rows of (letter or chunk, part, octets) in any order.
class Parts {
 public:
  explicit Parts(const Rows& rows, bool letters) {
    parts_.reserve(rows.size());
    for (Row row : rows)
      parts_.push_back({letters ? row.int8(0) : row.int4(0), row.int4(1), row.bytes(2)});
    auto place = [](const Part& part) { return std::pair(part.whole, part.number); };
    if (!std::ranges::is_sorted(parts_, {}, place)) std::ranges::sort(parts_, {}, place);
  }
  // The blob of this letter or chunk; empty when there is none.
  std::string of(int64_t whole) const {
    std::string blob;
    for (const Part& part : std::ranges::equal_range(parts_, whole, {}, &Part::whole))
      blob += part.octets;
    return blob;
  }
  // f(chunk, blob) for each in order.
  template <class F>
  void for_each(F f) const {
    std::string blob;
    for (size_t i = 0; i < parts_.size();) {
      int64_t whole = parts_[i].whole;
      blob.clear();
      for (; i < parts_.size() && parts_[i].whole == whole; i++) blob += parts_[i].octets;
      f(whole, blob);
    }
  }

 private:
  struct Part {
    int64_t whole;
    int32_t number;
    std::string_view octets;
  };
  std::vector<Part> parts_;
};

}  // namespace

// f(), whose errors say of which letter they are.
template <class F>
static void about(ContentId id, F f) {
  try {
    f();
  } catch (const base::Error& error) {
    throw base::Error("content " + std::to_string(id.value) + ": " + error.what());
  }
}

// The letter comes whole.
static bool is_whole(Row row, const Wanted& wanted) {
  auto size = static_cast<uint64_t>(row.int8(1)), header_size = static_cast<uint64_t>(row.int4(2));
  return wanted.whole_up_to > 0 && size <= wanted.whole_up_to && size <= header_size + chunk_size;
}

static Listing listing_of(Row row, const Wanted& wanted, const Parts& bodies, Unpacker& unpacker) {
  Listing listing;
  listing.id.value = row.int8(0);
  listing.size = static_cast<uint64_t>(row.int8(1));
  listing.header_size = static_cast<uint32_t>(row.int4(2));
  if (is_whole(row, wanted)) {
    std::string& whole = listing.whole.emplace();
    whole.reserve(std::min(listing.size, wanted.whole_up_to));
    unpacker.append(whole, row.bytes(3), listing.header_size);
    if (wanted.header) listing.header = whole;
    if (row.is_null(6))
      unpacker.append(whole, bodies.of(listing.id.value), chunk_size);
    else
      unpacker.append(whole, row.bytes(6), chunk_size);
    if (whole.size() != listing.size) throw base::Error("it has another size");
  } else if (!row.is_null(3)) {
    listing.header = unpacker.unpack(row.bytes(3), listing.header_size);
  }
  if (!row.is_null(4)) listing.envelope = unpacker.unpack(row.bytes(4), derived_limit);
  if (!row.is_null(5)) listing.structure = unpacker.unpack(row.bytes(5), derived_limit);
  return listing;
}

namespace {

// Which places of a caller's list an id has: copies share their content, so one may come twice.
class Places {
 public:
  explicit Places(std::span<const ContentId> ids) {
    places_.reserve(ids.size());
    distinct_.reserve(ids.size());
    for (size_t i = 0; i < ids.size(); i++) places_.emplace_back(ids[i].value, i);
    if (!std::ranges::is_sorted(places_)) std::ranges::sort(places_);
    for (const auto& [id, place] : places_) {
      if (distinct_.empty() || distinct_.back() != id) distinct_.push_back(id);
    }
  }
  const std::vector<int64_t>& distinct() const { return distinct_; }
  void put(std::span<std::optional<Listing>> into, Listing listing) const {
    auto found = std::ranges::lower_bound(places_, std::pair(listing.id.value, size_t{0}));
    auto end = std::ranges::upper_bound(places_, std::pair(listing.id.value, SIZE_MAX));
    if (found == end) return;
    for (auto next = found + 1; next != end; ++next) into[next->second] = listing;
    into[found->second] = std::move(listing);
  }

 private:
  std::vector<std::pair<int64_t, size_t>> places_;  // sorted
  std::vector<int64_t> distinct_;
};

}  // namespace

io::Task<std::vector<std::optional<Listing>>> Reader::listings(std::vector<ContentId> ids,
                                                               Wanted wanted) {
  std::vector<std::optional<Listing>> found(ids.size());
  for (size_t at = 0; at < ids.size(); at += ids_a_statement) {
    size_t count = std::min(ids_a_statement, ids.size() - at);
    Places places(std::span(ids).subspan(at, count));
    std::vector<net::pg::Call> calls;
    calls.push_back({&read_listings, listings_params(places.distinct(), wanted)});
    if (wanted.whole_up_to > 0)
      calls.push_back({&read_bodies, bodies_params(places.distinct(), wanted)});
    auto results = co_await database_.batch(std::move(calls));
    const Rows& rows = results.front();
    static const Rows none;
    Parts bodies(wanted.whole_up_to > 0 ? results.back() : none, true);
    uint64_t octets = 0;
    for (Row row : rows)
      if (is_whole(row, wanted)) octets += static_cast<uint64_t>(row.int8(1));
    auto unpack = [&](Unpacker& unpacker) {
      for (Row row : rows)
        about(ContentId{row.int8(0)}, [&] {
          places.put(std::span(found).subspan(at, count),
                     listing_of(row, wanted, bodies, unpacker));
        });
    };
    co_await run(workers_, unpacker_, octets, unpack);
  }
  co_return found;
}

io::Task<std::optional<std::string>> Reader::header(ContentId id) {
  auto found = co_await listings(std::vector{id}, Wanted{.header = true});
  if (!found.front()) co_return std::nullopt;
  co_return std::move(found.front()->header);
}

io::Task<std::optional<wire::mime::Message>> Reader::structure(ContentId id) {
  auto found = co_await listings(std::vector{id}, Wanted{.structure = true});
  if (!found.front()) co_return std::nullopt;
  co_return decode(*found.front());
}

wire::mime::Message decode(const Listing& listing) {
  auto message = wire::mime::decode_structure(listing.structure);
  if (!message) {
    throw base::Error("the stored structure of content " + std::to_string(listing.id.value) +
                      " is damaged");
  }
  return std::move(*message);
}

// $2, $3: the range [begin, end) in the letter. Primary keys of both tables.
static const Statement read_head{
    "content_range_head",
    "SELECT size, header_size, CASE WHEN $2 < header_size THEN header END, "
    "CASE WHEN $3 > header_size THEN body END FROM content WHERE id = $1",
    true};
// Without reading the row of `content` further when the body is in it. In any order: sorting would
// copy all of it.
static const Statement read_chunks{
    "content_range_chunks",
    "SELECT c.seq, c.part::integer, c.data FROM content h JOIN content_chunk c ON c.content_id = "
    "h.id "
    "WHERE h.id = $1 AND h.body IS NULL AND $3 > h.header_size "
    "AND c.seq >= ($2 - h.header_size) / 65536 AND c.seq <= ($3 - 1 - h.header_size) / 65536",
    true};

// $2, $3: chunks [first, end). Primary key.
static const Statement read_rows{"content_chunks",
                                 "SELECT seq, part::integer, data FROM content_chunk "
                                 "WHERE content_id = $1 AND seq >= $2 AND seq < $3",
                                 true};

namespace {

// Gathers the octets of [begin, end) from pieces that come in order.
class Gather {
 public:
  Gather(uint64_t begin, uint64_t end) : begin_(begin), end_(end) { bytes_.reserve(end - begin); }

  // A packed piece of at most `limit` octets that stands at `at`.
  void piece(uint64_t at, std::string_view packed, size_t limit, Unpacker& unpacker) {
    size_t before = bytes_.size();
    if (at >= begin_ && at + limit <= end_) return unpacker.append(bytes_, packed, limit);
    std::string piece = unpacker.unpack(packed, limit);
    uint64_t from = std::max(begin_, at), to = std::min(end_, at + piece.size());
    if (from < to) bytes_.insert(before, piece, from - at, to - from);
  }
  // What read_chunks or read_rows gave of a body that stands at `body`.
  void chunks(uint64_t body, const Rows& rows, Unpacker& unpacker) {
    Parts(rows, false).for_each([&](int64_t seq, std::string_view packed) {
      piece(body + static_cast<uint64_t>(seq) * chunk_size, packed, chunk_size, unpacker);
    });
  }
  uint64_t wanted() const { return end_ - begin_; }
  size_t size() const { return bytes_.size(); }
  std::string take() {
    if (bytes_.size() != end_ - begin_) throw base::Error("it has lost some of its body");
    return std::move(bytes_);
  }

 private:
  uint64_t begin_, end_;
  std::string bytes_;
};

}  // namespace

static Params range_params(ContentId id, uint64_t begin, uint64_t end) {
  Params params;
  params.add(id.value).add(static_cast<int64_t>(begin)).add(static_cast<int64_t>(end));
  return params;
}
// Chunks that begin in [begin, end).
static Params rows_params(ContentId id, uint64_t begin, uint64_t end) {
  Params params;
  params.add(id.value).add(static_cast<int32_t>(begin / chunk_size));
  params.add(static_cast<int32_t>((end + chunk_size - 1) / chunk_size));
  return params;
}

void add_hot_reads(std::vector<net::pg::Call>& calls) {
  calls.push_back({&read_listings, listings_params(std::vector{int64_t{0}}, {})});
  calls.push_back({&read_bodies, bodies_params(std::vector{int64_t{0}}, {})});
  calls.push_back({&read_head, range_params({}, 0, 0)});
  calls.push_back({&read_chunks, range_params({}, 0, 0)});
  calls.push_back({&read_rows, rows_params({}, 0, 0)});
}

io::Task<std::optional<std::string>> Reader::range(ContentId id, uint64_t offset, uint64_t length) {
  uint64_t begin = std::min(offset, max_letter_size);
  uint64_t end = begin + std::min(length, max_letter_size - begin);
  Params params = range_params(id, begin, end);
  std::vector<net::pg::Call> calls;
  calls.push_back({&read_head, params});
  calls.push_back({&read_chunks, std::move(params)});
  auto results = co_await database_.batch(std::move(calls));
  if (results[0].empty()) co_return std::nullopt;
  Row row = results[0][0];
  auto size = static_cast<uint64_t>(row.int8(0));
  auto header_size = static_cast<uint64_t>(row.int4(1));
  Gather gather(begin, std::max(begin, std::min(end, size)));
  std::string octets;
  auto unpack = [&](Unpacker& unpacker) {
    about(id, [&] {
      if (!row.is_null(2)) gather.piece(0, row.bytes(2), header_size, unpacker);
      if (!row.is_null(3)) gather.piece(header_size, row.bytes(3), chunk_size, unpacker);
      gather.chunks(header_size, results[1], unpacker);
      octets = gather.take();
    });
  };
  co_await run(workers_, unpacker_, gather.wanted(), unpack);
  co_return octets;
}

io::Task<std::optional<std::string>> Reader::body_range(ContentId id, uint32_t header_size,
                                                        uint64_t offset, uint64_t length) {
  uint64_t end = offset + length;
  if (length == 0 || end > max_letter_size)
    co_return co_await range(id, offset + header_size, length);
  Rows rows = co_await database_.query(read_rows, rows_params(id, offset, end));
  Gather gather(offset, end);
  auto unpack = [&](Unpacker& unpacker) { about(id, [&] { gather.chunks(0, rows, unpacker); }); };
  co_await run(workers_, unpacker_, length, unpack);
  // At its end, in the letter's own row, or gone.
  if (gather.size() != length) co_return co_await range(id, offset + header_size, length);
  co_return gather.take();
}

}  // namespace tegu::model::content
