// Reads the fields of a JSON object that a peer sent: types, ranges and lengths are checked, the
// first mistake is kept and makes everything after it empty. Unknown fields are ignored, so that a
// newer peer may say more.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tegu::wire::peer {

using Json = nlohmann::json;

// A string of any octets: as it is when UTF-8, else {"base64":"..."}; Fields::text reads both.
Json octets(std::string_view text);

class Fields {
 public:
  // The object must outlive the Fields.
  explicit Fields(const Json& object);

  // Required; `most` octets.
  std::string text(const char* name, size_t most = 4096);
  std::string text_or(const char* name, std::string_view standard, size_t most = 4096);
  int64_t number(const char* name, int64_t least, int64_t most);
  int64_t number_or(const char* name, int64_t standard, int64_t least, int64_t most);
  bool flag(const char* name);  // missing: false
  // Required list or object; an empty one after a mistake. Valid as long as the object.
  const Json& list(const char* name, size_t most);
  const Json& object(const char* name);
  bool has(const char* name) const;
  // One of the values whose name() is the text.
  template <class Enum>
  Enum word(const char* name_of_field, std::initializer_list<Enum> values) {
    std::string text = this->text(name_of_field, 64);
    for (Enum value : values) {
      if (name(value) == text) return value;
    }
    fail(name_of_field, "unknown word");
    return *values.begin();
  }

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }  // "field: what is wrong"
  void fail(std::string_view field, std::string_view what);

 private:
  const Json* find(const char* name, bool required);
  const Json* object_;
  std::string error_;
};

}  // namespace tegu::wire::peer
