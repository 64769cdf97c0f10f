#include "io/certificate.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "io/openssl.h"

using namespace tegu;
using namespace tegu::io;

TEST_CASE("io certificate: names, key and times", "[io]") {
  auto pair = make_self_signed({"mail.example.org", "*.example.org", "192.0.2.1", "2001:db8::1"});
  BioPtr bio(BIO_new_mem_buf(pair.certificate.data(), -1));
  X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(certificate);
  X509* x = certificate.get();
  for (const char* name : {"mail.example.org", "imap.example.org"}) {
    CHECK(X509_check_host(x, name, 0, 0, nullptr) == 1);
  }
  CHECK(X509_check_host(x, "example.com", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(x, "192.0.2.1", 0) == 1);
  CHECK(X509_check_ip_asc(x, "2001:db8::1", 0) == 1);
  CHECK(X509_check_ip_asc(x, "192.0.2.2", 0) == 0);
  CHECK(X509_cmp_current_time(X509_get0_notBefore(x)) < 0);
  CHECK(X509_cmp_current_time(X509_get0_notAfter(x)) > 0);
  BioPtr key_text(BIO_new_mem_buf(pair.key.data(), -1));
  KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  REQUIRE(key);
  CHECK(X509_check_private_key(x, key.get()) == 1);
  CHECK(X509_verify(x, key.get()) == 1);
}

TEST_CASE("io certificate: what is no name is refused", "[io]") {
  CHECK_THROWS_AS(make_self_signed({}), base::UsageError);
  for (std::string name : {"", "a b", "a,DNS:b", "a\n", "dirName:x", "a/b"}) {
    CHECK_THROWS_AS(make_self_signed({name}), base::UsageError);
  }
  CHECK_NOTHROW(make_self_signed({std::string(100, 'a') + ".example.org"}));
}
