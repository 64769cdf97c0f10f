#include "model/content/packing.h"

// The mode of literals is not part of the stable interface; its number has not changed since 1.3.8.
#define ZSTD_STATIC_LINKING_ONLY
#include <lz4.h>
#include <lz4hc.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/handle.h"
#include "model/content/base64_run.h"

namespace tegu::model::content {

static constexpr char plain_mark = 0;
static constexpr char zstd_mark = 1;
static constexpr char lz4_mark = 2;
static constexpr char base64_mark = 3;
// In front of the rest, the mark among them.
static constexpr size_t lz4_head = 5;
static constexpr size_t base64_head = 10;
// Below this a frame's own octets eat the gain.
static constexpr size_t least_size = 64;
// Level 3 makes a letter 1 to 3 percent smaller, for a quarter more time.
static constexpr int level = 1;
// Of small blobs (most headers, short letters) the tables of an entropy coder cost more time than
// the rest of packing and unpacking together: only repetitions are packed. Measured: a header of
// 480 octets 1 us and back 0.1 us instead of 14 and 1.1, and 369 octets instead of 313; a letter of
// 4 KB back in 2.1 us instead of 3.5, and 1655 octets instead of 1334.
static constexpr size_t small_size = 8192;
static constexpr int small_level = -1;

static_assert(std::endian::native == std::endian::little);
static void put(char* out, size_t value) {
  auto bits = static_cast<uint32_t>(value);
  memcpy(out, &bits, sizeof bits);
}

static size_t get(std::string_view packed, size_t at) {
  uint32_t bits;
  memcpy(&bits, packed.data() + at, sizeof bits);
  return bits;
}

static std::string plain_blob(std::string_view plain) {
  std::string packed(1, plain_mark);
  packed += plain;
  return packed;
}

// Steps between the places where the compressor looks for a repetition: none is found.
static constexpr int no_matches = ZSTD_TARGETLENGTH_MAX;

static size_t lz4_state_size() {
  return static_cast<size_t>(std::max(LZ4_sizeofState(), LZ4_sizeofStateHC()));
}

// How a zstd frame is made.
enum class Way { small, large, literals };

struct Packer::Context {
  void set(ZSTD_cParameter parameter, int value) {
    size_t result = ZSTD_CCtx_setParameter(zstd.get(), parameter, value);
    if (ZSTD_isError(result)) throw base::Error("zstd: " + std::string(ZSTD_getErrorName(result)));
  }
  void set(Way way) {
    if (now == way) return;
    now = way;
    bool literals = way == Way::literals;
    set(ZSTD_c_compressionLevel, way == Way::small ? small_level : level);
    set(ZSTD_c_targetLength, literals ? no_matches : 0);
    set(ZSTD_c_literalCompressionMode, literals ? ZSTD_ps_enable : ZSTD_ps_auto);
  }
  // Where packing saves something; a copy, so that what is kept is as large as it needs to be.
  template <class Pack>
  std::string made(std::string_view plain, size_t bound, Pack pack) {
    room.resize_and_overwrite(bound, [&](char* out, size_t) -> size_t { return pack(out); });
    if (!room.empty() && room.size() <= plain.size()) return room;
    return plain_blob(plain);
  }
  std::string frame(std::string_view plain, Way way) {
    set(way);
    size_t bound = ZSTD_compressBound(plain.size());
    return made(plain, bound + 1, [&](char* out) -> size_t {
      out[0] = zstd_mark;
      size_t size = ZSTD_compress2(zstd.get(), out + 1, bound, plain.data(), plain.size());
      return ZSTD_isError(size) ? 0 : size + 1;
    });
  }
  std::string block(std::string_view plain) {
    auto size = static_cast<int>(plain.size());
    auto bound = LZ4_compressBound(size);
    auto pack = [&](char* out) -> size_t {
      out[0] = lz4_mark;
      put(out + 1, plain.size());
      int packed =
          LZ4_compress_fast_extState(lz4.get(), plain.data(), out + lz4_head, size, bound, 1);
      // Where that found nothing, more effort does not either.
      if (packed > size - size / 16) return 0;
      packed = LZ4_compress_HC_extStateHC(lz4.get(), plain.data(), out + lz4_head, size, bound,
                                          LZ4HC_CLEVEL_MIN);
      return packed <= 0 ? 0 : lz4_head + static_cast<size_t>(packed);
    };
    return made(plain, lz4_head + static_cast<size_t>(bound), pack);
  }

