#include "wire/peer/fields.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::wire::peer {

Json octets(std::string_view text) {
  if (base::is_utf8(text)) return text;
  return {{"base64", base::base64_encode(text)}};
}

static const Json& empty_list() {
  static const Json empty = Json::array();
  return empty;
}

static const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

Fields::Fields(const Json& object) : object_(&object) {
  if (!object.is_object()) {
    object_ = &empty_object();
    fail("request", "not an object");
  }
}

void Fields::fail(std::string_view field, std::string_view what) {
  if (error_.empty()) error_ = fmt::format("{}: {}", field, what);
}

bool Fields::has(const char* name) const {
  return object_->contains(name);
}

const Json* Fields::find(const char* name, bool required) {
  if (!ok()) return nullptr;
  auto found = object_->find(name);
  if (found != object_->end()) return &*found;
  if (required) fail(name, "missing");
  return nullptr;
}

static std::optional<std::string> read_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  auto coded = value.find("base64");
  if (coded == value.end() || !coded->is_string()) return std::nullopt;
  return base::base64_decode(coded->get_ref<const std::string&>());
}

std::string Fields::text(const char* name, size_t most) {
  const Json* value = find(name, true);
  if (!value) return {};
  auto text = read_text(*value);
  if (!text) {
    fail(name, "wants a string");
    return {};
  }
  if (text->size() > most) {
    fail(name, fmt::format("longer than {} octets", most));
    return {};
  }
  return *std::move(text);
}

std::string Fields::text_or(const char* name, std::string_view standard, size_t most) {
  return has(name) ? text(name, most) : std::string(standard);
}

int64_t Fields::number(const char* name, int64_t least, int64_t most) {
  const Json* value = find(name, true);
  if (!value) return least;
  // An unsigned number over INT64_MAX would turn negative in get<int64_t>().
  bool fits = value->is_number_integer() &&
              (!value->is_number_unsigned() || value->get<uint64_t>() <= uint64_t{INT64_MAX});
  if (!fits) {
    fail(name, "wants an integer");
    return least;
  }
  auto number = value->get<int64_t>();
  if (number < least || number > most) {
    fail(name, fmt::format("wants {} to {}", least, most));
    return least;
  }
  return number;
}

int64_t Fields::number_or(const char* name, int64_t standard, int64_t least, int64_t most) {
  return has(name) ? number(name, least, most) : standard;
}

bool Fields::flag(const char* name) {
  const Json* value = find(name, false);
  if (!value) return false;
  if (!value->is_boolean()) {
    fail(name, "wants true or false");
    return false;
  }
  return value->get<bool>();
}

const Json& Fields::list(const char* name, size_t most) {
  const Json* value = find(name, true);
  if (!value) return empty_list();
  if (!value->is_array()) {
    fail(name, "wants a list");
    return empty_list();
  }
  if (value->size() > most) {
    fail(name, fmt::format("more than {} entries", most));
    return empty_list();
  }
  return *value;
}

const Json& Fields::object(const char* name) {
  const Json* value = find(name, true);
  if (!value) return empty_object();
  if (!value->is_object()) {
    fail(name, "wants an object");
    return empty_object();
  }
  return *value;
}

}  // namespace tegu::wire::peer
