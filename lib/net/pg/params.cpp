#include "net/pg/params.h"

#include <algorithm>
#include <type_traits>

#include "net/pg/types.h"

namespace tegu::net::pg {

size_t Params::begin(uint32_t type) {
  slots_.push_back({type, bytes_.size(), 0});
  return bytes_.size();
}
Params& Params::end() {
  slots_.back().length = static_cast<int>(bytes_.size() - slots_.back().offset);
  return *this;
}

Params& Params::scalar(int64_t value) {
  begin(type::int8);
  type::append_number(bytes_, value);
  return end();
}
Params& Params::scalar(int32_t value) {
  begin(type::int4);
  type::append_number(bytes_, value);
  return end();
}
Params& Params::scalar(int16_t value) {
  begin(type::int2);
  type::append_number(bytes_, value);
  return end();
}
Params& Params::scalar(bool value) {
  begin(type::boolean);
  bytes_ += value ? '\1' : '\0';
  return end();
}

Params& Params::typed_null(uint32_t type) {
  slots_.push_back({type, bytes_.size(), -1});
  return *this;
}
Params& Params::null_of(int64_t) {
  return typed_null(type::int8);
}
Params& Params::null_of(int32_t) {
  return typed_null(type::int4);
}
Params& Params::null_of(int16_t) {
  return typed_null(type::int2);
}
Params& Params::null_of(bool) {
  return typed_null(type::boolean);
}
Params& Params::null() {
  return typed_null(0);
}

Params& Params::text(std::string_view value) {
  begin(type::text);
  bytes_ += value;
  return end();
}
Params& Params::text_or_null(const std::optional<std::string>& value) {
  return value ? text(*value) : typed_null(type::text);
}
Params& Params::bytes(std::string_view value) {
  bytes_.reserve(bytes_.size() + value.size());
  begin(type::bytea);
  bytes_ += value;
  return end();
}
Params& Params::bytes_or_null(const std::optional<std::string>& value) {
  return value ? bytes(*value) : typed_null(type::bytea);
}
Params& Params::time(base::WallTime value) {
  begin(type::timestamptz);
  type::append_number(bytes_, type::from_time(value));
  return end();
}
Params& Params::time_or_null(std::optional<base::WallTime> value) {
  return value ? time(*value) : typed_null(type::timestamptz);
}

static size_t octets_of(std::string_view value) {
  return value.size();
}
static size_t octets_of(const std::optional<std::string>& value) {
  return value ? value->size() : 0;
}

// Large values are copied once, not at each growth.
template <class Values>
void Params::reserve(const Values& values) {
  if constexpr (requires { octets_of(*values.begin()); }) {
    // Five numbers in front of all, a length in front of each.
    size_t size = bytes_.size() + 5 * sizeof(int32_t);
    for (const auto& value : values) size += sizeof(int32_t) + octets_of(value);
    if (size > bytes_.capacity()) bytes_.reserve(std::max(size, 2 * bytes_.capacity()));
  }
}

// One dimension, lower bound 1; an empty array has no dimension at all.
template <class Values, class Write>
Params& Params::array(uint32_t array_type, uint32_t type, const Values& values, Write write) {
  begin(array_type);
  reserve(values);
  type::append_number<int32_t>(bytes_, values.empty() ? 0 : 1);
  size_t has_null = bytes_.size();
  type::append_number<int32_t>(bytes_, 0);
  type::append_number<uint32_t>(bytes_, type);
  if (values.empty()) return end();
  type::append_number(bytes_, static_cast<int32_t>(values.size()));
  type::append_number<int32_t>(bytes_, 1);
  for (const auto& value : values) {
    size_t length_at = bytes_.size();
    type::append_number<int32_t>(bytes_, -1);
    if (!write(bytes_, value)) {
      bytes_[has_null + 3] = 1;
      continue;
    }
    type::put_number(bytes_.data() + length_at,
                     static_cast<int32_t>(bytes_.size() - length_at - 4));
  }
  return end();
}

static constexpr auto write_number = [](std::string& out, auto value) {
  type::append_number(out, value);
  return true;
};
static constexpr auto write_bytes = [](std::string& out, std::string_view value) {
  out += value;
  return true;
};
static constexpr auto write_time = [](std::string& out, base::WallTime value) {
  type::append_number(out, type::from_time(value));
  return true;
};
template <class Write>
static auto nullable(Write write) {
  return [write](std::string& out, const auto& value) { return value && write(out, *value); };
}

Params& Params::int8s(std::span<const int64_t> values) {
  return array(type::int8_array, type::int8, values, write_number);
}
Params& Params::int4s(std::span<const int32_t> values) {
  return array(type::int4_array, type::int4, values, write_number);
}
Params& Params::int2s(std::span<const int16_t> values) {
  return array(type::int2_array, type::int2, values, write_number);
}
Params& Params::bools(const std::vector<bool>& values) {
  return array(type::boolean_array, type::boolean, values, [](std::string& out, bool value) {
    out += value ? '\1' : '\0';
    return true;
  });
}
Params& Params::texts(std::span<const std::string> values) {
  return array(type::text_array, type::text, values, write_bytes);
}
Params& Params::texts(std::span<const std::string_view> values) {
  return array(type::text_array, type::text, values, write_bytes);
}
Params& Params::byteas(std::span<const std::string> values) {
  return array(type::bytea_array, type::bytea, values, write_bytes);
}
Params& Params::byteas(std::span<const std::string_view> values) {
  return array(type::bytea_array, type::bytea, values, write_bytes);
}
Params& Params::times(std::span<const base::WallTime> values) {
  return array(type::timestamptz_array, type::timestamptz, values, write_time);
}
Params& Params::int8s_or_null(std::span<const std::optional<int64_t>> values) {
  return array(type::int8_array, type::int8, values, nullable(write_number));
}
Params& Params::int4s_or_null(std::span<const std::optional<int32_t>> values) {
  return array(type::int4_array, type::int4, values, nullable(write_number));
}
Params& Params::texts_or_null(std::span<const std::optional<std::string>> values) {
  return array(type::text_array, type::text, values, nullable(write_bytes));
}
Params& Params::byteas_or_null(std::span<const std::optional<std::string>> values) {
  return array(type::bytea_array, type::bytea, values, nullable(write_bytes));
}
Params& Params::times_or_null(std::span<const std::optional<base::WallTime>> values) {
  return array(type::timestamptz_array, type::timestamptz, values, nullable(write_time));
}

}  // namespace tegu::net::pg
