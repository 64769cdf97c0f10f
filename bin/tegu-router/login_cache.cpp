// Keyed digests of right logins.
#include "login_cache.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/error.h"
#include "base/text.h"

namespace tegu::router {

static constexpr size_t most_accounts = 50000;
static constexpr size_t most_of_an_account = 8;  // the password and app passwords

LoginCache::LoginCache() : key_(base::random_bytes(32)) {}
LoginCache::~LoginCache() {
  base::wipe(key_);
}

std::string LoginCache::digest(base::AccountId account, std::string_view password) const {
  std::string text = std::to_string(account.value) + ":";
  text += password;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length)) {
    bug("HMAC-SHA-256 failed");
  }
  base::wipe(text);
  return {reinterpret_cast<const char*>(digest), length};
}

bool LoginCache::knows(base::AccountId account, const std::string& digest, io::Deadline now) const {
  auto found = entries_.find(account.value);
  if (found == entries_.end()) return false;
  for (const Entry& entry : found->second) {
    if (entry.until > now && base::equal_constant_time(entry.digest, digest)) return true;
  }
  return false;
}

void LoginCache::remember(base::AccountId account, std::string digest, io::Deadline until,
                          uint64_t changes) {
  if (changes != changes_) return;
  if (entries_.size() >= most_accounts) entries_.erase(entries_.begin());
  auto& entries = entries_[account.value];
  std::erase_if(entries, [&](const Entry& entry) { return entry.digest == digest; });
  if (entries.size() >= most_of_an_account) entries.erase(entries.begin());
  entries.push_back({std::move(digest), until});
}

}  // namespace tegu::router
