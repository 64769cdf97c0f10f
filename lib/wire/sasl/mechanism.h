// SASL (RFC 4422) with the mechanisms that hand over a password: PLAIN (RFC 4616) and LOGIN (the
// draft that everybody speaks). Steps only: base64, "+", "334" and limits on lines are the
// protocol's; whether the password is right is the router's.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tegu::wire::sasl {

// In octets. RFC 4616 2 asks for 255 of a name; nobody types a secret longer than this.
constexpr size_t max_name = 255;
constexpr size_t max_secret = 1024;

// What the client claims. The secret is overwritten at the end.
struct Credentials {
  std::string authorization;  // who to act as; empty: the same as login
  std::string login;
  std::string secret;

  Credentials() = default;
  Credentials(std::string authorization, std::string login, std::string secret);
  Credentials(Credentials&&) = default;
  Credentials& operator=(Credentials&&) = default;
  ~Credentials();
};

struct Challenge {
  std::string text;  // not yet base64
};
// The message was malformed or over a limit. Says nothing about the secret.
struct Malformed {
  std::string_view why;
};
using ServerStep = std::variant<Challenge, Credentials, Malformed>;

// The server's half of one exchange.
class ServerMechanism {
 public:
  virtual ~ServerMechanism() = default;
  // The initial response if the client sent one; an empty one is not the same as none.
  virtual ServerStep start(std::optional<std::string_view> initial) = 0;
  // The answer to the last Challenge. After Credentials or Malformed: never again.
  virtual ServerStep next(std::string_view response) = 0;
};

// "PLAIN", "LOGIN": what make_server knows, best first.
std::span<const std::string_view> server_mechanisms();
// By name in any case; null for an unknown one.
std::unique_ptr<ServerMechanism> make_server(std::string_view mechanism);

// The client's half.
class ClientMechanism {
 public:
  virtual ~ClientMechanism() = default;
  virtual std::string_view name() const = 0;
  // The initial response, when the mechanism has the first word.
  virtual std::optional<std::string> start() = 0;
  // The answer to a challenge (base64 decoded); nothing: the server asks for more than the
  // mechanism has, give up.
  virtual std::optional<std::string> next(std::string_view challenge) = 0;
};
// The best of what the server offers (names in any case); null when none is known.
std::unique_ptr<ClientMechanism> make_client(std::span<const std::string> offered,
                                             Credentials credentials);

}  // namespace tegu::wire::sasl
