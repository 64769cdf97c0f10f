// Password hashes in crypt(5) form (libxcrypt). CPU and memory hungry on purpose: call these on a
// worker thread, never on a loop.
#pragma once
#include <string>
#include <string_view>

namespace tegu::model::directory {

// yescrypt with a random salt; each step of `cost` (1 to 11) doubles time and memory. A password
// with a NUL byte or over 511 bytes throws base::UsageError.
std::string hash_password(const std::string& password, int cost);

// False also for an empty password, one with a NUL byte, and a hash that is none.
bool verify_password(const std::string& password, const std::string& hash);

// A hash that no password has, as expensive to check as a real one of this cost: for logins of
// unknown users.
std::string dummy_hash(int cost);

}  // namespace tegu::model::directory
