#include "acceptor.h"

#include <algorithm>
#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "intake.h"
#include "net/peer/errors.h"

namespace tegu::queue {
namespace {

using net::peer::Refused;
using wire::peer::Failure;

// A larger letter is never held as a whole.
constexpr uint64_t large = 256 * 1024;
// In memory of one, packed and plain.
constexpr uint64_t most_of_large = 4 << 20;

void check(const wire::peer::AcceptRequest& request, const Acceptor::Letter& letter) {
  if (letter.octets.empty() && !letter.fd)
    throw Refused(Failure::bad_request, "accept wants the letter's octets or a descriptor");
  if (!letter.octets.empty() && std::cmp_not_equal(letter.octets.size(), request.size))
    throw Refused(Failure::bad_request, "size and the number of octets differ");
  if (request.size <= 0) throw Refused(Failure::bad_request, "the letter is empty");
  if (request.envelope.recipients.empty())
    throw Refused(Failure::bad_request, "the envelope has no recipients");
  if (static_cast<uint64_t>(request.size) > model::content::max_letter_size)
    throw Refused(Failure::refused, "the letter is too large");
}

void log_stored(const Change& change, const wire::smtp::Envelope& envelope) {
  const Placement& placement = change.placements.front();
  base::log::info("queue.stored", {{"id", envelope.id},
                                   {"from", wire::smtp::format(envelope.reverse_path)},
                                   {"size", placement.letter.facts.size},
                                   {"content", placement.letter.content.value},
                                   {"mailboxes", placement.mailboxes.size()},
                                   {"queued", placement.pending.size()}});
}

}  // namespace

// A letter's part of the octets under way.
class Acceptor::Share {
 public:
  Share(Acceptor& owner, uint64_t size) : owner_(owner), size_(size) { owner_.used_ += size_; }
  ~Share() {
    owner_.used_ -= size_;
    owner_.freed_.notify_all();
  }
  Share(const Share&) = delete;

 private:
  Acceptor& owner_;
  uint64_t size_;
};

static Octets octets_of(Acceptor::Letter letter, uint64_t size) {
  if (!letter.octets.empty()) return {.here = std::move(letter.octets)};
  if (size > large) return {.file = std::move(letter.fd), .file_size = size};
  return {.here = read_letter(letter.fd.get(), size)};
}

io::Task<wire::peer::AcceptAnswer> Acceptor::accept(wire::peer::AcceptRequest request,
                                                    Letter letter) {
  check(request, letter);
  auto size = static_cast<uint64_t>(request.size);
  io::Deadline start = io::Clock::now();
  uint64_t held = std::min(size, most_of_large);
  while (used_ > 0 && used_ + held > most_) {
    if (!co_await freed_.wait(io::after(std::chrono::seconds(60))))
      throw Refused(Failure::temporary, "too much is under way");
  }
  Share share(*this, held);
  try {
    base::failpoint("queue.accept.received");
    Change change = co_await desk_.prepare(request.envelope, octets_of(std::move(letter), size));
    base::failpoint("queue.accept.parsed");
    wire::peer::AcceptAnswer answer{.content = change.placements.front().letter.content};
    change = co_await desk_.commit(std::move(change));
    base::failpoint("queue.accept.stored");
    log_stored(change, request.envelope);
    meters_.accepted.add();
    meters_.accept_time.observe(std::chrono::duration<double>(io::Clock::now() - start).count());
    co_return answer;
  } catch (const base::Error& error) {
    meters_.refused.add();
    base::log::warn("queue.not_stored", {{"id", request.envelope.id}, {"error", error.what()}});
    throw;
  }
}

}  // namespace tegu::queue
