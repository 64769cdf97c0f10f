// Both sides of TLS on one loop, over memory and over a socketpair.
#include "io/tls.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "base/ids.h"
#include "io/certificate.h"
#include "io/memory.h"
#include "io/openssl.h"
#include "io/socket.h"
#include "support/coroutines.h"

using namespace tegu;
using namespace tegu::io;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Pair {
  std::unique_ptr<Stream> client, server;
};

Pair memory_streams(Loop& loop, MemoryFaults client = {}, MemoryFaults server = {}) {
  auto [left, right] = memory_pair(loop);
  left->set(client);
  right->set(server);
  return {std::move(left), std::move(right)};
}

Pair socket_streams(Loop& loop) {
  auto [left, right] = test::socket_pair();
  return {std::make_unique<SocketStream>(loop, std::move(left)),
          std::make_unique<SocketStream>(loop, std::move(right))};
}

const CertificateAndKey& own() {
  static const CertificateAndKey pair = make_self_signed({"mail.example.org", "192.0.2.1"});
  return pair;
}

// A file with the certificate, as authority for clients.
class AuthorityFile {
 public:
  AuthorityFile() : path_("/tmp/tegu-test-" + base::random_name(10)) {
    std::ofstream(path_) << own().certificate;
  }
  ~AuthorityFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TlsContext server_context(std::vector<std::string> alpn = {}) {
  return TlsContext::server({{{own().certificate, own().key}}, std::move(alpn), "test"});
}
TlsContext any_client(std::vector<std::string> alpn = {}) {
  return TlsContext::client({.verify = false, .ca_file = {}, .alpn = std::move(alpn)});
}

struct Facts {
  TlsFacts client, server;
  std::string client_got, server_got;
};

Task<std::string> read_all(Stream& stream) {
  std::string got;
  char bytes[5000];
  while (size_t count = co_await stream.read_some(bytes, after(seconds(9)))) {
    got.append(bytes, count);
  }
  co_return got;
}

// The client asks, the server answers with the same bytes and closes.
Task<void> serve(std::unique_ptr<Stream> plain, TlsContext context, size_t expected, Facts& facts) {
  auto stream = co_await accept_tls(std::move(plain), context, after(seconds(9)));
  facts.server = stream->tls();
  char bytes[5000];
  while (facts.server_got.size() < expected) {
    size_t got = co_await stream->read_some(bytes, after(seconds(9)));
    if (got == 0) break;
    facts.server_got.append(bytes, got);
  }
  co_await stream->write_all(facts.server_got, after(seconds(9)));
  co_await stream->close();
}

Task<void> ask(std::unique_ptr<Stream> plain, TlsContext context, std::string name,
               std::string text, std::vector<TlsaRecord> tlsa, Facts& facts) {
  auto stream =
      co_await connect_tls(std::move(plain), context, name, after(seconds(9)), std::move(tlsa));
  facts.client = stream->tls();
  co_await stream->write_all(text, after(seconds(9)));
  facts.client_got = co_await read_all(*stream);
  co_await stream->close();
}

Task<Facts> talk(Loop& loop, Pair pair, TlsContext server, TlsContext client, std::string name,
                 std::string text, std::vector<TlsaRecord> tlsa = {}) {
  Facts facts;
  Scope scope(loop);
  scope.spawn(serve(std::move(pair.server), server, text.size(), facts));
  scope.spawn(ask(std::move(pair.client), client, name, text, std::move(tlsa), facts));
  co_await scope.enclose(scope.join());
  co_return facts;
}

// "ok", or why the client failed; the server may fail in any way.
Task<std::string> client_result(Loop& loop, TlsContext server, TlsContext client, std::string name,
                                std::vector<TlsaRecord> tlsa = {}) {
  struct Quiet {
    static Task<void> run(std::unique_ptr<Stream> plain, TlsContext context, Facts& facts) {
      try {
        co_await serve(std::move(plain), context, 2, facts);
      } catch (const ConnectionLost&) {
      }
    }
  };
  Facts facts;
  auto pair = memory_streams(loop);
  Scope scope(loop);
  scope.spawn(Quiet::run(std::move(pair.server), server, facts));
  try {
    co_await scope.enclose(ask(std::move(pair.client), client, name, "hi", std::move(tlsa), facts));
  } catch (const base::Error& error) {
    co_return error.what();
  }
  co_return facts.client.peer_verified ? "ok" : "unverified";
}

}  // namespace

