#include "fetch_part.h"

#include <algorithm>

#include "base/error.h"
#include "wire/mime/header.h"
#include "wire/mime/section.h"
#include "wire/mime/transfer.h"

namespace tegu::imapd {

using namespace wire::imap;
namespace mime = wire::mime;

namespace {

constexpr uint64_t piece = 64 * 1024;
using Kind = FetchItem::Kind;

Section section_of(const FetchItem& item) {
  Section section = item.section;
  if (item.kind == Kind::rfc822_header) section.text = Section::Text::header;
  if (item.kind == Kind::rfc822_text) section.text = Section::Text::text;
  return section;
}

mime::SectionKind kind_of(Section::Text text) {
  switch (text) {
    case Section::Text::all:
      return mime::SectionKind::whole;
    case Section::Text::header:
      return mime::SectionKind::header;
    case Section::Text::header_fields:
      return mime::SectionKind::header_fields;
    case Section::Text::header_fields_not:
      return mime::SectionKind::header_fields_not;
    case Section::Text::text:
      return mime::SectionKind::text;
    case Section::Text::mime:
      return mime::SectionKind::mime;
  }
  return mime::SectionKind::whole;
}

// Reads a range that is small by nature (a header), whatever its size says.
io::Task<std::string> read_all(Session& session, ContentId id, mime::Range range) {
  std::string bytes;
  while (bytes.size() < range.size) {
    uint64_t count = std::min(piece, range.size - bytes.size());
    bytes += co_await session.services().store.read(id, range.begin + bytes.size(), count);
  }
  co_return bytes;
}

void cut(Octets& octets, const std::optional<Partial>& partial) {
  octets.size = octets.here ? octets.here->size() : octets.size;
  if (!partial) return;
  // RFC 9051 6.4.5.1: beyond the end there is an empty string.
  octets.skip = std::min<uint64_t>(partial->offset, octets.size);
  octets.size = std::min<uint64_t>(partial->count, octets.size - octets.skip);
}

io::Task<std::optional<Octets>> find_section_octets(Session& session, const OpenLetter& letter,
                                                    const Section& section) {
  Octets octets;
  bool chosen = section.text == Section::Text::header_fields ||
                section.text == Section::Text::header_fields_not;
  auto choose = section.text == Section::Text::header_fields ? mime::Choose::listed
                                                             : mime::Choose::not_listed;
  if (section.part.empty() && section.text != Section::Text::mime) {
    uint64_t edge = letter.letter.header_size;
    if (chosen)
      octets.here = mime::select_fields(letter.letter.header, section.fields, choose);
    else if (section.text == Section::Text::header)
      octets.range = {0, edge};
    else if (section.text == Section::Text::text)
      octets.range = {edge, letter.letter.size - edge};
    else
      octets.range = {0, letter.letter.size};
  } else {
    auto range = mime::find_section(*letter.structure, section.part, kind_of(section.text));
    if (!range) co_return std::nullopt;
    octets.range = *range;
    if (chosen)
      octets.here = mime::select_fields(co_await read_all(session, letter.id, *range),
                                        section.fields, choose);
  }
  octets.size = octets.range.size;
  co_return octets;
}

// The decoded octets of a part, piece by piece.
class PartDecoder {
 public:
  PartDecoder(Session& session, ContentId id, mime::Range range, const std::string& encoding)
      : session_(session),
        id_(id),
        range_(range),
        decoder_(*mime::TransferDecoder::make(encoding)) {}

  // Nothing at the end. Pieces may be empty.
  io::Task<std::optional<std::string>> next() {
    std::string decoded;
    if (ended_) co_return std::nullopt;
    if (range_.size == 0) {
      ended_ = true;
      decoder_.finish(decoded);
      co_return decoded;
    }
    uint64_t count = std::min(piece, range_.size);
    std::string bytes = co_await session_.services().store.read(id_, range_.begin, count);
    if (bytes.size() != count) throw base::Error("letter ends before its size");
    range_.begin += count;
    range_.size -= count;
    decoder_.feed(bytes, decoded);
    co_return decoded;
  }

