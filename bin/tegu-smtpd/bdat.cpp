// BDAT (RFC 3030 2): the letter in counted chunks, any bytes. Nothing in a chunk can be taken for
// its end, so bare CR and LF are harmless here; the queue sees by itself that a letter is binary.
#include "session.h"

namespace tegu::smtpd {

using wire::smtp::Reply;

namespace {

constexpr size_t most_chunks = 1000;  // of one letter: against floods of tiny ones

}  // namespace

io::Task<void> Session::bdat(std::string_view arguments) {
  auto chunk = taken(wire::smtp::parse_bdat(arguments));
  Transaction& letter = *transaction_;
  if (++letter.chunks > most_chunks) throw CommandError{{552, "5.3.4", "Too many chunks"}};
  if (chunk.size > policy_->message_size - std::min(letter.received(), policy_->message_size))
    throw CommandError{{552, "5.3.4", "The letter is larger than this server takes"}};
  if (!letter.begun()) letter.begin(hop_, is_submission());
  if (!co_await receive_chunk(chunk.size, &letter)) co_return;
  if (chunk.last) {
    co_await finish_letter();
    co_return;
  }
  if (letter.refusal()) {
    // The next chunks are answered 503 until RSET or MAIL.
    co_await finish_letter();
    co_return;
  }
  co_await reply({250, "2.0.0", std::to_string(chunk.size) + " octets received"});
}

io::Task<bool> Session::receive_chunk(uint64_t size, Transaction* letter) {
  Intake intake(*policy_);
  wire::smtp::ChunkCounter chunk(size);
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
