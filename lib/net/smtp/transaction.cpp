// One transaction: MAIL, RCPT, and DATA or BDAT.
#include <algorithm>

#include "base/failpoint.h"
#include "io/error.h"
#include "net/smtp/client.h"
#include "wire/smtp/data.h"

namespace tegu::net::smtp {

using wire::smtp::BodyType;
using wire::smtp::Reply;

namespace {

// So many RCPT are written before their replies are read: the replies of one group fit into the
// socket buffers, so that peer and we cannot wait for each other (RFC 2920 3.1).
constexpr size_t group_size = 50;
constexpr size_t write_size = 64 * 1024;

bool is_pending(const Outcome& outcome) {
  return outcome.status.empty();
}

void settle(std::span<Outcome> outcomes, const Outcome& verdict) {
  for (Outcome& outcome : outcomes) {
    if (is_pending(outcome)) outcome = verdict;
  }
}

bool any_pending(std::span<const Outcome> outcomes) {
  return std::ranges::any_of(outcomes, is_pending);
}

}  // namespace

// RFC 6152 3, RFC 6531 3.4, RFC 1870 6.1: what the peer cannot take is not offered to it.
std::optional<Outcome> Client::refuse_locally(const Letter& letter) const {
  if (needs_smtputf8(letter) && !peer_.smtputf8)
    return own_outcome("5.6.7", "the letter needs SMTPUTF8, which the next hop does not offer");
  if (letter.body == BodyType::eight_bit_mime && !peer_.eight_bit_mime)
    return own_outcome("5.6.3", "the letter has 8-bit text, which the next hop does not take");
  if (letter.body == BodyType::binary_mime && !(peer_.binary_mime && peer_.chunking))
    return own_outcome("5.6.3", "the letter is binary, which the next hop does not take");
  if (peer_.size_limit && letter.size > *peer_.size_limit)
    return own_outcome("5.3.4", "the letter is larger than the next hop's limit of " +
                                    std::to_string(*peer_.size_limit) + " octets");
  return {};
}

void Client::lose(Outcomes outcomes, std::string_view status, std::string_view why) {
  broken_ = true;
  settle(outcomes, own_outcome(status, std::string(why) + " (" + std::string(stage_) + ")"));
}

io::Task<std::vector<Outcome>> Client::send(const Letter& letter, Source& source) {
  std::vector<Outcome> outcomes(letter.receivers.size());
  if (!usable()) {
    settle(outcomes, own_outcome("4.4.2", "the session has ended"));
    co_return outcomes;
  }
  if (auto refusal = refuse_locally(letter)) {
    settle(outcomes, *refusal);
    co_return outcomes;
  }
  transactions_++;
  body_begun_ = false;
  try {
    co_await transact(letter, source, outcomes);
  } catch (const io::TimedOut&) {
    lose(outcomes, "4.4.2", "the peer did not answer in time");
  } catch (const io::ConnectionLost& error) {
    lose(outcomes, "4.4.2", error.what());
  } catch (const base::Error& error) {
    lose(outcomes, "4.3.0", error.what());
  }
  co_return outcomes;
}

io::Task<void> Client::transact(const Letter& letter, Source& source, Outcomes outcomes) {
  bool chunks = letter.body == BodyType::binary_mime;
  Reply started = co_await mail_and_rcpt(letter, !chunks, outcomes);
  if (chunks) {
    if (any_pending(outcomes)) co_await bdat(letter, source, outcomes);
  } else {
    co_await data(std::move(started), source, outcomes);
  }
}

// Leaves those pending whose RCPT was accepted. The reply is the one to DATA; its code is 0 when
// DATA was not said.
io::Task<Reply> Client::mail_and_rcpt(const Letter& letter, bool with_data, Outcomes outcomes) {
  const auto& limits = options_.timeouts;
  const size_t count = letter.receivers.size();
  const bool reset = std::exchange(needs_reset_, true);
  std::string commands = reset ? "RSET\r\n" : "";
  stage_ = "MAIL FROM";
  if (reset && !peer_.pipelining) {
    co_await ask(std::exchange(commands, {}), limits.command);
  }
  commands += mail_command(letter, peer_);
  const size_t group = peer_.pipelining ? group_size : 1;
  bool mail_answered = false;
  if (!peer_.pipelining) co_await say(std::exchange(commands, {}), limits.command);

  for (size_t first = 0; first < count; first += group) {
    size_t end = std::min(first + group, count);
    if (!mail_answered && !peer_.pipelining) {
      if (Reply mail = co_await reply(limits.command); !mail.positive()) {
        settle(outcomes, outcome_of(mail, "MAIL FROM"));
        co_return Reply();
      }
      mail_answered = true;
    }
    for (size_t i = first; i < end; ++i) commands += rcpt_command(letter.receivers[i], peer_);
    bool last = with_data && peer_.pipelining && end == count;
    if (last) commands += "DATA\r\n";
    co_await say(std::exchange(commands, {}), limits.command);
    if (!mail_answered) {
      if (reset) co_await reply(limits.command);
      Reply mail = co_await reply(limits.command);
      if (!mail.positive()) settle(outcomes, outcome_of(mail, "MAIL FROM"));
      mail_answered = true;
    }
    stage_ = "RCPT TO";
    for (size_t i = first; i < end; ++i) {
      Reply answer = co_await reply(limits.command);
      // After a refused MAIL the peer answers 503 to each RCPT: the first reason counts.
      if (is_pending(outcomes[i]) && !answer.positive())
        outcomes[i] = outcome_of(answer, "RCPT TO");
    }
    if (last) {
      stage_ = "DATA";
      co_return co_await reply(limits.data_start);
    }
    if (broken_) throw io::ConnectionLost("the peer ended the session");
    if (end < count && !any_pending(outcomes)) co_return Reply();
  }
  if (!with_data || !any_pending(outcomes)) co_return Reply();
  stage_ = "DATA";
  co_return co_await ask("DATA\r\n", limits.data_start);
}

io::Task<void> Client::data(Reply started, Source& source, Outcomes outcomes) {
  if (started.code == 0) co_return;
  // Nothing was sent: never to be taken for "accepted".
  if (started.positive()) throw io::ConnectionLost("DATA was answered " + started.line());
  if (!started.intermediate()) {
    settle(outcomes, outcome_of(started, "DATA"));
    co_return;
  }
  if (!any_pending(outcomes)) {
    // RFC 2920 3.1: DATA was taken without any recipient; nothing is to be sent. An LMTP server
    // that does so will never reply, and RFC 2033 4.2 forbids it.
    if (options_.lmtp) throw io::ConnectionLost("DATA taken without recipients");
    co_await ask(".\r\n", options_.timeouts.data_end);
    co_return;
  }
  body_begun_ = true;
  co_await stream_data(source);
  co_await final_replies("end of DATA", outcomes);
}

io::Task<void> Client::stream_data(Source& source) {
  wire::smtp::DataEncoder encoder;
  std::string out;
  while (true) {
    std::string piece = co_await source.next();
    if (piece.empty()) break;
    std::string_view rest = piece;
    while (!rest.empty()) {
      encoder.encode(rest.substr(0, write_size), out);
      rest.remove_prefix(std::min(write_size, rest.size()));
      if (out.size() < write_size) continue;
      co_await say(out, options_.timeouts.data_block);
      out.clear();
    }
  }
  encoder.finish(out);
  base::failpoint<io::ConnectionLost>("relay.dot.before");
  co_await say(out, options_.timeouts.data_block);
  base::failpoint<io::ConnectionLost>("relay.dot.after");
}

// RFC 3030 2: the octets as they are.
io::Task<void> Client::bdat(const Letter& letter, Source& source, Outcomes outcomes) {
  stage_ = "BDAT";
  body_begun_ = true;
  uint64_t left = letter.size;
  std::string held;
  while (true) {
    while (held.size() < std::min<uint64_t>(write_size, left)) {
      std::string piece = co_await source.next();
      if (piece.empty()) throw base::Error("the letter is shorter than it should be");
      held += piece;
    }
    uint64_t size = std::min<uint64_t>(held.size(), left);
    left -= size;
    std::string chunk = "BDAT " + std::to_string(size) + (left == 0 ? " LAST" : "") + "\r\n";
    chunk.append(held, 0, size);
    held.erase(0, size);
    co_await say(chunk, options_.timeouts.data_block);
    if (left == 0) break;
    Reply answer = co_await reply(options_.timeouts.data_start);
    if (!answer.positive()) {
      settle(outcomes, outcome_of(answer, "BDAT"));
      co_return;
    }
  }
  co_await final_replies("BDAT", outcomes);
}

// One reply for all; in LMTP one for each accepted recipient, in order (RFC 2033 4.2).
io::Task<void> Client::final_replies(std::string_view command, Outcomes outcomes) {
  stage_ = command;
  if (!options_.lmtp) {
    settle(outcomes, outcome_of(co_await reply(options_.timeouts.data_end), command));
  } else {
    for (Outcome& outcome : outcomes) {
      if (!is_pending(outcome)) continue;
      outcome = outcome_of(co_await reply(options_.timeouts.data_end), command);
    }
  }
  needs_reset_ = false;
}

}  // namespace tegu::net::smtp
