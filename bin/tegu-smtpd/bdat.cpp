// BDAT (RFC 3030 2): the letter in counted chunks, any bytes. Nothing in a chunk can be taken for
// its end, so bare CR and LF are harmless here; the queue sees by itself that a letter is binary.
#include <algorithm>

#include "session.h"

namespace tegu::smtpd {

using wire::smtp::Reply;

namespace {

// Against floods of tiny chunks: so many are free, any further one must have brought its share.
constexpr size_t free_chunks = 1000;
constexpr size_t least_octets = 1024;

}  // namespace

io::Task<void> Session::bdat(std::string_view arguments) {
  auto chunk = taken(wire::smtp::parse_bdat(arguments));
  Transaction& letter = *transaction_;
  if (++letter.chunks > free_chunks + letter.received() / least_octets)
    throw CommandError{{552, "5.3.4", "Too many chunks"}};
  if (chunk.size > policy_->message_size - std::min(letter.received(), policy_->message_size))
    throw CommandError{{552, "5.3.4", "The letter is larger than this server takes"}};
  if (!letter.begun()) letter.begin(hop_, is_submission());
  if (!co_await receive_chunk(chunk.size, &letter)) co_return;
  // RFC 3030 2: after a refused chunk the transaction is over, the next ones are out of order.
  if (chunk.last || letter.refusal()) {
    co_await finish_letter(is_lmtp() && chunk.last ? letter.accepted() : 1);
    co_return;
  }
  co_await reply({250, "2.0.0", std::to_string(chunk.size) + " octets received"});
}

io::Task<bool> Session::receive_chunk(uint64_t size, Transaction* letter) {
  Intake intake(*policy_);
  wire::smtp::ChunkCounter chunk(size);
  input_.expect(std::min<uint64_t>(size, io::BufferedReader::default_limit));
  while (!chunk.done()) {
    if (input_.view().empty() && !co_await more_of_letter(intake)) co_return false;
    std::string_view part = chunk.take(input_.view());
    if (letter != nullptr) letter->write(part);
    input_.consume(part.size());
  }
  stranger_deadline_ += intake.taken();
  co_return true;
}

io::Task<bool> Session::skip_chunk(std::string_view arguments) {
  auto chunk = wire::smtp::parse_bdat(arguments);
  if (!chunk || chunk->size > 2 * policy_->message_size) co_return false;
  co_return co_await receive_chunk(chunk->size, nullptr);
}

}  // namespace tegu::smtpd
