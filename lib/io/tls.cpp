#include "io/tls.h"

#include <sys/socket.h>

#include <cerrno>

#include "io/endpoint.h"
#include "io/openssl.h"
#include "io/socket.h"
#include "io/sync.h"

namespace tegu::io {
namespace {

// A BIO over a SocketStream's descriptor. OpenSSL's own would write() and raise SIGPIPE.
int socket_read(BIO* bio, char* into, size_t size, size_t* got) noexcept {
  BIO_clear_retry_flags(bio);
  auto& socket = *static_cast<SocketStream*>(BIO_get_data(bio));
  ssize_t result = ::recv(socket.fd(), into, size, 0);
  if (result < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (result == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  *got = result > 0 ? static_cast<size_t>(result) : 0;
  socket.turn().use(*got);
  return result > 0 ? 1 : static_cast<int>(result);
}

int socket_write(BIO* bio, const char* bytes, size_t size, size_t* sent) noexcept {
  BIO_clear_retry_flags(bio);
  auto& socket = *static_cast<SocketStream*>(BIO_get_data(bio));
  ssize_t result = ::send(socket.fd(), bytes, size, MSG_NOSIGNAL);
  if (result < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  *sent = result > 0 ? static_cast<size_t>(result) : 0;
  socket.turn().use(*sent);
  return result > 0 ? 1 : static_cast<int>(result);
}

long socket_control(BIO* bio, int command, long, void*) noexcept {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

const BIO_METHOD* socket_method() {
  using MethodPtr = base::Handle<BIO_METHOD, BIO_meth_free>;
  static const MethodPtr method = [] {
    MethodPtr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tegu socket"));
    BIO_meth_set_read_ex(made.get(), socket_read);
    BIO_meth_set_write_ex(made.get(), socket_write);
    BIO_meth_set_ctrl(made.get(), socket_control);
    return made;
  }();
  return method.get();
}

class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> plain, SslPtr ssl, std::string server_name);
  Task<void> handshake(Deadline deadline);
  Task<size_t> read_some(std::span<char> into, Deadline deadline) override;
  Task<void> write_all(std::string_view bytes, Deadline deadline) override;
  Task<void> close() override;
  TlsFacts tls() const override;

 private:
  // How an operation of OpenSSL ended; when the connection is dead, failure_ says why.
  int outcome(int result);
  bool has_turn() const { return !socket_ || !socket_->turn().is_over(); }
  void begin();
  Task<void> after_each(int error, Deadline deadline);
  Task<void> push(Deadline deadline);
  Task<void> pull(Deadline deadline);

  std::unique_ptr<Stream> plain_;
  SocketStream* socket_;  // plain_ when it is one; else bytes go through two memory BIOs
  SslPtr ssl_;            // uses plain_
  Semaphore pushing_{1};
  std::string server_name_;
  std::string failure_;
  bool dead_ = false;  // no further record may be sent
};

TlsStream::TlsStream(std::unique_ptr<Stream> plain, SslPtr ssl, std::string server_name)
    : plain_(std::move(plain)),
      socket_(dynamic_cast<SocketStream*>(plain_.get())),
      ssl_(std::move(ssl)),
      server_name_(std::move(server_name)) {
  if (socket_) {
    BIO* bio = BIO_new(socket_method());
    if (!bio) throw base::Error("TLS: " + openssl_error());
    BIO_set_data(bio, socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
  } else {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }
}

int TlsStream::outcome(int result) {
  const int system_error = errno;
  if (result == 1) return SSL_ERROR_NONE;
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ||
      error == SSL_ERROR_ZERO_RETURN) {
    return error;
  }
  dead_ = true;
  if (ERR_peek_last_error() != 0) {
    const long verify = SSL_get_verify_result(ssl_.get());
    const bool unverified =
        ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    failure_ = openssl_error();
    if (unverified) failure_ += std::string(": ") + X509_verify_cert_error_string(verify);
  } else {
    failure_ = system_error != 0 ? base::SystemError("TLS", system_error).what()
                                 : "the peer ended the connection without close_notify";
  }
  return error;
}

void TlsStream::begin() {
  if (dead_) throw ConnectionLost("the TLS connection is broken");
  ERR_clear_error();
  errno = 0;
}

// Sends what OpenSSL has for the peer, then waits for what it wants; throws when there is no way
// on.
Task<void> TlsStream::after_each(int error, Deadline deadline) {
  if (!socket_) co_await push(deadline);
  switch (error) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_ZERO_RETURN:
      co_return;
    case SSL_ERROR_WANT_READ:
      if (socket_) co_return co_await socket_->wait_readable(deadline);
      co_return co_await pull(deadline);
    case SSL_ERROR_WANT_WRITE:
      if (socket_) co_return co_await socket_->wait_writable(deadline);
      co_return;
    default:
      throw ConnectionLost("TLS: " + failure_);
  }
}

Task<void> TlsStream::push(Deadline deadline) {
  BIO* out = SSL_get_wbio(ssl_.get());
  if (BIO_pending(out) == 0) co_return;
  auto permit = co_await pushing_.acquire(deadline);
  if (!permit) throw TimedOut("the peer did not read in time");
  std::string bytes(static_cast<size_t>(BIO_pending(out)), '\0');
  if (bytes.empty()) co_return;
  BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  const bool was_dead = std::exchange(dead_, true);  // unless every byte went out
  co_await plain_->write_all(bytes, deadline);
  dead_ = was_dead;
}

Task<void> TlsStream::pull(Deadline deadline) {
  std::string bytes(16 * 1024 + 512, '\0');
  size_t got = co_await plain_->read_some(bytes, deadline);
  BIO* in = SSL_get_rbio(ssl_.get());
  if (got == 0) {
    BIO_set_mem_eof_return(in, 0);
  } else if (BIO_write(in, bytes.data(), static_cast<int>(got)) != static_cast<int>(got)) {
    throw ConnectionLost("TLS: " + openssl_error());
  }
}

Task<void> TlsStream::handshake(Deadline deadline) {
  for (;;) {
    if (!has_turn()) co_await socket_->take_turn(deadline);
    begin();
    const int error = outcome(SSL_do_handshake(ssl_.get()));
    co_await after_each(error, deadline);
    if (error == SSL_ERROR_NONE) co_return;
    if (error == SSL_ERROR_ZERO_RETURN) throw ConnectionLost("TLS: the peer gave up");
  }
}

Task<size_t> TlsStream::read_some(std::span<char> into, Deadline deadline) {
  for (;;) {
    if (!has_turn()) co_await socket_->take_turn(deadline);
    begin();
    size_t got = 0;
    const int error = outcome(SSL_read_ex(ssl_.get(), into.data(), into.size(), &got));
    // Most connections spend their lives in this line: the frame of after_each() is spared.
    if (error == SSL_ERROR_WANT_READ && socket_) {
      co_await socket_->wait_readable(deadline);
      continue;
    }
    if (error != SSL_ERROR_NONE || !socket_) co_await after_each(error, deadline);
    if (error == SSL_ERROR_NONE) co_return got;
    if (error == SSL_ERROR_ZERO_RETURN) co_return 0;
  }
}

Task<void> TlsStream::write_all(std::string_view bytes, Deadline deadline) {
  // A record that is given up halfway leaves a stream that cannot go on.
  struct Guard {
    bool& dead;
    bool within = false;
    ~Guard() { dead |= within; }
  } guard{dead_};
  while (!bytes.empty()) {
    if (!has_turn()) co_await socket_->take_turn(deadline);
    begin();
    size_t sent = 0;
    const int error = outcome(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent));
    guard.within = error != SSL_ERROR_NONE;
    bytes.remove_prefix(sent);
    if (error != SSL_ERROR_NONE || !socket_) co_await after_each(error, deadline);
  }
}

Task<void> TlsStream::close() {
  try {
    if (!dead_ && SSL_is_init_finished(ssl_.get())) {
      const Deadline soon = after(std::chrono::seconds(1));
      // 0: our close_notify is out; the peer's is not waited for (RFC 8446 6.1).
      for (;;) {
        if (!has_turn()) co_await socket_->take_turn(soon);
        begin();
        int result = SSL_shutdown(ssl_.get());
        const int error = outcome(result == 0 ? 1 : result);
        if (error == SSL_ERROR_WANT_READ) break;
        co_await after_each(error, soon);
        if (error != SSL_ERROR_WANT_WRITE) break;
      }
    }
  } catch (const base::Error&) {
    // The peer has gone before we could say goodbye.
  }
  dead_ = true;
  co_await plain_->close();
}

TlsFacts TlsStream::tls() const {
  TlsFacts facts;
  SSL* ssl = ssl_.get();
  facts.version = SSL_get_version(ssl);
  facts.cipher = SSL_get_cipher_name(ssl);
  facts.bits = SSL_get_cipher_bits(ssl, nullptr);
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &length);
  if (length > 0) facts.alpn.assign(reinterpret_cast<const char*>(protocol), length);
  if (SSL_is_server(ssl)) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name) facts.server_name = name;
  } else {
    facts.server_name = server_name_;
    facts.peer_verified = SSL_get0_peer_certificate(ssl) && SSL_get_verify_result(ssl) == X509_V_OK;
  }
  return facts;
}

