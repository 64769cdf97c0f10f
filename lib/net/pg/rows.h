// What comes back: rows in binary. A value of another type than asked for, and NULL where the
// caller did not expect it, throw Error: the schema is not what the code believes.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

struct pg_result;  // libpq's; raw C types do not leave this folder

namespace tegu::net::pg {

// Borrowed from its Rows. Columns count from 0.
class Row {
 public:
  bool is_null(int column) const;
  // int2, int4 and int8 columns.
  int64_t int8(int column) const;
  // int2 and int4 columns.
  int32_t int4(int column) const;
  bool boolean(int column) const;
  // text, varchar, char, name, json; the view lives as long as the Rows.
  std::string_view text(int column) const { return bytes(column); }
  std::string_view bytes(int column) const;
  base::WallTime time(int column) const;

  std::optional<int64_t> int8_or_null(int column) const;
  std::optional<int32_t> int4_or_null(int column) const;
  std::optional<bool> boolean_or_null(int column) const;
  std::optional<std::string_view> text_or_null(int column) const { return bytes_or_null(column); }
  std::optional<std::string_view> bytes_or_null(int column) const;
  std::optional<base::WallTime> time_or_null(int column) const;

  // One-dimensional arrays without NULL elements (int8s also from int2[] and int4[]).
  std::vector<int64_t> int8s(int column) const;
  std::vector<int32_t> int4s(int column) const;
  std::vector<bool> bools(int column) const;
  std::vector<std::string> texts(int column) const { return byteas(column); }
  std::vector<std::string> byteas(int column) const;
  std::vector<base::WallTime> times(int column) const;

 private:
  friend class Rows;
  Row(const pg_result* result, int row) : result_(result), row_(row) {}
  [[noreturn]] void wrong(int column, const char* wanted) const;
  const pg_result* result_;
  int row_;
};

class Rows {
 public:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  using Result = std::unique_ptr<pg_result, Clear>;

  Rows() = default;
  explicit Rows(Result result) : result_(std::move(result)) {}
  size_t size() const;
  bool empty() const { return size() == 0; }
  Row operator[](size_t i) const { return Row(result_.get(), static_cast<int>(i)); }
  // The only row; any other count throws Error.
  Row one() const;
  // Rows that an INSERT, UPDATE, DELETE or SELECT touched.
  int64_t affected() const;
  // "COMMIT", "INSERT 0 1" ...
  std::string_view command() const;

  class Iterator {
   public:
    Iterator(const Rows& rows, size_t at) : rows_(&rows), at_(at) {}
    Row operator*() const { return (*rows_)[at_]; }
    Iterator& operator++() {
      at_++;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const Rows* rows_;
    size_t at_;
  };
  Iterator begin() const { return Iterator(*this, 0); }
  Iterator end() const { return Iterator(*this, size()); }

 private:
  Result result_;
};

}  // namespace tegu::net::pg
