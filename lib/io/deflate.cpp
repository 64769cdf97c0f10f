#include "io/deflate.h"

#include <zlib.h>

#include <string>

#include "io/error.h"

namespace tegu::io {
namespace {

Bytef* bytes_of(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));
}

class DeflateStream final : public Stream {
 public:
  explicit DeflateStream(std::unique_ptr<Stream> below);
  ~DeflateStream() override;
  Task<size_t> read_some(std::span<char> into, Deadline deadline) override;
  Task<void> write_all(std::string_view bytes, Deadline deadline) override;
  Task<void> close() override { co_await below_->close(); }
  TlsFacts tls() const override { return below_->tls(); }

 private:
  std::unique_ptr<Stream> below_;
  z_stream in_{}, out_{};
  std::string compressed_;  // from below; in_ points into it
  bool broken_ = false;     // a write stopped halfway
};

DeflateStream::DeflateStream(std::unique_ptr<Stream> below) : below_(std::move(below)) {
  // RFC 4978 4: no zlib header. The peer may use the whole window of 32 KiB; ours is 8 KiB, which
  // costs some per cent of the ratio and an eighth of the memory.
  constexpr int whole_window = -15, our_window = -13, memory_level = 5;
  if (::inflateInit2(&in_, whole_window) != Z_OK ||
      ::deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, our_window, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    ::inflateEnd(&in_);
    throw base::Error("zlib: out of memory");
  }
}

DeflateStream::~DeflateStream() {
  ::inflateEnd(&in_);
  ::deflateEnd(&out_);
}

Task<size_t> DeflateStream::read_some(std::span<char> into, Deadline deadline) {
  constexpr size_t piece = 4096;
  for (;;) {
    in_.next_out = bytes_of(into.data());
    in_.avail_out = static_cast<uInt>(into.size());
    const int result = ::inflate(&in_, Z_SYNC_FLUSH);
    const size_t got = into.size() - in_.avail_out;
    if (got > 0) co_return got;
    // Z_BUF_ERROR only says that more input is needed. The data has no end of its own.
    if (result != Z_OK && result != Z_BUF_ERROR) {
      throw ConnectionLost("broken compressed data from the peer");
    }
    if (in_.avail_in > 0) continue;
    compressed_.resize(piece);
    compressed_.resize(co_await below_->read_some(compressed_, deadline));
    if (compressed_.empty()) co_return 0;
    in_.next_in = bytes_of(compressed_.data());
    in_.avail_in = static_cast<uInt>(compressed_.size());
  }
}

Task<void> DeflateStream::write_all(std::string_view bytes, Deadline deadline) {
  constexpr size_t piece = 64 * 1024;
  if (broken_) throw ConnectionLost("the compressed connection is broken");
  if (bytes.empty()) co_return;
  broken_ = true;
  std::string packed;
  while (!bytes.empty()) {
    const std::string_view some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    out_.next_in = bytes_of(some.data());
    out_.avail_in = static_cast<uInt>(some.size());
    packed.clear();
    // zlib.h: a flush is complete when room is left.
    do {
      const size_t before = packed.size();
      packed.resize(before + some.size() / 2 + 512);
      out_.next_out = bytes_of(packed.data() + before);
      out_.avail_out = static_cast<uInt>(packed.size() - before);
      ::deflate(&out_, Z_SYNC_FLUSH);
    } while (out_.avail_out == 0);
    packed.resize(packed.size() - out_.avail_out);
    co_await below_->write_all(packed, deadline);
  }
  broken_ = false;
}

}  // namespace

std::unique_ptr<Stream> deflate_stream(std::unique_ptr<Stream> below) {
  return std::make_unique<DeflateStream>(std::move(below));
}

}  // namespace tegu::io
