#include "wire/sasl/mechanism.h"

#include <algorithm>

#include "base/text.h"
#include "base/unicode.h"

namespace tegu::wire::sasl {
namespace {

std::optional<Malformed> check_name(std::string_view name) {
  if (name.size() > max_name) return Malformed{"name is too long"};
  if (name.contains('\0') || !base::is_utf8(name)) return Malformed{"name is not UTF-8 text"};
  return {};
}

ServerStep checked(std::string_view authorization, std::string_view login,
                   std::string_view secret) {
  if (login.empty()) return Malformed{"empty name"};
  // An empty secret would make an LDAP bind succeed anonymously (RFC 4513 5.1.2).
  if (secret.empty()) return Malformed{"empty password"};
  if (auto bad = check_name(authorization)) return *bad;
  if (auto bad = check_name(login)) return *bad;
  if (secret.size() > max_secret) return Malformed{"password is too long"};
  if (secret.contains('\0')) return Malformed{"NUL in password"};
  return Credentials(std::string(authorization), std::string(login), std::string(secret));
}

// RFC 4616 2: [authzid] NUL authcid NUL passwd
class PlainServer : public ServerMechanism {
 public:
  ServerStep start(std::optional<std::string_view> initial) override {
    return initial ? next(*initial) : Challenge{};
  }
  ServerStep next(std::string_view response) override {
    size_t first = response.find('\0');
    if (first == std::string_view::npos) return Malformed{"no NUL"};
    size_t second = response.find('\0', first + 1);
    if (second == std::string_view::npos) return Malformed{"only one NUL"};
    return checked(response.substr(0, first), response.substr(first + 1, second - first - 1),
                   response.substr(second + 1));
  }
};

// draft-murchison-sasl-login: two challenges whose text clients ignore.
class LoginServer : public ServerMechanism {
 public:
  ServerStep start(std::optional<std::string_view> initial) override {
    return initial ? next(*initial) : Challenge{"Username:"};
  }
  ServerStep next(std::string_view response) override {
    if (!named_) {
      // Whatever the name: a client that sends both at once must not have its password taken for a
      // command.
      login_ = response;
      named_ = true;
      return Challenge{"Password:"};
    }
    return checked({}, login_, response);
  }

 private:
  std::string login_;
  bool named_ = false;
};

class PlainClient : public ClientMechanism {
 public:
  explicit PlainClient(Credentials credentials) : credentials_(std::move(credentials)) {}
  std::string_view name() const override { return "PLAIN"; }
  std::optional<std::string> start() override {
    return credentials_.authorization + '\0' + credentials_.login + '\0' + credentials_.secret;
  }
  std::optional<std::string> next(std::string_view) override { return {}; }

 private:
  Credentials credentials_;
};

class LoginClient : public ClientMechanism {
 public:
  explicit LoginClient(Credentials credentials) : credentials_(std::move(credentials)) {}
  std::string_view name() const override { return "LOGIN"; }
  std::optional<std::string> start() override { return {}; }
  std::optional<std::string> next(std::string_view) override {
    switch (answered_++) {
      case 0:
        return credentials_.login;
      case 1:
        return credentials_.secret;
      default:
        return {};
    }
  }

 private:
  Credentials credentials_;
  int answered_ = 0;
};

constexpr std::string_view known[] = {"PLAIN", "LOGIN"};

}  // namespace

Credentials::Credentials(std::string authorization, std::string login, std::string secret)
    : authorization(std::move(authorization)), login(std::move(login)), secret(std::move(secret)) {}

Credentials::~Credentials() {
  base::wipe(secret);
}

std::span<const std::string_view> server_mechanisms() {
  return known;
}

std::unique_ptr<ServerMechanism> make_server(std::string_view mechanism) {
  if (base::iequals(mechanism, "PLAIN")) return std::make_unique<PlainServer>();
  if (base::iequals(mechanism, "LOGIN")) return std::make_unique<LoginServer>();
  return nullptr;
}

std::unique_ptr<ClientMechanism> make_client(std::span<const std::string> offered,
                                             Credentials credentials) {
  auto offers = [&](std::string_view name) {
    return std::ranges::any_of(offered,
                               [&](const std::string& one) { return base::iequals(one, name); });
  };
  if (offers("PLAIN")) return std::make_unique<PlainClient>(std::move(credentials));
  // LOGIN cannot say who to act as.
  if (offers("LOGIN") && credentials.authorization.empty())
    return std::make_unique<LoginClient>(std::move(credentials));
  return nullptr;
}

}  // namespace tegu::wire::sasl
