// The World of a running daemon: tegu-router says who may log in, tegu.conf gives the certificate,
// the table of settings the settings.
#pragma once
#include "daemon/runtime.h"
#include "net/peer/router.h"
#include "world.h"

namespace tegu::imapd {

class RouterWorld : public World {
 public:
  explicit RouterWorld(daemon::Runtime& runtime)
      : runtime_(runtime), router_(runtime.loop, runtime.conf.run_dir) {}
  // Keeps the connection to the router; the owner spawns it.
  io::Task<void> run() { return router_.run(); }

  io::Task<std::optional<Principal>> login(LoginAttempt attempt) override;
  bool offers_tls() const override { return runtime_.tls("imap").has_value(); }
  io::Task<std::unique_ptr<io::Stream>> start_tls(std::unique_ptr<io::Stream> plain) override;
  base::Settings settings() const override { return runtime_.settings(); }

 private:
  daemon::Runtime& runtime_;
  net::peer::Router router_;
};

}  // namespace tegu::imapd