SslPtr new_ssl(const TlsContext& context) {
  ERR_clear_error();
  SslPtr ssl(SSL_new(context.native()));
  if (!ssl) throw base::Error("TLS: " + openssl_error());
  return ssl;
}

void expect(SSL* ssl, const std::string& server_name, const std::vector<TlsaRecord>& tlsa) {
  const bool is_address = Endpoint::from_address(server_name, 0).has_value();
  if (!tlsa.empty()) {
    SSL_dane_enable(ssl, server_name.c_str());
    // RFC 7672 3.1.1: with DANE-EE(3) names and dates of the certificate do not matter.
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    bool usable = false;
    for (auto& record : tlsa) {
      // RFC 7672 3.1.3: PKIX-TA(0) and PKIX-EE(1) are not for SMTP.
      if (record.usage != 2 && record.usage != 3) continue;
      usable |= SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching,
                                  reinterpret_cast<const unsigned char*>(record.association.data()),
                                  record.association.size()) > 0;
    }
    if (!usable) throw ConnectionLost("TLS: no usable TLSA record of " + server_name);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  } else if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name.c_str());
  } else if (!server_name.empty()) {
    SSL_set1_host(ssl, server_name.c_str());
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // RFC 6066 3: only host names are sent.
  if (!is_address && !server_name.empty()) SSL_set_tlsext_host_name(ssl, server_name.c_str());
  ERR_clear_error();
}

}  // namespace

Task<std::unique_ptr<Stream>> accept_tls(std::unique_ptr<Stream> plain, TlsContext context,
                                         Deadline deadline) {
  SslPtr ssl = new_ssl(context);
  SSL_set_accept_state(ssl.get());
  auto stream = std::make_unique<TlsStream>(std::move(plain), std::move(ssl), std::string());
  co_await stream->handshake(deadline);
  co_return std::move(stream);
}

Task<std::unique_ptr<Stream>> connect_tls(std::unique_ptr<Stream> plain, TlsContext context,
                                          std::string server_name, Deadline deadline,
                                          std::vector<TlsaRecord> tlsa) {
  SslPtr ssl = new_ssl(context);
  if (server_name.ends_with('.')) server_name.pop_back();
  expect(ssl.get(), server_name, tlsa);
  SSL_set_connect_state(ssl.get());
  auto stream =
      std::make_unique<TlsStream>(std::move(plain), std::move(ssl), std::move(server_name));
  co_await stream->handshake(deadline);
  co_return std::move(stream);
}

}  // namespace tegu::io
