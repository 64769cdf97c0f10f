// TLS over a Stream, by OpenSSL: 1.2 and 1.3, no renegotiation, no compression. Over a SocketStream
// OpenSSL works on the descriptor itself; over any other Stream through memory. An idle connection
// gives its record buffers back.
//
// Contexts are values that share one SSL_CTX: certificates are changed by putting a new context in
// the place of the old one; connections that run keep theirs.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/stream.h"

struct ssl_ctx_st;  // OpenSSL

namespace tegu::io {

// A certificate chain (own certificate first) and its key, as PEM texts.
struct ServerCertificate {
  std::string chain;
  std::string key;
  // Throws UsageError when a file cannot be read.
  static ServerCertificate from_files(const std::string& chain_file, const std::string& key_file);
};

struct ServerTls {
  // The first one serves clients that name no host, or one that no certificate is for.
  std::vector<ServerCertificate> certificates;
  std::vector<std::string> alpn;  // in order of preference; empty: ALPN is not answered
  std::string service;  // sessions are resumed only with the same service ("imap", "smtp")
};

struct ClientTls {
  // Without it any certificate will do: the handshake goes on, TlsFacts::peer_verified tells.
  bool verify = true;
  std::string ca_file;  // PEM; empty: the system's store
  std::vector<std::string> alpn;
};

// RFC 6698 2.1. For DANE (RFC 7672) only records of a validated answer may be used.
struct TlsaRecord {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching = 0;
  std::string association;  // bytes
  bool operator==(const TlsaRecord&) const = default;
};

class TlsContext {
 public:
  // Throws UsageError that says which certificate or key is wrong, and how.
  static TlsContext server(const ServerTls& settings);
  static TlsContext client(const ClientTls& settings);

  ssl_ctx_st* native() const { return context_.get(); }

 private:
  explicit TlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st>
      context_;  // owned by all copies; its connections count for themselves
};

// The server's side of a handshake. What the client sent in the clear before it must have been read
// already (STARTTLS: and refused). Throws ConnectionLost with the reason, TimedOut, Cancelled.
Task<std::unique_ptr<Stream>> accept_tls(std::unique_ptr<Stream> plain, TlsContext context,
                                         Deadline deadline);

// The client's side. `server_name` is sent (SNI) and verified; it may be an IP address. With `tlsa`
// the certificate must match one of the usable records (DANE-TA, DANE-EE) instead of the CA store,
// whatever ClientTls::verify says.
Task<std::unique_ptr<Stream>> connect_tls(std::unique_ptr<Stream> plain, TlsContext context,
                                          std::string server_name, Deadline deadline,
                                          std::vector<TlsaRecord> tlsa = {});

}  // namespace tegu::io
