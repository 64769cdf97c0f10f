// DATA (RFC 5321 4.1.1.4), and the end of a letter whichever way it came: hand it to the queue and
// answer what the queue answers.
#include <chrono>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "session.h"

namespace tegu::smtpd {

using wire::smtp::Reply;

namespace {

constexpr auto queue_patience = std::chrono::seconds(60);
constexpr size_t usual_letter = 16 * 1024;  // octets, or less

}  // namespace

io::Task<void> Session::data(std::string_view arguments) {
  taken(wire::smtp::parse_nothing(arguments));
  // RFC 3030 3
  if (transaction_->envelope().body == wire::smtp::BodyType::binary_mime)
    throw CommandError{{503, "5.5.1", "A BODY=BINARYMIME letter comes by BDAT"}};
  transaction_->begin(hop_, is_submission());
  queue_reply({354, "", "End with <CR><LF>.<CR><LF>"});
  if (co_await receive_letter()) co_await finish_letter(is_lmtp() ? transaction_->accepted() : 1);
}

io::Task<bool> Session::receive_letter() {
  Intake intake(*policy_);
  wire::smtp::DataDecoder decoder;
  input_.expect(usual_letter);
  for (;;) {
    bool end = false;
    while (!end && !input_.view().empty()) {
      auto step = decoder.next(input_.view());
      transaction_->write(step.output);
      input_.consume(step.consumed);
      end = step.end;
    }
    if (end) break;
    // A letter that is refused for its size is read on for a while, so that the client sees why.
    if (transaction_->received() > 2 * policy_->message_size) {
      close_with({552, "5.3.4", "The letter is far too large"});
      co_return false;
    }
    if (!co_await more_of_letter(intake)) co_return false;
  }
  if (decoder.refused()) transaction_->refuse_line_ends();
  stranger_deadline_ += intake.taken();
  co_return true;
}

io::Task<bool> Session::more_of_letter(Intake& intake) {
  co_await flush();
  io::Deadline deadline = intake.deadline();
  bool waits_on = true;
  try {
    size_t before = input_.view().size();
    co_await fill(deadline);
    intake.received(input_.view().size() - before);
  } catch (const io::TimedOut&) {
    // The end of a span, in which enough may have come.
    waits_on = io::Clock::now() >= deadline;
  }
  if (waits_on && intake.goes_on()) co_return true;
  base::log::info("smtp.too_slow", {{"session", id_},
                                    {"peer", hop_.peer.address()},
                                    {"octets", transaction_ ? transaction_->received() : 0}});
  close_with({421, "4.4.2", policy_->hostname + " Error: the letter comes too slowly"});
  co_return false;
}

io::Task<void> Session::finish_letter(size_t replies) {
  ++letters_;
  junk_ = 0;
  auto began = io::Clock::now();
  Reply verdict = co_await hand_over();
  context_.metrics.commit_seconds.observe(
      std::chrono::duration<double>(io::Clock::now() - began).count());
  const auto& envelope = transaction_->envelope();
  auto& counter = verdict.positive()    ? context_.metrics.letters_accepted
                  : verdict.permanent() ? context_.metrics.letters_refused
                                        : context_.metrics.letters_deferred;
  counter.add();
  if (verdict.positive()) {
    errors_ = 0;  // their limit is for those who deliver nothing
    context_.metrics.octets.add(static_cast<double>(transaction_->received()));
  }
  base::log::info(
      verdict.positive() ? "smtp.accepted" : "smtp.refused",
      {{"id", envelope.id},
       {"session", id_},
       {"service", service_.name},
       {"peer", hop_.peer.address()},
       {"name", hop_.client_name},
       {"helo", hop_.helo},
       {"tls", hop_.tls.version},
       {"login", login_},
       {"from", format(envelope.reverse_path)},
       {"to",
        envelope.recipients.empty() ? std::string() : format(envelope.recipients.front().address)},
       {"rcpts", envelope.recipients.size()},
       {"size", transaction_->received()},
       {"message_id", base::trim(transaction_->message_id())},
       {"reply", verdict.line()}});
  transaction_.reset();
  for (size_t i = 1; i < replies; ++i) queue_reply(verdict);
  co_await reply(std::move(verdict));
}

io::Task<Reply> Session::hand_over() {
  Spool::Letter letter;
  if (!transaction_->refusal()) letter = transaction_->finish();
  if (transaction_->refusal()) co_return *transaction_->refusal();
  wire::peer::AcceptRequest request{.envelope = transaction_->envelope(),
                                    .size = static_cast<int64_t>(transaction_->size())};
  std::string id = request.envelope.id;
  try {
    base::failpoint("smtpd.hand_over.before");
    auto refused = co_await context_.queue.accept(
        std::move(request), {std::move(letter.octets), letter.fd.get()}, io::after(queue_patience));
    base::failpoint("smtpd.hand_over.after");
    if (refused) co_return Reply{554, "5.6.0", std::move(*refused)};
  } catch (const base::Error& error) {
    base::log::warn("smtp.queue_failed", {{"id", id}, {"error", error.what()}});
    co_return Reply{451, "4.3.0", "The letter could not be stored now"};
  }
  co_return Reply{250, "2.0.0", "Stored as " + id};
}

}  // namespace tegu::smtpd
