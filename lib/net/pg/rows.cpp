#include "net/pg/rows.h"

#include <libpq-fe.h>

#include "base/text.h"
#include "net/pg/error.h"
#include "net/pg/types.h"

namespace tegu::net::pg {

void Rows::Clear::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

size_t Rows::size() const {
  return result_ ? static_cast<size_t>(PQntuples(result_.get())) : 0;
}

Row Rows::one() const {
  if (size() != 1) throw Error("database: one row wanted, got " + std::to_string(size()));
  return (*this)[0];
}

int64_t Rows::affected() const {
  if (!result_) return 0;
  return base::parse_number<int64_t>(PQcmdTuples(result_.get())).value_or(0);
}

std::string_view Rows::command() const {
  return result_ ? PQcmdStatus(result_.get()) : "";
}

void Row::wrong(int column, const char* wanted) const {
  const char* name = PQfname(result_, column);
  throw Error("database: column " + std::string(name ? name : std::to_string(column)) +
              (is_null(column) ? " is NULL, wanted " : " is not ") + wanted);
}

bool Row::is_null(int column) const {
  return PQgetisnull(result_, row_, column) != 0;
}

static std::optional<int64_t> integer(std::string_view bytes) {
  switch (bytes.size()) {
    case 8:
      return type::read_number<int64_t>(bytes.data());
    case 4:
      return type::read_number<int32_t>(bytes.data());
    case 2:
      return type::read_number<int16_t>(bytes.data());
    default:
      return std::nullopt;
  }
}

std::string_view Row::bytes(int column) const {
  if (is_null(column)) wrong(column, "a value");
  return {PQgetvalue(result_, row_, column),
          static_cast<size_t>(PQgetlength(result_, row_, column))};
}

static bool is_integer(Oid oid) {
  return oid == type::int8 || oid == type::int4 || oid == type::int2;
}

int64_t Row::int8(int column) const {
  if (is_null(column) || !is_integer(PQftype(result_, column))) wrong(column, "an integer");
  return *integer(bytes(column));
}

int32_t Row::int4(int column) const {
  if (is_null(column) || !is_integer(PQftype(result_, column)) ||
      PQftype(result_, column) == type::int8) {
    wrong(column, "an int4");
  }
  return static_cast<int32_t>(*integer(bytes(column)));
}

bool Row::boolean(int column) const {
  if (is_null(column) || PQftype(result_, column) != type::boolean) wrong(column, "a boolean");
  return bytes(column)[0] != 0;
}

base::WallTime Row::time(int column) const {
  if (is_null(column) || PQftype(result_, column) != type::timestamptz) {
    wrong(column, "a timestamptz");
  }
  return type::to_time(*integer(bytes(column)));
}

std::optional<int64_t> Row::int8_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional(int8(column));
}
std::optional<int32_t> Row::int4_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional(int4(column));
}
std::optional<bool> Row::boolean_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional(boolean(column));
}
std::optional<std::string_view> Row::bytes_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional(bytes(column));
}
std::optional<base::WallTime> Row::time_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional(time(column));
}

// The elements of an array; nothing when it is not well-formed, has NULLs or over one dimension.
static std::optional<std::vector<std::string_view>> elements(std::string_view bytes) {
  constexpr size_t head = 12, dimension = 8;
  if (bytes.size() < head) return std::nullopt;
  auto dimensions = type::read_number<int32_t>(bytes.data());
  std::vector<std::string_view> found;
  if (dimensions == 0) return found;
  if (dimensions != 1 || bytes.size() < head + dimension) return std::nullopt;
  auto count = type::read_number<int32_t>(bytes.data() + head);
  bytes.remove_prefix(head + dimension);
  for (int32_t i = 0; i < count; i++) {
    if (bytes.size() < 4) return std::nullopt;
    auto length = type::read_number<int32_t>(bytes.data());
    bytes.remove_prefix(4);
    if (length < 0 || static_cast<size_t>(length) > bytes.size()) return std::nullopt;
    found.push_back(bytes.substr(0, static_cast<size_t>(length)));
    bytes.remove_prefix(static_cast<size_t>(length));
  }
  return found;
}

std::vector<int64_t> Row::int8s(int column) const {
  Oid oid = PQftype(result_, column);
  auto found = elements(bytes(column));
  if (!found || (oid != type::int8_array && oid != type::int4_array && oid != type::int2_array)) {
    wrong(column, "an array of integers");
  }
  std::vector<int64_t> values;
  values.reserve(found->size());
  for (std::string_view element : *found) {
    auto value = integer(element);
    if (!value) wrong(column, "an array of integers");
    values.push_back(*value);
  }
  return values;
}

std::vector<int32_t> Row::int4s(int column) const {
  if (PQftype(result_, column) == type::int8_array) wrong(column, "an int4[]");
  auto wide = int8s(column);
  return {wide.begin(), wide.end()};
}

std::vector<bool> Row::bools(int column) const {
  auto found = elements(bytes(column));
  if (!found || PQftype(result_, column) != type::boolean_array) wrong(column, "a boolean[]");
  std::vector<bool> values;
  for (std::string_view element : *found) values.push_back(!element.empty() && element[0] != 0);
  return values;
}

std::vector<std::string> Row::byteas(int column) const {
  auto found = elements(bytes(column));
  if (!found) wrong(column, "an array without NULLs");
  return {found->begin(), found->end()};
}

std::vector<base::WallTime> Row::times(int column) const {
  auto found = elements(bytes(column));
  if (!found || PQftype(result_, column) != type::timestamptz_array) {
    wrong(column, "a timestamptz[]");
  }
  std::vector<base::WallTime> values;
  for (std::string_view element : *found) {
    auto value = integer(element);
    if (!value) wrong(column, "a timestamptz[]");
    values.push_back(type::to_time(*value));
  }
  return values;
}

}  // namespace tegu::net::pg
