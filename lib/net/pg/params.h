// What is sent: statements and their parameters, in PostgreSQL's binary format. Each parameter is
// declared with the type it is added as, so that "$1::jsonb" after text() is a cast and not a
// guess.
#pragma once
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace tegu::net::pg {

// Lives for ever (a constant beside the function that runs it) and is known by its address;
// prepared once a connection. `name` is unique in the program and shows in errors and
// pg_stat_activity. `read_only`: it changes nothing, so it is run again when its connection dies.
struct Statement {
  const char* name;
  const char* sql;
  bool read_only = false;
};

template <class T>
concept Scalar = std::same_as<T, int64_t> || std::same_as<T, int32_t> || std::same_as<T, int16_t> ||
                 std::same_as<T, bool>;

// Parameters in order: $1, $2 ... All bytes are copied in.
class Params {
 public:
  template <Scalar T>
  Params& add(T value) {
    return scalar(value);
  }
  template <Scalar T>
  Params& add(std::optional<T> value) {
    return value ? scalar(*value) : null_of(T{});
  }
  Params& text(std::string_view value);
  Params& text_or_null(const std::optional<std::string>& value);
  Params& bytes(std::string_view value);
  Params& bytes_or_null(const std::optional<std::string>& value);
  Params& time(base::WallTime value);
  Params& time_or_null(std::optional<base::WallTime> value);
  // NULL of a type that the server infers from the statement.
  Params& null();

  Params& int8s(std::span<const int64_t> values);
  Params& int4s(std::span<const int32_t> values);
  Params& int2s(std::span<const int16_t> values);
  Params& bools(const std::vector<bool>& values);
  Params& texts(std::span<const std::string> values);
  Params& texts(std::span<const std::string_view> values);
  Params& byteas(std::span<const std::string> values);
  Params& byteas(std::span<const std::string_view> values);
  Params& times(std::span<const base::WallTime> values);
  Params& int8s_or_null(std::span<const std::optional<int64_t>> values);
  Params& int4s_or_null(std::span<const std::optional<int32_t>> values);
  Params& texts_or_null(std::span<const std::optional<std::string>> values);
  Params& byteas_or_null(std::span<const std::optional<std::string>> values);
  Params& times_or_null(std::span<const std::optional<base::WallTime>> values);

  size_t size() const { return slots_.size(); }
  // For the connection: type oid and bytes (null pointer for NULL) of a parameter; the pointers
  // live until the next add.
  uint32_t type(size_t i) const { return slots_[i].type; }
  const char* value(size_t i) const {
    return slots_[i].length < 0 ? nullptr : bytes_.data() + slots_[i].offset;
  }
  int length(size_t i) const { return slots_[i].length < 0 ? 0 : slots_[i].length; }

 private:
  struct Slot {
    uint32_t type;
    size_t offset;
    int length;  // -1: NULL
  };
  Params& scalar(int64_t value);
  Params& scalar(int32_t value);
  Params& scalar(int16_t value);
  Params& scalar(bool value);
  Params& null_of(int64_t);
  Params& null_of(int32_t);
  Params& null_of(int16_t);
  Params& null_of(bool);
  Params& typed_null(uint32_t type);
  size_t begin(uint32_t type);
  Params& end();
  template <class Values>
  void reserve(const Values& values);
  template <class Values, class Write>
  Params& array(uint32_t array_type, uint32_t type, const Values& values, Write write);

  std::vector<Slot> slots_;
  std::string bytes_;
};

struct Call {
  const Statement* statement;
  Params params;
};

}  // namespace tegu::net::pg
