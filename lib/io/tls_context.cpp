// TlsContext: what a certificate, a service and a policy make of OpenSSL (tls.h).
#include <openssl/ssl.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "io/openssl.h"
#include "io/tls.h"

namespace tegu::io {

std::string openssl_error() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "error " + std::to_string(code);
}

static std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw base::UsageError("cannot read " + path);
  return text.str();
}

ServerCertificate ServerCertificate::from_files(const std::string& chain_file,
                                                const std::string& key_file) {
  return {read_file(chain_file), read_file(key_file)};
}

namespace {

// What the callbacks of one SSL_CTX need; lives as long as it.
struct Extra {
  std::string alpn;  // wire format: each name with its length before it
  std::vector<std::shared_ptr<SSL_CTX>> by_name;  // owned here only
};

void free_extra(void*, void* extra, CRYPTO_EX_DATA*, int, long, void*) noexcept {
  delete static_cast<Extra*>(extra);
}

int extra_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_extra);
  return index;
}

Extra& extra_of(SSL_CTX* context) {
  return *static_cast<Extra*>(SSL_CTX_get_ex_data(context, extra_index()));
}

int choose_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                const unsigned char* offered, unsigned offered_length, void*) noexcept {
  const std::string& ours = extra_of(SSL_get_SSL_CTX(ssl)).alpn;
  unsigned char* match = nullptr;
  int found = SSL_select_next_proto(&match, chosen_length,
                                    reinterpret_cast<const unsigned char*>(ours.data()),
                                    static_cast<unsigned>(ours.size()), offered, offered_length);
  // RFC 7301 3.2: without a common protocol the handshake fails (ALPACA: no cross-protocol tricks).
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

int choose_certificate(SSL* ssl, int*, void*) noexcept {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name) return SSL_TLSEXT_ERR_OK;
  auto is_for = [&](SSL_CTX* context) {
    return X509_check_host(SSL_CTX_get0_certificate(context), name, 0, 0, nullptr) == 1;
  };
  if (is_for(SSL_get_SSL_CTX(ssl))) return SSL_TLSEXT_ERR_OK;
  for (auto& other : extra_of(SSL_get_SSL_CTX(ssl)).by_name) {
    if (!is_for(other.get())) continue;
    SSL_set_SSL_CTX(ssl, other.get());
    break;
  }
  return SSL_TLSEXT_ERR_OK;
}

std::string alpn_wire(const std::vector<std::string>& names) {
  std::string wire;
  for (auto& name : names) {
    if (name.empty() || name.size() > 255) throw base::UsageError("ALPN names have 1-255 bytes");
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

std::shared_ptr<SSL_CTX> make_context(const SSL_METHOD* method,
                                      const std::vector<std::string>& alpn) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) throw base::Error("TLS context: " + openssl_error());
  SSL_CTX* c = context.get();
  SSL_CTX_set_ex_data(c, extra_index(), new Extra{alpn_wire(alpn), {}});
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(c, 1);  // one system call for a record, not two
  return context;
}

void use_certificate(SSL_CTX* context, const ServerCertificate& certificate) {
  BioPtr chain(
      BIO_new_mem_buf(certificate.chain.data(), static_cast<int>(certificate.chain.size())));
  X509Ptr own(PEM_read_bio_X509_AUX(chain.get(), nullptr, nullptr, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) {
    throw base::UsageError("TLS certificate: " + openssl_error());
  }
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add0_chain_cert(context, next);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    throw base::UsageError("TLS certificate chain: " + openssl_error());
  }
  ERR_clear_error();
  auto no_password = [](char*, int, int, void*) noexcept { return -1; };
  BioPtr text(BIO_new_mem_buf(certificate.key.data(), static_cast<int>(certificate.key.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
  if (!key) throw base::UsageError("TLS key: not an unencrypted PEM key: " + openssl_error());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    throw base::UsageError("TLS key does not fit its certificate: " + openssl_error());
  }
}

std::shared_ptr<SSL_CTX> make_server(const ServerTls& settings,
                                     const ServerCertificate& certificate) {
  auto context = make_context(TLS_server_method(), settings.alpn);
  SSL_CTX* c = context.get();
  use_certificate(c, certificate);
  SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Of TLS 1.2 everything that is not broken: a peer on port 25 would rather come in the clear.
  SSL_CTX_set_cipher_list(c,
                          "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:"
                          "DHE+AES:RSA+AESGCM:RSA+AES:!aNULL:!eNULL:!PSK:!SRP:!MD5");
  SSL_CTX_set_dh_auto(c, 1);
  // Sessions live in tickets, never here. One is enough for a client that connects again.
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, 1);
  const std::string service = settings.service.substr(0, SSL_MAX_SSL_SESSION_ID_LENGTH);
  SSL_CTX_set_session_id_context(c, reinterpret_cast<const unsigned char*>(service.data()),
                                 static_cast<unsigned>(service.size()));
  if (!settings.alpn.empty()) SSL_CTX_set_alpn_select_cb(c, choose_alpn, nullptr);
  return context;
}

}  // namespace

TlsContext TlsContext::server(const ServerTls& settings) {
  if (settings.certificates.empty()) throw base::UsageError("TLS needs a certificate and its key");
  ERR_clear_error();
  auto context = make_server(settings, settings.certificates[0]);
  for (size_t i = 1; i < settings.certificates.size(); i++) {
    extra_of(context.get()).by_name.push_back(make_server(settings, settings.certificates[i]));
  }
  SSL_CTX_set_tlsext_servername_callback(context.get(), choose_certificate);
  return TlsContext(std::move(context));
}

TlsContext TlsContext::client(const ClientTls& settings) {
  ERR_clear_error();
  auto context = make_context(TLS_client_method(), settings.alpn);
  SSL_CTX* c = context.get();
  if (!settings.verify) {
    // RFC 7435: weak encryption is still better than none.
    SSL_CTX_set_cipher_list(c, "DEFAULT:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=1");
  }
  SSL_CTX_set_verify(c, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (settings.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(c);
  } else if (SSL_CTX_load_verify_file(c, settings.ca_file.c_str()) != 1) {
    throw base::UsageError("TLS authorities of " + settings.ca_file + ": " + openssl_error());
  }
  SSL_CTX_dane_enable(c);
  const std::string& wire = extra_of(c).alpn;
  if (!wire.empty()) {
    SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned>(wire.size()));
  }
  ERR_clear_error();
  return TlsContext(std::move(context));
}

}  // namespace tegu::io