  std::optional<Way> now;
  std::string room;
  base::Handle<ZSTD_CCtx, ZSTD_freeCCtx> zstd{ZSTD_createCCtx()};
  std::unique_ptr<char[]> lz4 = std::make_unique_for_overwrite<char[]>(lz4_state_size());
};

// The thread's working memory, while no Packer uses it: making it anew costs as much as packing a
// small letter does.
std::unique_ptr<Packer::Context>& Packer::spare() {
  static thread_local std::unique_ptr<Context> context;
  return context;
}

Packer::Packer(bool checked) : context_(std::move(spare())) {
  if (!context_) context_ = std::make_unique<Context>();
  if (!context_->zstd) throw std::bad_alloc();
  context_->set(ZSTD_c_checksumFlag, checked ? 1 : 0);
}
Packer::~Packer() {
  spare() = std::move(context_);
}

std::string Packer::pack(std::string_view plain) {
  if (plain.size() < least_size) return plain_blob(plain);
  return context_->frame(plain, plain.size() < small_size ? Way::small : Way::large);
}

std::string Packer::pack_body(std::string_view plain, Effort effort) {
  auto run = find_base64_run(plain);
  if (!run) return pack_flat(plain, effort);
  std::string decoded(plain.substr(0, run->begin));
  decoded += run->octets;
  decoded += plain.substr(run->end());
  std::string packed(base64_head, base64_mark);
  put(packed.data() + 1, run->begin);
  put(packed.data() + 5, run->lines);
  packed[9] = static_cast<char>(run->digits / 4);
  return packed += pack_flat(decoded, effort);
}

std::string Packer::pack_flat(std::string_view plain, Effort effort) {
  if (plain.size() < small_size || plain.size() > LZ4_MAX_INPUT_SIZE) return pack(plain);
  if (effort == Effort::fast) return context_->frame(plain, Way::literals);
  std::string packed = context_->block(plain);
  return packed[0] == plain_mark ? context_->frame(plain, Way::literals) : packed;
}

struct Unpacker::Context {
  std::string decoded;  // room for bodies with base64
  base::Handle<ZSTD_DCtx, ZSTD_freeDCtx> zstd{ZSTD_createDCtx()};
};
Unpacker::Unpacker() : context_(std::make_unique<Context>()) {
  if (!context_->zstd) throw std::bad_alloc();
}
Unpacker::~Unpacker() = default;

std::string Unpacker::unpack(std::string_view packed, size_t limit) {
  std::string plain;
  append(plain, packed, limit);
  return plain;
}

void Unpacker::append(std::string& out, std::string_view packed, size_t limit) {
  if (packed.empty()) throw base::Error("a stored blob is empty");
  if (packed[0] == base64_mark)
    append_base64(out, packed, limit);
  else
    append_flat(out, packed, limit);
}

[[noreturn]] static void too_long() {
  throw base::Error("a stored blob is longer than it may be, or damaged");
}

// Appends the `size` octets that `write` makes of the end of a text; it says how many it wrote.
template <class Write>
static void append_made(std::string& out, size_t size, size_t limit, Write write) {
  if (size > limit) too_long();
  size_t before = out.size();
  out.resize_and_overwrite(before + size, [&](char* all, size_t) -> size_t {
    return write(all + before) == size ? before + size : before;
  });
  if (out.size() != before + size) throw base::Error("a stored blob is damaged");
}

void Unpacker::append_flat(std::string& out, std::string_view packed, size_t limit) {
  if (packed.empty()) throw base::Error("a stored blob is empty");
  std::string_view rest = packed.substr(1);
  if (packed[0] == plain_mark) {
    if (rest.size() > limit) too_long();
    out += rest;
  } else if (packed[0] == zstd_mark) {
    // Also the codes for "unknown" and "error" are beyond any limit.
    unsigned long long size = ZSTD_getFrameContentSize(rest.data(), rest.size());
    append_made(out, size, limit, [&](char* to) -> size_t {
      return ZSTD_decompressDCtx(context_->zstd.get(), to, size, rest.data(), rest.size());
    });
  } else if (packed[0] == lz4_mark && packed.size() > lz4_head) {
    size_t size = get(packed, 1);
    std::string_view block = packed.substr(lz4_head);
    if (size > LZ4_MAX_INPUT_SIZE || block.size() > LZ4_MAX_INPUT_SIZE) too_long();
    append_made(out, size, limit, [&](char* to) {
      return static_cast<size_t>(LZ4_decompress_safe(
          block.data(), to, static_cast<int>(block.size()), static_cast<int>(size)));
    });
  } else {
    throw base::Error("a stored blob is packed in an unknown way");
  }
}

void Unpacker::append_base64(std::string& out, std::string_view packed, size_t limit) {
  if (packed.size() < base64_head) throw base::Error("a stored blob is damaged");
  size_t begin = get(packed, 1), lines = get(packed, 5);
  size_t digits = size_t{static_cast<unsigned char>(packed[9])} * 4;
  size_t octets = lines * (digits / 4 * 3), size = lines * (digits + 2);
  if (digits == 0 || size > limit) too_long();
  std::string& decoded = context_->decoded;
  decoded.clear();
  append_flat(decoded, packed.substr(base64_head), limit);
  if (begin > decoded.size() || octets > decoded.size() - begin)
    throw base::Error("a stored blob is damaged");
  std::string_view all = decoded;
  append_made(out, all.size() - octets + size, limit, [&](char* to) {
    memcpy(to, all.data(), begin);
    write_base64_lines(to + begin, all.substr(begin, octets), digits);
    memcpy(to + begin + size, all.data() + begin + octets, all.size() - begin - octets);
    return all.size() - octets + size;
  });
}

}  // namespace tegu::model::content