TEST_CASE("io tls: both ways over memory and over a socket", "[io]") {
  Loop loop;
  std::string large(2'000'000, '\0');
  for (size_t i = 0; i < large.size(); i++) large[i] = static_cast<char>(i * 7 + i / 251);
  for (const std::string& text : {std::string("hi"), std::string(16384, 'x'), large}) {
    for (bool over_memory : {true, false}) {
      auto pair = over_memory ? memory_streams(loop) : socket_streams(loop);
      auto facts = loop.run_until_done(
          talk(loop, std::move(pair), server_context(), any_client(), "mail.example.org", text));
      CHECK(facts.client_got == text);
      CHECK(facts.client.version == "TLSv1.3");
      CHECK(facts.server.server_name == "mail.example.org");
      CHECK(facts.server.bits >= 128);
      CHECK(facts.server.cipher == facts.client.cipher);
      CHECK_FALSE(facts.client.peer_verified);
    }
  }
}

TEST_CASE("io tls: one byte at a time", "[io]") {
  Loop loop;
  auto pair = memory_streams(loop, {.read_at_most = 1}, {.read_at_most = 1});
  auto facts = loop.run_until_done(
      talk(loop, std::move(pair), server_context(), any_client(), "mail.example.org", "hello"));
  CHECK(facts.client_got == "hello");
}

TEST_CASE("io tls: certificates are verified by authority, name and address", "[io]") {
  Loop loop;
  AuthorityFile authority;
  auto verifying = TlsContext::client({.verify = true, .ca_file = authority.path(), .alpn = {}});
  auto strangers = TlsContext::client({});
  struct {
    TlsContext client;
    const char *name, *want;
  } table[] = {
      {verifying, "mail.example.org", "ok"},
      {verifying, "mail.example.org.", "ok"},
      {verifying, "192.0.2.1", "ok"},
      {verifying, "other.example.org", "TLS: certificate verify failed: hostname mismatch"},
      {verifying, "192.0.2.2", "TLS: certificate verify failed: IP address mismatch"},
      {strangers, "mail.example.org", "TLS: certificate verify failed: self-signed certificate"},
      {any_client(), "other.example.org", "unverified"},
  };
  for (auto& row : table) {
    INFO(row.name);
    CHECK(loop.run_until_done(client_result(loop, server_context(), row.client, row.name)) ==
          row.want);
  }
}

TEST_CASE("io tls: DANE takes the place of authorities", "[io]") {
  Loop loop;
  BioPtr text(BIO_new_mem_buf(own().certificate.data(), -1));
  X509Ptr certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  X509_pubkey_digest(certificate.get(), EVP_sha256(), digest, &length);
  X509_digest(certificate.get(), EVP_sha256(), digest, &length);
  const TlsaRecord right{3, 0, 1, std::string(reinterpret_cast<char*>(digest), length)};
  TlsaRecord wrong = right;
  wrong.association[0] ^= 1;
  const TlsaRecord pkix{1, 0, 1, right.association}, short_digest{3, 0, 1, "abc"};
  struct {
    std::vector<TlsaRecord> tlsa;
    const char *name, *want;
  } table[] = {
      {{right}, "mail.example.org", "ok"},
      {{wrong, right}, "mail.example.org", "ok"},
      {{right}, "other.example.org", "ok"},
      {{wrong},
       "mail.example.org",
       "TLS: certificate verify failed: no matching DANE TLSA records"},
      {{pkix}, "mail.example.org", "TLS: no usable TLSA record of mail.example.org"},
      {{short_digest}, "mail.example.org", "TLS: no usable TLSA record of mail.example.org"},
  };
  for (auto& row : table) {
    auto result = client_result(loop, server_context(), any_client(), row.name, row.tlsa);
    CHECK(loop.run_until_done(std::move(result)) == row.want);
  }
}

TEST_CASE("io tls: ALPN", "[io]") {
  Loop loop;
  auto facts = loop.run_until_done(talk(loop, memory_streams(loop), server_context({"h2", "imap"}),
                                        any_client({"pop3", "imap"}), "mail.example.org", "hi"));
  CHECK(facts.client.alpn == "imap");
  CHECK(facts.server.alpn == "imap");
  auto refused = client_result(loop, server_context({"imap"}), any_client({"smtp"}), "");
  CHECK(loop.run_until_done(std::move(refused)) == "TLS: tlsv1 alert no application protocol");
  facts = loop.run_until_done(talk(loop, memory_streams(loop), server_context(), any_client({"x"}),
                                   "mail.example.org", "hi"));
  CHECK(facts.client.alpn == "");
}

TEST_CASE("io tls: the name chooses the certificate", "[io]") {
  Loop loop;
  AuthorityFile authority;
  auto other = make_self_signed({"other.example.org"});
  auto server = TlsContext::server(
      {{{other.certificate, other.key}, {own().certificate, own().key}}, {}, "test"});
  auto client = TlsContext::client({.verify = true, .ca_file = authority.path(), .alpn = {}});
  CHECK(loop.run_until_done(client_result(loop, server, client, "mail.example.org")) == "ok");
  CHECK(loop.run_until_done(client_result(loop, server, any_client(), "nobody.example")) ==
        "unverified");
}

