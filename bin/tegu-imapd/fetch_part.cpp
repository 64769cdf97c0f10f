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
constexpr uint64_t most_of_header = 16 << 20;
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

void cut(Octets& octets, const std::optional<Partial>& partial) {
  octets.size = octets.here ? octets.here->size() : octets.size;
  if (!partial) return;
  // RFC 9051 6.4.5.1: beyond the end there is an empty string.
  octets.skip = std::min<uint64_t>(partial->offset, octets.size);
  octets.size = std::min<uint64_t>(partial->count, octets.size - octets.skip);
}

bool is_choice(const Section& section) {
  return section.text == Section::Text::header_fields ||
         section.text == Section::Text::header_fields_not;
}

std::string chosen_fields(std::string_view header, const Section& section) {
  return mime::select_fields(header, section.fields,
                             section.text == Section::Text::header_fields
                                 ? mime::Choose::listed
                                 : mime::Choose::not_listed);
}

// Where a section lies. Fields of a part's header have still to be chosen from the range.
std::optional<Octets> locate(const OpenLetter& letter, const Section& section, std::string& made) {
  Octets octets;
  if (section.part.empty() && section.text != Section::Text::mime) {
    uint64_t edge = letter.letter.header_size;
    if (is_choice(section))
      octets.here = made = chosen_fields(letter.letter.header, section);
    else if (section.text == Section::Text::header)
      octets.here = letter.letter.header;
    else if (section.text == Section::Text::text)
      octets.range = {edge, letter.letter.size - edge};
    else
      octets.range = {0, letter.letter.size};
  } else {
    auto range = mime::find_section(*letter.structure, section.part, kind_of(section.text));
    if (!range) return std::nullopt;
    octets.range = *range;
  }
  octets.size = octets.range.size;
  return octets;
}

// The decoded octets of a part, piece by piece.
class PartDecoder {
 public:
  PartDecoder(LetterBytes& bytes, mime::Range range, const std::string& encoding)
      : bytes_(bytes), range_(range), decoder_(*mime::TransferDecoder::make(encoding)) {}

  // Nothing at the end. Pieces may be empty.
  io::Task<std::optional<std::string>> next() {
    std::string decoded;
    if (ended_) co_return std::nullopt;
    if (range_.size == 0) {
      ended_ = true;
      decoder_.finish(decoded);
      co_return decoded;
    }
    std::string_view bytes = co_await bytes_.next(range_);
    range_.begin += bytes.size();
    range_.size -= bytes.size();
    decoder_.feed(bytes, decoded);
    co_return decoded;
  }

 private:
  LetterBytes& bytes_;
  mime::Range range_;
  mime::TransferDecoder decoder_;
  bool ended_ = false;
};

bool is_identity(std::string_view encoding) {
  return encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

io::Task<std::optional<Octets>> find_binary_octets(OpenLetter& letter,
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
  PartDecoder decoder(letter.bytes, octets.range, octets.encoding);
  while (auto decoded = co_await decoder.next()) octets.size += decoded->size();
  co_return octets;
}

io::Task<void> send_decoded(Session& session, OpenLetter& letter, const Octets& octets,
                            std::string& head) {
  PartDecoder decoder(letter.bytes, octets.range, octets.encoding);
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

io::Task<void> send_range(Session& session, OpenLetter& letter, const Octets& octets,
                          std::string& head) {
  mime::Range left{octets.range.begin + octets.skip, octets.size};
  while (left.size > 0) {
    std::string_view bytes = co_await letter.bytes.next(left);
    left.begin += bytes.size();
    left.size -= bytes.size();
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

Needs needs_of(const FetchItem& item) {
  bool part = !item.section.part.empty();
  switch (item.kind) {
    case Kind::rfc822_header:
      return {.header = true};
    case Kind::rfc822:
    case Kind::rfc822_text:
      return {.body = true};
    case Kind::section: {
      bool header =
          !part && (item.section.text == Section::Text::header || !item.section.fields.empty());
      return {.structure = part, .header = header, .body = !header};
    }
    case Kind::binary:
    case Kind::binary_size:
      return {.structure = part, .body = true};
    case Kind::body:
    case Kind::body_structure:
      return {.structure = true};
    default:
      return {};
  }
}

std::optional<std::string_view> octets_here(const OpenLetter& letter, const FetchItem& item,
                                            std::string& made) {
  Section section = section_of(item);
  auto octets = locate(letter, section, made);
  if (!octets) return std::nullopt;
  if (!octets->here) {
    octets->here = letter.bytes.here(octets->range);
    if (is_choice(section)) octets->here = made = chosen_fields(*octets->here, section);
  }
  cut(*octets, item.partial);
  return octets->here->substr(octets->skip, octets->size);
}

io::Task<std::optional<Octets>> find_octets(OpenLetter& letter, const FetchItem& item,
                                            std::string& made) {
  std::optional<Octets> octets;
  if (item.kind == Kind::binary) {
    octets = co_await find_binary_octets(letter, item.section.part);
  } else {
    Section section = section_of(item);
    octets = locate(letter, section, made);
    if (octets && !octets->here && is_choice(section))
      octets->here = made =
          chosen_fields(co_await letter.bytes.read(octets->range, most_of_header), section);
  }
  if (octets) cut(*octets, item.partial);
  co_return octets;
}

io::Task<std::optional<uint64_t>> binary_size(OpenLetter& letter,
                                              const std::vector<uint32_t>& part) {
  auto octets = co_await find_binary_octets(letter, part);
  if (!octets) co_return std::nullopt;
  co_return octets->size;
}

io::Task<void> send_octets(Session& session, OpenLetter& letter, Octets octets, std::string& head) {
  if (octets.here) {
    head += octets.here->substr(octets.skip, octets.size);
    co_return;
  }
  if (octets.encoding.empty())
    co_await send_range(session, letter, octets, head);
  else
    co_await send_decoded(session, letter, octets, head);
}

}  // namespace tegu::imapd
