// Feeds wire/sasl: the server's steps of every mechanism with responses cut at 0xFF octets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/sasl/mechanism.h"

using namespace tegu::wire::sasl;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  for (std::string_view name : server_mechanisms()) {
    std::string_view rest = input;
    auto server = make_server(name);
    bool initial = rest.starts_with('i');
    ServerStep step = server->start(initial ? std::optional(rest.substr(1)) : std::nullopt);
    for (int turns = 0; std::holds_alternative<Challenge>(step); ++turns) {
      if (turns > 4) abort();
      size_t end = rest.find('\xff');
      step = server->next(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    if (const auto* credentials = std::get_if<Credentials>(&step)) {
      if (credentials->login.empty() || credentials->secret.empty()) abort();
      if (credentials->login.size() > max_name || credentials->secret.size() > max_secret) abort();
    }
  }
  return 0;
}
