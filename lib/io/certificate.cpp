#include "io/certificate.h"

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"
#include "io/endpoint.h"
#include "io/openssl.h"

namespace tegu::io {

static void check(bool ok, const char* what) {
  if (!ok) throw base::Error(std::string(what) + ": " + openssl_error());
}

// The list is parsed by OpenSSL: nothing but names may come near it.
static std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (auto& name : names) {
    if (!list.empty()) list += ',';
    if (Endpoint::from_address(name, 0)) {
      list += "IP:" + name;
      continue;
    }
    for (char c : name) {
      if (!base::is_alnum(c) && c != '-' && c != '.' && c != '_' && c != '*') {
        throw base::UsageError("not a host name: " + base::escape_controls(name));
      }
    }
    if (name.empty() || name.size() > 253) throw base::UsageError("not a host name: " + name);
    list += "DNS:" + name;
  }
  return list;
}

static void add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "certificate extension");
}

static std::string take_text(const BioPtr& bio) {
  char* bytes = nullptr;
  long length = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(length));
}

CertificateAndKey make_self_signed(const std::vector<std::string>& names, std::chrono::days valid) {
  if (names.empty()) throw base::UsageError("a certificate needs a name");
  const std::string alternatives = alternative_names(names);
  KeyPtr key(EVP_EC_gen("P-256"));
  X509Ptr certificate(X509_new());
  check(key && certificate, "certificate key");
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  // RFC 5280 4.1.2.2: positive, unique, at most 20 octets.
  std::string serial = base::random_bytes(16);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);
  base::Handle<BIGNUM, BN_free> number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                static_cast<int>(serial.size()), nullptr));
  check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x)) != nullptr, "certificate");
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_time_adj_ex(X509_getm_notAfter(x), static_cast<int>(valid.count()), 0, nullptr);
  // RFC 5280: a common name has at most 64 characters; clients look at the alternative names only.
  const std::string common = names[0].substr(0, 64);
  X509_NAME* subject = X509_get_subject_name(x);
  X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common.data()),
                             static_cast<int>(common.size()), -1, 0);
  X509_set_issuer_name(x, subject);
  X509_set_pubkey(x, key.get());
  add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, NID_subject_key_identifier, "hash");
  add_extension(x, NID_subject_alt_name, alternatives);
  check(X509_sign(x, key.get(), EVP_sha256()) > 0, "signing a certificate");

  CertificateAndKey pair;
  BioPtr out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(out.get(), x) == 1, "writing a certificate");
  pair.certificate = take_text(out);
  BioPtr secret(BIO_new(BIO_s_secmem()));
  check(PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1,
        "writing a key");
  pair.key = take_text(secret);
  return pair;
}

}  // namespace tegu::io
