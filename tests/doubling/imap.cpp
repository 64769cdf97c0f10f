// Shapes for wire/imap: streams through the framer and its commands through the parser.
#include "shapes.h"
#include "wire/imap/framer.h"
#include "wire/imap/mailbox_name.h"
#include "wire/imap/mutf7.h"
#include "wire/imap/parser.h"
#include "wire/imap/response.h"

namespace tegu::doubling {
namespace {

using namespace wire::imap;

void read_stream(std::string_view input) {
  const ParseContext context{.limits = Limits::after_login()};
  Framer framer(context.limits);
  in_pieces(input, [&](std::string_view piece) {
    while (true) {
      Frame frame = framer.next(piece);
      if (std::holds_alternative<NeedMore>(frame)) return;
      if (auto* command = std::get_if<CommandText>(&frame))
        (void)parse_command(command->text, context);
    }
  });
}

void read_bytes(std::string_view input) {
  Framer framer(Limits::after_login());
  for (size_t i = 0; i < input.size(); ++i) {
    std::string_view byte = input.substr(i, 1);
    while (!std::holds_alternative<NeedMore>(framer.next(byte))) {
    }
  }
}

void parse(std::string_view input) {
  const ParseContext context{.limits = Limits::after_login()};
  (void)parse_command(input, context);
}

void read_set(std::string_view input) {
  auto set = SeqSet::parse(input, Limits::after_login().ranges);
  if (!set) return;
  (void)set->text();
  (void)set->resolve(1'000'000).text();
}

void match(std::string_view pattern) {
  const std::string name(1000, 'a');
  (void)ListPattern("", pattern).matches(name);
}

}  // namespace

std::vector<Shape> imap_shapes() {
  auto of = [](std::string_view piece, std::string_view before = {}, std::string_view after = {}) {
    return [=](size_t size) { return repeat(size, piece, before, after); };
  };
  auto numbered = [](std::string_view piece, std::string_view before = {},
                     std::string_view after = {}) {
    return [=](size_t size) { return counted(size, piece, before, after); };
  };
  // Falling numbers: each range comes before all others.
  auto falling = [](size_t size) {
    std::string out;
    for (uint32_t number = 1'000'000; out.size() < size; number -= 2)
      out += std::to_string(number) + ",";
    return out + "1";
  };
  auto mutf7 = [](std::string_view text) {
    if (auto name = mutf7_decode(text)) (void)mutf7_encode(*name);
  };
  auto write = [](std::string_view text) {
    std::string out;
    write_string(out, text, true);
    write_astring(out, text, false);
    write_status(out, "a", Condition::no, "", text);
  };
  constexpr size_t line = 64 * kib, command = mib;
  return {
      {"imap stream: line without end", of("x"), read_stream, any_size},
      {"imap stream: pipeline", of("a NOOP\r\n"), read_stream, any_size},
      {"imap stream: literals", of("{1+}\r\nx ", "a LOGIN ", "\r\n"), read_stream, any_size},
      {"imap stream: literals without a blank", of("{9+}\r\n123456789", "a", "\r\n"), read_stream,
       any_size},
      {"imap stream: large literals",
       [](size_t size) {
         return repeat(size, "{1000+}\r\n" + std::string(1000, 'x'), "a LOGIN ", "\r\n");
       },
       read_stream, any_size},
      {"imap stream: APPEND", of("a APPEND x {3+}\r\nabc\r\n"), read_stream, any_size},
      {"imap stream: one message", of("x", "a APPEND x {99999999+}\r\n"), read_stream, any_size},
      {"imap stream: MULTIAPPEND", of(" {3+}\r\nabc", "a APPEND x", "\r\n"), read_stream, any_size},
      {"imap stream: braces", of("{1", "a ", "\r\n"), read_stream, any_size},
      {"imap stream: byte by byte", of("{9+}\r\n123456789", "a ", "\r\n"), read_bytes, mib},
      {"imap set: rising", numbered("1#,", "", "1"), read_set, 256 * kib},
      {"imap set: falling", falling, read_set, 256 * kib},
      {"imap set: overlapping", numbered("#1:1000000,", "", "1"), read_set, 256 * kib},
      {"imap set: stars", of("*:*,", "", "1"), read_set, 256 * kib},
      {"imap fetch: set", numbered("1#,", "a FETCH ", "1 FLAGS"), parse, line},
      {"imap fetch: items", of("BODY[1.2] ", "a FETCH 1 (", "UID)"), parse, line},
      {"imap fetch: part numbers", of("1.", "a FETCH 1 BODY[", "1]"), parse, line},
      {"imap fetch: fields", numbered("f# ", "a FETCH 1 BODY[HEADER.FIELDS (", "x)]"), parse, line},
      {"imap fetch: fields as literals", of("{1}\r\nx ", "a FETCH 1 BODY[HEADER.FIELDS (", "x)]"),
       parse, command},
      {"imap store: flags", numbered("f# ", "a STORE 1 FLAGS (", "x)"), parse, line},
      {"imap store: equal flags", of("f ", "a STORE 1 FLAGS (", "x)"), parse, line},
      {"imap search: keys", of("SEEN ", "a SEARCH ", "ALL"), parse, line},
      {"imap search: NOT", of("NOT ", "a SEARCH ", "ALL"), parse, line},
      {"imap search: OR", of("OR ALL ", "a SEARCH ", "ALL"), parse, line},
      {"imap search: parentheses", of("(", "a SEARCH ", "ALL"), parse, line},
      {"imap search: short lists", of("(((ALL))) ", "a SEARCH ", "ALL"), parse, line},
      {"imap search: sets", of("1:2,4 ", "a SEARCH ", "ALL"), parse, line},
      {"imap search: literals", of("SUBJECT {1}\r\nx ", "a SEARCH CHARSET KOI8-R ", "ALL"), parse,
       command},
      {"imap list: patterns", of("% ", "a LIST \"\" (", "*)"), parse, line},
      {"imap list: wildcards", of("%a"), match, line},
      {"imap list: stars", of("*a"), match, line},
      {"imap id: fields", of("\"a\" \"b\" ", "a ID (", "\"a\" NIL)"), parse, line},
      {"imap enable", numbered("X# ", "a ENABLE ", "Y"), parse, line},
      {"imap login: quoted pairs", of("\\\"", "a LOGIN \"", "\" x"), parse, line},
      {"imap create: use", of("\\Sent ", "a CREATE x (USE (", "\\Sent))"), parse, line},
      {"imap status: items", of("UIDNEXT ", "a STATUS x (", "UIDNEXT)"), parse, line},
      {"imap quota: limits", of("STORAGE 1 ", "a SETQUOTA x (", "STORAGE 1)"), parse, line},
      {"imap mutf7: shifts", of("&BB8-a"), mutf7, line},
      {"imap mutf7: one shift", of("BB8EHwQf", "&", "-"), mutf7, line},
      {"imap write: quotes", of("\"\\"), write, any_size},
      {"imap write: line ends", of("\r\n"), write, any_size},
  };
}

}  // namespace tegu::doubling