TEST_CASE("io tls: 1.2 will do, 1.1 will not", "[io]") {
  Loop loop;
  auto old = any_client(), older = any_client();
  SSL_CTX_set_max_proto_version(old.native(), TLS1_2_VERSION);
  auto facts = loop.run_until_done(
      talk(loop, socket_streams(loop), server_context(), old, "mail.example.org", "hi"));
  CHECK(facts.client_got == "hi");
  CHECK(facts.server.version == "TLSv1.2");
  SSL_CTX_set_min_proto_version(older.native(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(older.native(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(older.native(), "ALL:@SECLEVEL=0");
  CHECK(loop.run_until_done(client_result(loop, server_context(), older, "")) ==
        "TLS: tlsv1 alert protocol version");
}

TEST_CASE("io tls: wrong certificates and keys say so", "[io]") {
  auto other = make_self_signed({"other.example.org"});
  auto make = [](std::string chain, std::string key) {
    return TlsContext::server({{{std::move(chain), std::move(key)}}, {}, "test"});
  };
  CHECK_THROWS_WITH(make("", own().key), "TLS certificate: no start line");
  CHECK_THROWS_WITH(make(own().certificate, ""),
                    "TLS key: not an unencrypted PEM key: unsupported");
  CHECK_THROWS_WITH(make(own().certificate, other.key),
                    "TLS key does not fit its certificate: key values mismatch");
  CHECK_THROWS_AS(make(own().certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n", own().key),
                  base::UsageError);
  CHECK_NOTHROW(make(own().certificate + other.certificate, own().key));
  CHECK_THROWS_WITH(ServerCertificate::from_files("/nowhere", "/nowhere"), "cannot read /nowhere");
}

// The connection breaks after each byte of the whole talk, in both directions: nobody may believe
// that it ended in order.
TEST_CASE("io tls: cut at every byte is never an orderly end", "[io]") {
  Loop loop;
  auto server = server_context();
  auto client = any_client();
  size_t failures = 0;
  for (int fault = 0; fault < 4; fault++) {
    bool finished = false;
    for (size_t at = 0; !finished; at++) {
      REQUIRE(at < 5000);
      MemoryFaults faults;
      if (fault < 2) faults.end_after_writing = at;
      if (fault >= 2) faults.lose_after_writing = at;
      auto pair = fault % 2 ? memory_streams(loop, faults, {}) : memory_streams(loop, {}, faults);
      try {
        auto facts = loop.run_until_done(
            talk(loop, std::move(pair), server, client, "mail.example.org", "hello"));
        CHECK(facts.client_got == "hello");
        finished = true;
      } catch (const ConnectionLost&) {
        failures++;
      }
    }
  }
  CHECK(failures > 1000);
}

static Task<void> talk_only(Loop& loop, Pair pair, TlsContext server, TlsContext client) {
  co_await talk(loop, std::move(pair), server, client, "", std::string(500'000, 'x'));
}

TEST_CASE("io tls: cancelled at every wait", "[io]") {
  Loop loop;
  auto server = server_context();
  auto client = any_client();
  CHECK(test::cancel_at_every_wait(
            loop, [&] { return talk_only(loop, memory_streams(loop), server, client); }) > 3);
  CHECK(test::cancel_at_every_wait(
            loop, [&] { return talk_only(loop, socket_streams(loop), server, client); }) > 3);
}

static Task<void> silent_client(Loop& loop, Pair pair, TlsContext server) {
  (void)loop;
  co_await accept_tls(std::move(pair.server), server, after(milliseconds(1)));
}

TEST_CASE("io tls: a silent peer meets the deadline", "[io]") {
  Loop loop;
  CHECK_THROWS_AS(loop.run_until_done(silent_client(loop, socket_streams(loop), server_context())),
                  TimedOut);
  CHECK_THROWS_AS(loop.run_until_done(silent_client(loop, memory_streams(loop), server_context())),
                  TimedOut);
}

static Task<void> plain_talker(Loop& loop, Pair pair, TlsContext server) {
  (void)loop;
  co_await pair.client->write_all("EHLO client.example\r\n", never);
  co_await accept_tls(std::move(pair.server), server, never);
}

TEST_CASE("io tls: plain text instead of a handshake", "[io]") {
  Loop loop;
  CHECK_THROWS_WITH(loop.run_until_done(plain_talker(loop, socket_streams(loop), server_context())),
                    Catch::StartsWith("TLS: "));
}
