// The binary forms of PostgreSQL values (src/backend/utils/adt/*: typsend, typreceive), big-endian,
// and the fixed oids of their types (pg_type.dat).
#pragma once
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tegu::net::pg::type {

inline constexpr uint32_t boolean = 16, bytea = 17, int8 = 20, int2 = 21, int4 = 23, text = 25,
                          timestamptz = 1184;
inline constexpr uint32_t boolean_array = 1000, bytea_array = 1001, int2_array = 1005,
                          int4_array = 1007, text_array = 1009, int8_array = 1016,
                          timestamptz_array = 1185;

template <class T>
void put_number(char* out, T value) {
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  std::memcpy(out, &value, sizeof value);
}
template <class T>
void append_number(std::string& out, T value) {
  char bytes[sizeof value];
  put_number(bytes, value);
  out.append(bytes, sizeof value);
}
template <class T>
T read_number(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  return value;
}

// timestamptz counts microseconds from 2000-01-01 UTC.
inline constexpr std::chrono::microseconds epoch_offset = std::chrono::seconds(946684800);
inline int64_t from_time(base::WallTime time) {
  return (time.time_since_epoch() - epoch_offset).count();
}
inline base::WallTime to_time(int64_t value) {
  return base::WallTime(std::chrono::microseconds(value) + epoch_offset);
}

}  // namespace tegu::net::pg::type
