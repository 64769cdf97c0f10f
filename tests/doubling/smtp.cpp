// Shapes for wire/smtp, wire/sasl and what the daemons say to each other (wire/peer).
#include <nlohmann/json.hpp>

#include "shapes.h"
#include "wire/peer/line.h"
#include "wire/peer/queue.h"
#include "wire/sasl/mechanism.h"
#include "wire/smtp/command.h"
#include "wire/smtp/data.h"
#include "wire/smtp/line_framer.h"
#include "wire/smtp/reply.h"
#include "wire/smtp/xtext.h"

namespace tegu::doubling {
namespace {

using namespace wire::smtp;

void read_lines(std::string_view input) {
  LineFramer framer;
  in_pieces(input, [&](std::string_view piece) {
    while (!piece.empty()) {
      auto step = framer.feed(piece);
      piece.remove_prefix(step.consumed);
      if (step.status != LineFramer::Status::line) continue;
      auto command = split_command(step.line);
      if (command.verb == Verb::mail) (void)parse_mail(command.arguments);
      if (command.verb == Verb::rcpt) (void)parse_rcpt(command.arguments, true);
    }
  });
}

void decode_data(std::string_view input) {
  DataDecoder decoder;
  std::string message;
  in_pieces(input, [&](std::string_view piece) {
    while (!piece.empty()) {
      auto step = decoder.next(piece);
      message += step.output;
      piece.remove_prefix(step.consumed);
    }
  });
}

void encode_data(std::string_view input) {
  DataEncoder encoder;
  LineEndCheck check;
  std::string wire;
  in_pieces(input, [&](std::string_view piece) {
    encoder.encode(piece, wire);
    check.feed(piece);
  });
  encoder.finish(wire);
}

void read_reply(std::string_view input) {
  ReplyReader reader;
  in_pieces(input, [&](std::string_view piece) {
    while (!piece.empty()) {
      auto step = reader.feed(piece);
      if (step.status == ReplyReader::Status::reply) (void)format(reader.reply());
      if (step.status != ReplyReader::Status::need_more &&
          step.status != ReplyReader::Status::reply)
        return;
      piece.remove_prefix(step.consumed);
    }
  });
}

void read_peer(std::string_view input) {
  auto line = wire::peer::parse_line(input);
  if (!line) return;
  if (auto request = wire::peer::decode_accept_request(*line))
    (void)wire::peer::format_line(wire::peer::encode(*request));
}

void log_in(std::string_view input) {
  for (auto name : wire::sasl::server_mechanisms())
    (void)wire::sasl::make_server(name)->start(input);
}

}  // namespace

std::vector<Shape> smtp_shapes() {
  auto of = [](std::string_view piece, std::string_view before = {}, std::string_view after = {}) {
    return [=](size_t size) { return repeat(size, piece, before, after); };
  };
  auto mail = [](std::string_view text) { (void)parse_mail(text); };
  auto rcpt = [](std::string_view text) { (void)parse_rcpt(text, true); };
  auto mailbox = [](std::string_view text) { (void)parse_mailbox(text, true); };
  auto xtext = [](std::string_view text) {
    (void)xtext_decode(xtext_encode(text));
    (void)utf8_addr_decode(utf8_addr_encode(text));
  };
  constexpr std::string_view recipient =
      R"({"to":"c@d.org","notify":["failure","delay"],"deliveries":[{"account":5}]},)";
  return {
      {"smtp line: without end", of("x"), read_lines, any_size},
      {"smtp line: pipeline of NOOP", of("NOOP\r\n"), read_lines, any_size},
      {"smtp line: pipeline of MAIL", of("MAIL FROM:<a@b.org> SIZE=1\r\n"), read_lines, any_size},
      {"smtp line: pipeline of RCPT", of("RCPT TO:<a@b.org>\r\n"), read_lines, any_size},
      {"smtp line: bare CR", of("\r"), read_lines, any_size},
      {"smtp mail: parameters", of(" SIZE=1", "FROM:<a@b.org>"), mail, 12 * kib},
      {"smtp mail: unknown parameters", of(" X=1", "FROM:<a@b.org>"), mail, 12 * kib},
      {"smtp mail: quotes without end", of("\"", "FROM:<"), mail, 12 * kib},
      {"smtp rcpt: source route", of("@a,", "TO:<", "@a:b@c>"), rcpt, 12 * kib},
      {"smtp rcpt: labels", of("a.", "TO:<b@", "c>"), rcpt, 12 * kib},
      {"smtp rcpt: labels in UTF-8", of("\xd1\x8f.", "TO:<b@", "c>"), rcpt, 12 * kib},
      {"smtp rcpt: notify", of("NEVER,", "TO:<a@b> NOTIFY=", "DELAY"), rcpt, 12 * kib},
      {"smtp address: dots", of("a.", "", "a@b"), mailbox, 12 * kib},
      {"smtp address: quoted pairs", of("\\\"", "\"", "\"@b"), mailbox, 12 * kib},
      {"smtp xtext: all escaped", of("+=\xd1\x8f"), xtext, mib},
      {"smtp data: dots", of("\r\n.."), decode_data, any_size},
      {"smtp data: almost the end", of("\r\n.\r"), decode_data, any_size},
      {"smtp data: bare line feeds", of("\n"), decode_data, any_size},
      {"smtp data: sending dots", of("\r\n."), encode_data, any_size},
      {"smtp data: sending bare CR", of("\r"), encode_data, any_size},
      {"smtp reply: lines", of("250-5.1.1 x\r\n"), read_reply, any_size},
      {"smtp reply: many", of("250 2.0.0 ok\r\n"), read_reply, any_size},
      {"sasl: without NUL", of("x"), log_in, 12 * kib},
      {"sasl: NULs", of(std::string_view("\0", 1)), log_in, 12 * kib},
      {"peer: recipients",
       of(recipient, R"({"envelope":{"id":"x","from":"a@b","recipients":[)",
          R"({"to":"c@d.org"}]},"size":1})"),
       read_peer, mib},
      {"peer: depth", of("["), read_peer, mib},
      {"peer: one text", of("\\u0041", "{\"id\":\"", "\"}"), read_peer, mib},
      {"peer: one number", of("1", "{\"id\":", "}"), read_peer, mib},
      {"peer: fields", [](size_t size) { return counted(size, "\"a#\":1,", "{", "\"b\":1}"); },
       read_peer, mib},
      {"peer: fields of one name", of("\"a\":1,", "{", "\"b\":1}"), read_peer, mib},
      {"peer: broken UTF-8", of("\xd1", "{\"id\":\"", "\"}"), read_peer, mib},
  };
}

}  // namespace tegu::doubling
