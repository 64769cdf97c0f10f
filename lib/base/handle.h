// Owners of C resources: Handle for pointers, Fd for file descriptors.
#pragma once
#include <memory>
#include <utility>

namespace tegu::base {

// using SslPtr = base::Handle<SSL, SSL_free>;
template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* resource) const noexcept {
    release(resource);
  }
};
template <class T, auto release>
using Handle = std::unique_ptr<T, Releaser<release>>;

// Owns one descriptor; closes it at its end.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace tegu::base
