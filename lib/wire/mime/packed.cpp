#include "wire/mime/packed.h"

#include "base/bytes.h"
#include "wire/mime/wire_list.h"

namespace tegu::wire::mime {

// Layout, all numbers varints: version, message size, number of parts, then per part: distance to
// the parent (absent for the root), kind * 2 + opaque, header begin and size, body size (it begins
// where the header ends), lines, a mask of what follows, and that in the order of the mask.
constexpr uint64_t version = 1;

namespace {
enum Mask : uint64_t {
  has_type = 1,  // other than text/plain
  has_params = 2,
  has_id = 4,
  has_description = 8,
  has_encoding = 16,
  has_disposition = 32,
  has_language = 64,
  has_location = 128,
  has_md5 = 256,
  has_envelope = 512,
  known_mask = 1023,
};
}  // namespace

static void write_params(base::ByteWriter& writer, const Params& params) {
  writer.varint(params.size());
  for (auto& param : params) {
    writer.counted(param.name);
    writer.counted(param.value);
  }
}

static uint64_t mask_of(const Part& part) {
  uint64_t mask = 0;
  auto mark = [&](bool present, Mask bit) { mask |= present ? bit : 0; };
  mark(!part.is("text", "plain"), has_type);
  mark(!part.params.empty(), has_params);
  mark(!part.id.empty(), has_id);
  mark(!part.description.empty(), has_description);
  mark(!part.encoding.empty(), has_encoding);
  mark(!part.disposition.empty() || !part.disposition_params.empty(), has_disposition);
  mark(!part.language.empty(), has_language);
  mark(!part.location.empty(), has_location);
  mark(!part.md5.empty(), has_md5);
  mark(!part.envelope.empty(), has_envelope);
  return mask;
}

static void write_part(base::ByteWriter& writer, const Part& part, uint32_t index) {
  if (index > 0) writer.varint(index - part.parent);
  writer.varint(static_cast<uint64_t>(part.kind) * 2 + (part.opaque ? 1 : 0));
  writer.varint(part.header.begin);
  writer.varint(part.header.size);
  writer.varint(part.body.size);
  writer.varint(part.lines);
  uint64_t mask = mask_of(part);
  writer.varint(mask);
  if (mask & has_type) {
    writer.counted(part.type);
    writer.counted(part.subtype);
  }
  if (mask & has_params) write_params(writer, part.params);
  if (mask & has_id) writer.counted(part.id);
  if (mask & has_description) writer.counted(part.description);
  if (mask & has_encoding) writer.counted(part.encoding);
  if (mask & has_disposition) {
    writer.counted(part.disposition);
    write_params(writer, part.disposition_params);
  }
  if (mask & has_language) {
    writer.varint(part.language.size());
    for (auto& tag : part.language) writer.counted(tag);
  }
  if (mask & has_location) writer.counted(part.location);
  if (mask & has_md5) writer.counted(part.md5);
  if (mask & has_envelope) writer.counted(part.envelope);
}

std::string encode_structure(const Message& message) {
  std::string out;
  base::ByteWriter writer(out);
  writer.varint(version);
  writer.varint(message.size);
  writer.varint(message.parts.size());
  for (uint32_t i = 0; i < message.parts.size(); i++) write_part(writer, message.parts[i], i);
  return out;
}

static Params read_params(base::ByteReader& reader) {
  Params params;
  uint64_t count = reader.varint();
  for (uint64_t i = 0; i < count && reader.ok(); i++) {
    auto name = reader.counted();
    params.push_back({std::string(name), std::string(reader.counted())});
  }
  return params;
}

static Part read_part(base::ByteReader& reader, uint32_t index) {
  Part part;
  if (index > 0) {
    uint64_t distance = reader.varint();
    if (distance == 0 || distance > index) reader.fail();
    part.parent = reader.ok() ? static_cast<uint32_t>(index - distance) : 0;
  }
  uint64_t kind = reader.varint();
  if (kind / 2 > static_cast<uint64_t>(PartKind::message)) reader.fail();
  part.kind = static_cast<PartKind>(reader.ok() ? kind / 2 : 0);
  part.opaque = kind % 2 == 1;
  part.header.begin = reader.varint();
  part.header.size = reader.varint();
  part.body.begin = part.header.end();
  part.body.size = reader.varint();
  part.lines = reader.varint();
  uint64_t mask = reader.varint();
  if (mask > known_mask) reader.fail();
  auto text = [&](Mask bit, std::string& member) {
    if (mask & bit) member = reader.counted();
  };
  text(has_type, part.type);
  text(has_type, part.subtype);
  if (mask & has_params) part.params = read_params(reader);
  text(has_id, part.id);
  text(has_description, part.description);
  text(has_encoding, part.encoding);
  text(has_disposition, part.disposition);
  if (mask & has_disposition) part.disposition_params = read_params(reader);
  if (mask & has_language) {
    uint64_t count = reader.varint();
    for (uint64_t i = 0; i < count && reader.ok(); i++) {
      part.language.emplace_back(reader.counted());
    }
  }
  text(has_location, part.location);
  text(has_md5, part.md5);
  text(has_envelope, part.envelope);
  return part;
}

static bool inside(Range inner, Range outer) {
  return inner.begin >= outer.begin && inner.begin <= outer.end() &&
         inner.size <= outer.end() - inner.begin;
}

// Ranges, kinds and the tree are such as parse() makes them.
static bool is_sound(const Message& message, const Limits& limits) {
  std::vector<uint32_t> depth(message.parts.size()), children(message.parts.size());
  std::vector<uint64_t> free_from(message.parts.size());  // where the next child may begin
  for (uint32_t i = 0; i < message.parts.size(); i++) {
    auto& part = message.parts[i];
    bool is_root = part.parent == no_part;
    if (is_root != (i == 0)) return false;
    Range room{0, message.size};
    if (!is_root) {
      auto& parent = message.parts[part.parent];
      if (parent.kind == PartKind::leaf) return false;
      if (parent.kind == PartKind::message && children[part.parent]++ > 0) return false;
      room = parent.body;
      if (part.header.begin < free_from[part.parent]) return false;
      depth[i] = depth[part.parent] + 1;
    }
    // One more level than containers may have, for the leaves in the innermost.
    if (depth[i] > limits.depth) return false;
    if (!inside(part.header, room) || !inside(part.body, room)) return false;
    if (part.lines > part.body.size) return false;
    if ((part.kind == PartKind::message) != !part.envelope.empty()) return false;
    if (!part.envelope.empty() && !is_wire_list(part.envelope)) return false;
    free_from[i] = part.body.begin;
    if (!is_root) free_from[part.parent] = part.body.end();
  }
  for (uint32_t i = 0; i < message.parts.size(); i++) {
    if (message.parts[i].kind == PartKind::message && children[i] != 1) return false;
  }
  return true;
}

std::optional<Message> decode_structure(std::string_view bytes, const Limits& limits) {
  base::ByteReader reader(bytes);
  if (reader.varint() != version) return std::nullopt;
  Message message;
  message.size = reader.varint();
  uint64_t count = reader.varint();
  if (!reader.ok() || count == 0 || count > limits.parts) return std::nullopt;
  for (uint32_t i = 0; i < count && reader.ok(); i++) message.parts.push_back(read_part(reader, i));
  if (!reader.ok() || !reader.at_end() || !is_sound(message, limits)) return std::nullopt;
  return message;
}

}  // namespace tegu::wire::mime