 private:
  Session& session_;
  ContentId id_;
  mime::Range range_;
  mime::TransferDecoder decoder_;
  bool ended_ = false;
};

bool is_identity(std::string_view encoding) {
  return encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

io::Task<std::optional<Octets>> find_binary_octets(Session& session, const OpenLetter& letter,
                                                   const std::vector<uint32_t>& path) {
  Octets octets;
  if (path.empty()) {
    octets.range = {0, letter.letter.size};
    octets.size = letter.letter.size;
    co_return octets;
  }
  auto addressed = mime::find_part(*letter.structure, path);
  if (!addressed) co_return std::nullopt;
  if (addressed->part == mime::no_part) {
    octets.here = "";
    co_return octets;
  }
  const mime::Part& part = letter.structure->parts[addressed->part];
  octets.range = part.body;
  octets.size = part.body.size;
  if (part.kind != mime::PartKind::leaf || is_identity(part.encoding)) co_return octets;
  if (!mime::TransferDecoder::make(part.encoding))
    refuse(Code::unknown_cte, "The encoding of a part is unknown");
  octets.encoding = part.encoding;
  octets.size = 0;
  PartDecoder decoder(session, letter.id, octets.range, octets.encoding);
  while (auto decoded = co_await decoder.next()) octets.size += decoded->size();
  co_return octets;
}

io::Task<void> send_decoded(Session& session, const OpenLetter& letter, const Octets& octets,
                            std::string& head) {
  PartDecoder decoder(session, letter.id, octets.range, octets.encoding);
  uint64_t skip = octets.skip, left = octets.size;
  while (left > 0) {
    auto decoded = co_await decoder.next();
    if (!decoded) throw base::Error("letter changed while it was read");
    std::string_view bytes(*decoded);
    uint64_t skipped = std::min<uint64_t>(skip, bytes.size());
    skip -= skipped;
    bytes = bytes.substr(skipped, left);
    left -= bytes.size();
    head += bytes;
    if (head.size() < piece) continue;
    co_await session.line().write(head);
    head.clear();
  }
}

io::Task<void> send_range(Session& session, const OpenLetter& letter, const Octets& octets,
                          std::string& head) {
  uint64_t at = octets.range.begin + octets.skip, left = octets.size;
  while (left > 0) {
    uint64_t count = std::min(left, piece);
    std::string bytes = co_await session.services().store.read(letter.id, at, count);
    if (bytes.size() != count) throw base::Error("letter ends before its size");
    at += count;
    left -= count;
    if (head.size() + bytes.size() < piece) {
      head += bytes;
      continue;
    }
    if (!head.empty()) co_await session.line().write(head);
    head.clear();
    co_await session.line().write(bytes);
  }
}

}  // namespace

bool needs_structure(const FetchItem& item) {
  switch (item.kind) {
    case Kind::section:
      return !item.section.part.empty();
    case Kind::binary:
    case Kind::binary_size:
      return !item.section.part.empty();
    case Kind::body:
    case Kind::body_structure:
      return true;
    default:
      return false;
  }
}

io::Task<std::optional<Octets>> find_octets(Session& session, const OpenLetter& letter,
                                            const FetchItem& item) {
  auto octets = item.kind == Kind::binary
                    ? co_await find_binary_octets(session, letter, item.section.part)
                    : co_await find_section_octets(session, letter, section_of(item));
  if (octets) cut(*octets, item.partial);
  co_return octets;
}

io::Task<std::optional<uint64_t>> binary_size(Session& session, const OpenLetter& letter,
                                              const std::vector<uint32_t>& part) {
  auto octets = co_await find_binary_octets(session, letter, part);
  if (!octets) co_return std::nullopt;
  co_return octets->size;
}

io::Task<void> send_octets(Session& session, const OpenLetter& letter, Octets octets,
                           std::string& head) {
  if (octets.here) {
    head += std::string_view(*octets.here).substr(octets.skip, octets.size);
    co_return;
  }
  if (octets.encoding.empty())
    co_await send_range(session, letter, octets, head);
  else
    co_await send_decoded(session, letter, octets, head);
}

}  // namespace tegu::imapd
