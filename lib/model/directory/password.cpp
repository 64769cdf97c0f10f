#include "model/directory/password.h"

#include <crypt.h>
#include <string.h>

#include <memory>

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"

namespace tegu::model::directory {

static constexpr size_t longest_password = CRYPT_MAX_PASSPHRASE_SIZE - 1;

static bool is_usable(const std::string& password) {
  return !password.empty() && password.size() <= longest_password &&
         password.find('\0') == password.npos;
}

// crypt(3) of a password with a setting or hash; empty when libxcrypt refuses it. The scratch
// memory holds the password, so it is wiped.
static std::string crypt_once(const std::string& password, const std::string& setting) {
  struct Wipe {
    void operator()(crypt_data* data) const noexcept {
      explicit_bzero(data, sizeof *data);
      delete data;
    }
  };
  std::unique_ptr<crypt_data, Wipe> data(new crypt_data());
  const char* hash = crypt_r(password.c_str(), setting.c_str(), data.get());
  return hash && hash[0] != '*' ? hash : "";
}

static std::string new_setting(int cost) {
  std::string random = base::random_bytes(16);
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  if (!crypt_gensalt_rn("$y$", static_cast<unsigned long>(cost), random.data(),
                        static_cast<int>(random.size()), setting, sizeof setting)) {
    base::throw_errno("crypt_gensalt");
  }
  return setting;
}

std::string hash_password(const std::string& password, int cost) {
  if (!is_usable(password)) {
    throw base::UsageError("password: wants 1 to " + std::to_string(longest_password) +
                           " bytes without NUL");
  }
  std::string hash = crypt_once(password, new_setting(cost));
  if (hash.empty()) throw base::Error("crypt: no memory for a hash of this cost");
  return hash;
}

bool verify_password(const std::string& password, const std::string& hash) {
  if (!is_usable(password) || hash.empty()) return false;
  std::string got = crypt_once(password, hash);
  return !got.empty() && base::equal_constant_time(got, hash);
}

std::string dummy_hash(int cost) {
  // The hash of a secret that is forgotten at once.
  std::string secret = base::random_name(32);
  std::string hash = crypt_once(secret, new_setting(cost));
  base::wipe(secret);
  return hash;
}

}  // namespace tegu::model::directory
