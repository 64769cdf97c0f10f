// A letter that waits in a file until it is stored. A large one is read in windows, once for its
// structure and once for its body, so that no daemon grows with the letters it takes.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "io/workers.h"
#include "model/content/packing.h"

namespace tegu::model::content {

// Packs bodies on the worker threads: small, but fast while several letters are under way and for
// a moment after, because then everybody waits for the processor. Bounds how many letters are held
// in memory. One a loop.
class Packers {
 public:
  // Letters held in memory. Each is there up to three times for a moment: packed, and in its
  // statement.
  static constexpr size_t most_held = 12, held_size = 3 << 19;

  // `at_once`: letters that are stored at a time; each has a connection of its own.
  Packers(io::Workers& workers, size_t at_once) : workers_(workers), turns_(at_once) {}
  Packers(const Packers&) = delete;

  // A letter, or those of one command, from preparation to commit. On the loop.
  class Share {
   public:
    explicit Share(Packers& packers) : packers_(packers) {
      if (++packers_.under_way_ > 1) packers_.busy_until_ = io::after(busy_time);
    }
    ~Share() { packers_.under_way_--; }
    Share(const Share&) = delete;
    // It is in memory whole, or one of them.
    bool is_held() const { return bool(room_); }

   private:
    friend class LetterFile;
    Packers& packers_;
    io::Semaphore::Permit room_;
  };
  std::shared_ptr<Share> share() { return std::make_shared<Share>(*this); }
  Effort effort() const {
    return under_way_ > 1 || io::Clock::now() < busy_until_ ? Effort::fast : Effort::small;
  }

 private:
  friend class LetterFile;
  static constexpr std::chrono::seconds busy_time{1};
  io::Workers& workers_;
  io::Semaphore turns_, room_{most_held};
  size_t under_way_ = 0;
  io::Deadline busy_until_{};
};

class LetterFile {
 public:
  // The letter is `prefix` and then `size` octets of the file from `offset`. `packers`, of which
  // the share is, outlives it. Made and destroyed on their loop. Owners of the descriptor: the
  // letters in the file.
  LetterFile(Packers& packers, std::shared_ptr<Packers::Share> share,
             std::shared_ptr<const base::Fd> file, uint64_t offset, uint64_t size,
             std::string prefix = {});
  LetterFile(const LetterFile&) = delete;

  uint64_t size() const { return prefix_.size() + size_; }
  // Fills `into` with the letter's octets from `at`. Throws base::Error when the file is shorter or
  // cannot be read. Any thread.
  void read(uint64_t at, std::span<char> into) const;
  // Rows of content_chunk: `count` of them, fewer at the end, from number `first`, of the body that
  // begins at octet `body` of the letter. One call at a time.
  io::Task<std::vector<std::string>> chunks(uint64_t body, size_t first, size_t count) const;
  // Takes leave to be held in memory whole, as long as the share is; false where it is large or
  // many others are held.
  bool hold() const;
  const std::shared_ptr<Packers::Share>& share() const { return share_; }
  Effort effort() const { return packers_.effort(); }
  // Leave to store it; empty when the deadline passed first.
  io::Task<io::Semaphore::Permit> turn(io::Deadline deadline) const {
    return packers_.turns_.acquire(deadline);
  }
  // What f() gives, called on a worker thread.
  template <class F>
  auto run(F f) const {
    return packers_.workers_.run(std::move(f));
  }

 private:
  Packers& packers_;
  std::shared_ptr<Packers::Share> share_;
  std::shared_ptr<const base::Fd> file_;
  uint64_t offset_;
  uint64_t size_;
  std::string prefix_;
  mutable Packer packer_;
};

}  // namespace tegu::model::content
