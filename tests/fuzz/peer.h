// What the fuzz targets of the daemons' sockets share.
#pragma once
#include <expected>
#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "wire/peer/line.h"

namespace tegu::fuzz {

// What decodes encodes and decodes to the same value; what does not, says why.
template <class T>
void same_again(const std::expected<T, std::string>& decoded,
                std::expected<T, std::string> (*decode)(const wire::peer::Json&)) {
  if (!decoded) {
    require(!decoded.error().empty());
    return;
  }
  auto line = wire::peer::parse_line(wire::peer::format_line(encode(*decoded)));
  require(line.has_value());
  auto again = decode(*line);
  require(again && *again == *decoded);
}

}  // namespace tegu::fuzz
