#include "model/content/prepare.h"

#include <algorithm>

#include "base/error.h"
#include "model/content/packing.h"
#include "wire/mime/envelope.h"
#include "wire/mime/message.h"
#include "wire/mime/packed.h"

namespace tegu::model::content {

using net::pg::Call;
using net::pg::Params;
using net::pg::Statement;

// Chunks that one statement carries: bounds its parameters to about 16 MiB.
static constexpr size_t chunks_a_statement = 256;

size_t Prepared::stored_size() const {
  size_t size = header.size() + (body ? body->size() : 0) + envelope.size() + structure.size();
  for (const std::string& chunk : chunks) size += chunk.size();
  return size;
}

Prepared prepare(std::string_view letter, base::ContentId id, const wire::mime::Limits& limits) {
  if (letter.size() > max_letter_size) throw base::Error("a letter is larger than 4 GiB");
  auto message = wire::mime::parse(letter, limits);
  std::string_view header = letter.substr(0, message.root().header.end());
  std::string_view body = letter.substr(header.size());
  Packer packer;
  Prepared prepared;
  prepared.id = id;
  prepared.size = letter.size();
  prepared.header_size = static_cast<uint32_t>(header.size());
  prepared.header = packer.pack(header);
  prepared.envelope = packer.pack(wire::mime::envelope_wire(header, limits));
  prepared.structure = packer.pack(wire::mime::encode_structure(message));
  if (body.size() <= chunk_size) {
    prepared.body = packer.pack(body);
    return prepared;
  }
  for (size_t at = 0; at < body.size(); at += chunk_size) {
    prepared.chunks.push_back(packer.pack(body.substr(at, chunk_size)));
  }
  return prepared;
}

static const Statement insert_content{
    "content_insert",
    "INSERT INTO content (id, size, header_size, header, body, envelope, structure) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bytea[], $5::bytea[], "
    "$6::bytea[], $7::bytea[])"};

static const Statement insert_chunks{
    "content_insert_chunks",
    "INSERT INTO content_chunk (content_id, seq, data) "
    "SELECT $1, $2 + n - 1, data FROM unnest($3::bytea[]) WITH ORDINALITY AS c (data, n)"};

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
  for (const Prepared* letter : letters) {
    for (size_t at = 0; at < letter->chunks.size(); at += chunks_a_statement) {
      size_t count = std::min(chunks_a_statement, letter->chunks.size() - at);
      Params chunks;
      chunks.add(letter->id.value).add(static_cast<int32_t>(at));
      chunks.byteas(std::span(letter->chunks).subspan(at, count));
      calls.push_back({&insert_chunks, std::move(chunks)});
    }
  }
}

}  // namespace tegu::model::content
