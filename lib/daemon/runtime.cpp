#include "daemon/runtime.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/log.h"

namespace tegu::daemon {

static io::TlsContext make_context(const io::ServerCertificate& certificate,
                                   std::string_view service) {
  return io::TlsContext::server(
      {.certificates = {certificate}, .alpn = {}, .service = std::string(service)});
}

Certificate::Certificate(const Conf& conf) : conf_(conf) {
  read();
}

std::shared_ptr<const io::ServerCertificate> Certificate::current() const {
  std::lock_guard held(lock_);
  return current_;
}

void Certificate::read() {
  if (conf_.tls_certificate.empty()) return;
  auto fresh = std::make_shared<const io::ServerCertificate>(
      io::ServerCertificate::from_files(conf_.tls_certificate, conf_.tls_key));
  make_context(*fresh, "check");
  std::lock_guard held(lock_);
  current_ = std::move(fresh);
}

static base::Fd duplicate(const base::Fd& fd) {
  base::Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) base::throw_errno("duplicate a listening socket");
  return copy;
}

Runtime::Runtime(const Parts& parts, base::Settings settings)
    : loop(parts.loop),
      conf(parts.conf),
      database(parts.database),
      metrics(parts.metrics),
      workers(parts.workers),
      draining(parts.draining),
      index(parts.index),
      loops(parts.loops),
      doors_(parts.doors),
      certificate_(parts.certificate),
      control_(parts.control),
      settings_(std::move(settings)) {}

std::vector<base::Fd> Runtime::listeners(std::string_view service) const {
  std::vector<base::Fd> copies;
  auto found = doors_.tcp.find(service);
  if (found == doors_.tcp.end()) return copies;
  for (const auto& fd : found->second) copies.push_back(duplicate(fd));
  return copies;
}

base::Fd Runtime::socket(std::string_view name) const {
  auto found = doors_.local.find(name);
  if (found == doors_.local.end()) bug("daemon: a socket that was not declared");
  return duplicate(found->second);
}

std::optional<io::TlsContext> Runtime::tls(std::string_view service) {
  auto found = tls_.find(service);
  if (found != tls_.end()) return found->second;
  auto certificate = certificate_.current();
  if (!certificate) return std::nullopt;
  auto context = make_context(*certificate, service);
  tls_.emplace(service, context);
  return context;
}

void Runtime::control(std::string op, net::peer::Handler handler) {
  if (!control_) bug("daemon: control operations belong to loop 0");
  control_->on(std::move(op), std::move(handler));
}

void Runtime::reload() {
  tls_.clear();
  for (const auto& hook : on_reload) hook();
}

}  // namespace tegu::daemon
