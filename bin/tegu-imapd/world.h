// The world around a session, apart from the store: who may log in, TLS, settings. Tests give their
// own.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/settings.h"
#include "io/stream.h"
#include "io/task.h"

namespace tegu::imapd {

// Who a login belongs to; nothing: login or password is wrong.
struct Principal {
  base::AccountId account;
  std::string address;  // canonical
};
struct LoginAttempt {
  std::string login;
  std::string password;
  std::string peer;  // address of the client
};

class World {
 public:
  virtual ~World() = default;
  // Throws base::Error when nobody can tell now.
  virtual io::Task<std::optional<Principal>> login(LoginAttempt attempt) = 0;
  virtual bool offers_tls() const = 0;
  // The server's side of a handshake; throws io::ConnectionLost.
  virtual io::Task<std::unique_ptr<io::Stream>> start_tls(std::unique_ptr<io::Stream> plain) = 0;
  // A snapshot; settings change while sessions live.
  virtual base::Settings settings() const = 0;
};

}  // namespace tegu::imapd
