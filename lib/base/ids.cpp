#include "base/ids.h"

#include <openssl/rand.h>

#include "base/error.h"

namespace tegu::base {

std::string random_bytes(size_t n) {
  std::string bytes(n, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(n)) != 1) {
    throw Error("the system's random number generator failed");
  }
  return bytes;
}

std::string random_name(size_t n) {
  constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string name;
  name.reserve(n);
  while (name.size() < n) {
    for (unsigned char c : random_bytes(n)) {
      // 252 = 7 * 36: larger bytes are dropped, so that every letter is equally likely.
      if (c < 252 && name.size() < n) name += letters[c % 36];
    }
  }
  return name;
}

}  // namespace tegu::base
