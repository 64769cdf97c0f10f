// Lines between the daemons (DESIGN 8): one JSON object a line, UTF-8, ended by LF. The first line
// of each side is the greeting {"protocol":"tegu-router","version":1}. A request is
// {"id":1,"op":"rcpt",...}; its answer {"id":1,"ok":true,...} or
// {"id":1,"ok":false,"error":"temporary|refused|bad_request","text":"..."}.
// Other daemons are believed as little as the network: every limit here holds for them too.
// Pure: knows no socket. man/tegu-peer.7 describes the protocol for people.
#pragma once
#include <cstdint>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tegu::wire::peer {

using Json = nlohmann::json;

constexpr size_t max_line = size_t{1} << 20;      // octets without the LF
constexpr size_t max_octets = size_t{128} << 10;  // that follow a line
constexpr int max_depth = 16;                     // objects and lists inside each other

// The object of a line (without its LF), or what is wrong with it.
[[nodiscard]] std::expected<Json, std::string> parse_line(std::string_view line);
// One line without LF. Strings that are not UTF-8 show U+FFFD; bytes() keeps such strings whole.
std::string format_line(const Json& object);

std::string format_greeting(std::string_view protocol, int version);
// Nothing when the peer speaks this protocol and version; else what it speaks, for a log.
[[nodiscard]] std::optional<std::string> refuse_greeting(std::string_view line,
                                                         std::string_view protocol, int version);

// How a request failed.
enum class Failure {
  temporary,    // the world is broken; the same request may succeed later
  refused,      // the answer is no and stays no
  bad_request,  // the request makes no sense: the asking program is wrong
};
std::string_view name(Failure failure);

// What a daemon asked: `id` matches the answer to it.
struct Call {
  int64_t id = 0;
  std::string op;
  int64_t octets = 0;  // that follow the line
};
[[nodiscard]] std::expected<Call, std::string> decode_call(const Json& request);

// What came back; on success the fields stay in the object.
struct Outcome {
  int64_t id = 0;
  std::optional<Failure> failure;
  std::string text;  // why it failed, one line for people
};
[[nodiscard]] std::expected<Outcome, std::string> decode_outcome(const Json& answer);

// Adds id and ok to the fields of an answer.
Json success(int64_t id, Json fields);
Json failed(int64_t id, Failure failure, std::string_view text);

}  // namespace tegu::wire::peer
