// Owners of OpenSSL's objects, and its last error in words. Only for lib/io and others that call
// OpenSSL themselves.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>

#include "base/handle.h"

namespace tegu::io {

using SslPtr = base::Handle<SSL, SSL_free>;
using BioPtr = base::Handle<BIO, BIO_free_all>;
using X509Ptr = base::Handle<X509, X509_free>;
using X509ExtensionPtr = base::Handle<X509_EXTENSION, X509_EXTENSION_free>;
using KeyPtr = base::Handle<EVP_PKEY, EVP_PKEY_free>;

// The newest entry of this thread's error queue, which is emptied; "unknown error" without one.
std::string openssl_error();

}  // namespace tegu::io
