#include "wire/peer/line.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "wire/peer/fields.h"

namespace tegu::wire::peer {

// Before the parser sees it: a line of a million "[" must not cost a million nodes.
static bool too_deep(std::string_view line) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); i++) {
    char c = line[i];
    if (quoted) {
      if (c == '\\') i++;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return true;
    } else if (c == '}' || c == ']') {
      depth--;
    }
  }
  return false;
}

std::expected<Json, std::string> parse_line(std::string_view line) {
  if (line.size() > max_line) return std::unexpected("line is longer than 1 MiB");
  if (too_deep(line)) return std::unexpected("nested deeper than 16");
  Json object = Json::parse(line, nullptr, false);
  if (object.is_discarded()) return std::unexpected("not JSON");
  if (!object.is_object()) return std::unexpected("not a JSON object");
  return object;
}

std::string format_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string format_greeting(std::string_view protocol, int version) {
  return format_line({{"protocol", protocol}, {"version", version}});
}

std::optional<std::string> refuse_greeting(std::string_view line, std::string_view protocol,
                                           int version) {
  auto object = parse_line(line);
  if (!object) return "greeting: " + object.error();
  Fields fields(*object);
  std::string spoken = fields.text("protocol", 64);
  int64_t number = fields.number("version", 0, 1'000'000);
  if (!fields.ok()) return "greeting: " + fields.error();
  if (spoken == protocol && number == version) return std::nullopt;
  return fmt::format("peer speaks {} {}, wanted {} {}", base::escape_controls(spoken), number,
                     protocol, version);
}

std::string_view name(Failure failure) {
  switch (failure) {
    case Failure::temporary:
      return "temporary";
    case Failure::refused:
      return "refused";
    case Failure::bad_request:
      return "bad_request";
  }
  bug("peer failure");
}

std::expected<Call, std::string> decode_call(const Json& request) {
  Fields fields(request);
  Call call{fields.number("id", 0, INT64_MAX), fields.text("op", 64),
            fields.number_or("octets", 0, 0, int64_t{max_octets})};
  if (!fields.ok()) return std::unexpected(fields.error());
  if (call.op.empty()) return std::unexpected("op is empty");
  return call;
}

std::expected<Outcome, std::string> decode_outcome(const Json& answer) {
  Fields fields(answer);
  Outcome outcome{.id = fields.number("id", 0, INT64_MAX), .failure = {}, .text = {}};
  if (!fields.flag("ok")) {
    outcome.failure =
        fields.word("error", {Failure::temporary, Failure::refused, Failure::bad_request});
    outcome.text = fields.text_or("text", "", 4096);
  }
  if (!fields.ok()) return std::unexpected(fields.error());
  return outcome;
}

Json success(int64_t id, Json fields) {
  if (fields.is_null()) fields = Json::object();
  fields["id"] = id;
  fields["ok"] = true;
  return fields;
}

Json failed(int64_t id, Failure failure, std::string_view text) {
  return {{"id", id}, {"ok", false}, {"error", name(failure)}, {"text", text}};
}

}  // namespace tegu::wire::peer
