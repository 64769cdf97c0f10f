// The one MIME parser of Tegu: filters, IMAP, search and composing all see a message through this
// (RFC 2045, 2046, 5322, 6532), so that nobody can hide a part from one of them. Every byte string
// is a message: bare LF, missing blank lines and boundaries, NUL and 8-bit are taken as they come.
// Offsets count bytes of the message as it was given; the bytes themselves are not kept.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mime/limits.h"
#include "wire/mime/params.h"

namespace tegu::wire::mime {

struct Range {
  uint64_t begin = 0;
  uint64_t size = 0;
  uint64_t end() const { return begin + size; }
  bool operator==(const Range&) const = default;
};

// leaf: its body is content. multipart: its children are the parts. message: message/rfc822 or
// message/global; its one child is the root of the embedded message.
enum class PartKind : uint8_t { leaf, multipart, message };

constexpr uint32_t no_part = UINT32_MAX;

struct Part {
  uint32_t parent = no_part;  // always less than the part's own index
  PartKind kind = PartKind::leaf;
  // There is more in it than the tree shows. A leaf: a container beyond a limit, or an embedded
  // message that is encoded (RFC 2046 5.2.1 forbids it); clients are shown
  // application/octet-stream. A multipart: parts beyond the limit follow, with everything after
  // them.
  bool opaque = false;
  // With the blank line. Of the root and of an embedded message's root: the message header.
  Range header;
  Range body;
  uint64_t lines = 0;  // line feeds in the body

  // Lower case; defaults of RFC 2045 5.2 and 2046 5.1.5 applied. Content-Type counts once: the
  // first.
  std::string type = "text";
  std::string subtype = "plain";
  Params params;
  // The rest as sent, unfolded; empty: absent.
  std::string id;
  std::string description;
  std::string encoding;  // lower case
  std::string disposition;
  Params disposition_params;
  std::vector<std::string> language;
  std::string location;
  std::string md5;
  // Of kind message: the embedded message's ENVELOPE, ready for the wire.
  std::string envelope;

  bool is(std::string_view wanted_type, std::string_view wanted_subtype) const {
    return type == wanted_type && subtype == wanted_subtype;
  }
  bool operator==(const Part&) const = default;
};

// parts[0] is the message itself and always there; parts stand in the order of the message, so
// children follow their parent.
struct Message {
  uint64_t size = 0;
  std::vector<Part> parts;

  const Part& root() const { return parts.front(); }
  // Indexes of the children of each part, in order.
  std::vector<std::vector<uint32_t>> children() const;
  bool operator==(const Message&) const = default;
};

// Linear in the size of the message, no recursion. Never fails.
Message parse(std::string_view message, const Limits& limits = {});

// The bytes of a range; empty where it lies outside.
std::string_view slice(std::string_view message, Range range);

}  // namespace tegu::wire::mime
