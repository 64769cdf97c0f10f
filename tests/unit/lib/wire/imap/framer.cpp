#include "wire/imap/framer.h"

#include <catch2/catch.hpp>

using namespace tegu::wire::imap;

namespace {

// Everything the framer says about a stream, as text; `refuse_at` refuses the nth message.
struct Script {
  Limits limits = Limits::after_login();
  int refuse_at = -1;
  bool line_first = false;
};

std::string run(std::string_view stream, size_t piece, const Script& script = {}) {
  Framer framer(script.limits);
  if (script.line_first) framer.expect_line();
  std::string out;
  int message = 0;
  bool in_bytes = false;
  auto say = [&](const std::string& text) {
    out += (in_bytes ? "\n" : "") + text + "\n";
    in_bytes = false;
  };
  for (size_t at = 0; at < stream.size();) {
    std::string_view input = stream.substr(at, piece);
    at += input.size();
    while (true) {
      Frame frame = framer.next(input);
      if (std::holds_alternative<NeedMore>(frame)) break;
      if (auto* f = std::get_if<NeedLiteral>(&frame)) say("literal " + std::to_string(f->size));
      if (auto* f = std::get_if<CommandText>(&frame)) say("command " + std::string(f->text));
      if (auto* f = std::get_if<LineText>(&frame)) say("line " + std::string(f->text));
      if (auto* f = std::get_if<AppendPart>(&frame)) {
        say(std::string(f->first ? "part " : "next ") + std::string(f->text) + "|" +
            std::to_string(f->size) + (f->synchronizing ? "" : "+") + (f->binary ? "~" : ""));
        if (message++ == script.refuse_at) framer.refuse();
      }
      if (auto* f = std::get_if<AppendBytes>(&frame)) {
        out += (in_bytes ? "" : "bytes ") + std::string(f->bytes);
        in_bytes = true;
      }
      if (auto* f = std::get_if<AppendEnd>(&frame)) say("end " + std::string(f->text));
      if (std::holds_alternative<Refused>(frame)) say("refused");
      if (auto* f = std::get_if<FrameError>(&frame))
        say("error " + f->tag + (f->close ? " close " : " ") + f->text);
    }
    REQUIRE(input.empty());
  }
  return out;
}

struct Case {
  std::string in, want;
};

}  // namespace

TEST_CASE("imap framer: streams split at every byte", "[imap]") {
  const Case cases[] = {
      {"a noop\r\nb NOOP\r\n", "command a noop\ncommand b NOOP\n"},
      {"\r\na NOOP\r\n", "command \ncommand a NOOP\n"},
      {"a LOGIN {3}\r\nbob {2+}\r\nx\n\r\n", "literal 3\ncommand a LOGIN {3}\r\nbob {2+}\r\nx\n\n"},
      {"a LOGIN {0}\r\n \"\"\r\n", "literal 0\ncommand a LOGIN {0}\r\n \"\"\n"},
      {"a LOGIN \"x{5\" y}\r\n", "command a LOGIN \"x{5\" y}\n"},
      {"a X {}\r\nb X {+}\r\n", "command a X {}\ncommand b X {+}\n"},
      {"a APPEND INBOX {5}\r\nhello\r\nb NOOP\r\n",
       "part a APPEND INBOX |5\nbytes hello\nend \ncommand b NOOP\n"},
      {"a append {5}\r\nInBoX (\\Seen) {3+}\r\nabc\r\n",
       "literal 5\npart a append {5}\r\nInBoX (\\Seen) |3+\nbytes abc\nend \n"},
      {"a APPEND x {1+}\r\n1 \"date\" {2}\r\n22\r\n",
       "part a APPEND x |1+\nbytes 1\nnext  \"date\" |2\nbytes 22\nend \n"},
      {"a APPEND x UTF8 (~{2+}\r\n\xc3\xa4)\r\n",
       "part a APPEND x UTF8 (|2+~\nbytes \xc3\xa4\nend )\n"},
      {"a APPEND x {0}\r\n\r\n", "part a APPEND x |0\nend \n"},
      {"a APPEND\r\n", "command a APPEND\n"},
      {"a NOOP\nb NOOP\r\n", "error a close Lines end with CRLF, not with a bare LF\n"},
      {"a NO\rOP\r\nb NOOP\r\n", "error a A line holds a bare CR or a NUL\ncommand b NOOP\n"},
      {std::string("a NO\0OP {3+}\r\nabc\r\nb NOOP\r\n", 27),
       "error a A line holds a bare CR or a NUL\ncommand b NOOP\n"},
      {"a X {99999999999999999999}\r\n", "error a close Literal size is not a number that fits\n"},
      {"a X {131073}\r\nb NOOP\r\n", "error a Literal too large\ncommand b NOOP\n"},
      {"a X {268435457+}\r\n", "error a close Literal too large\n"},
  };
  for (const Case& c : cases) {
    INFO(c.in);
    CHECK(run(c.in, c.in.size()) == c.want);
    for (size_t piece = 1; piece < c.in.size(); ++piece) CHECK(run(c.in, piece) == c.want);
  }
}

TEST_CASE("imap framer: a refused APPEND is skipped to its end", "[imap]") {
  const Case cases[] = {
      {"a APPEND x {5}\r\nb NOOP\r\n", "part a APPEND x |5\nrefused\ncommand b NOOP\n"},
      {"a APPEND x {5+}\r\nhello\r\nb NOOP\r\n", "part a APPEND x |5+\nrefused\ncommand b NOOP\n"},
      {"a APPEND x {2+}\r\n11 {2+}\r\n22\r\nb NOOP\r\n",
       "part a APPEND x |2+\nrefused\ncommand b NOOP\n"},
      {"a APPEND x {2+}\r\n11 {2}\r\nb NOOP\r\n", "part a APPEND x |2+\nrefused\ncommand b NOOP\n"},
      {"a APPEND x {268435457+}\r\nz",
       "part a APPEND x |268435457+\nerror a close Too much to skip\n"},
  };
  for (const Case& c : cases) {
    INFO(c.in);
    for (size_t piece = 1; piece <= c.in.size(); ++piece)
      CHECK(run(c.in, piece, {.refuse_at = 0}) == c.want);
  }
}

TEST_CASE("imap framer: the second message is refused", "[imap]") {
  CHECK(run("a APPEND x {2+}\r\n11 {3+}\r\n222\r\nb NOOP\r\n", 3, {.refuse_at = 1}) ==
        "part a APPEND x |2+\nbytes 11\nnext  |3+\nrefused\ncommand b NOOP\n");
}

TEST_CASE("imap framer: expected lines are not commands", "[imap]") {
  CHECK(run("dGVzdA=={3}\r\na NOOP\r\n", 1, {.line_first = true}) ==
        "line dGVzdA=={3}\ncommand a NOOP\n");
  Framer framer(Limits::after_login());
  std::string_view input = "a IDLE\r\nDONE\r\nb NOOP\r\n";
  CHECK(std::get<CommandText>(framer.next(input)).text == "a IDLE");
  framer.expect_line();
  CHECK(std::get<LineText>(framer.next(input)).text == "DONE");
  CHECK(std::get<CommandText>(framer.next(input)).text == "b NOOP");
  CHECK(std::holds_alternative<NeedMore>(framer.next(input)));
  CHECK(framer.idle());
}

TEST_CASE("imap framer: limits", "[imap]") {
  Script before{.limits = Limits::before_login()};
  std::string long_line = "a NOOP " + std::string(8192, 'x');
  CHECK(run(long_line, 100, before) == "error a close Line too long\n");
  CHECK(run(long_line, long_line.size(), before) == "error a close Line too long\n");
  CHECK(run("a X {4097+}\r\n", 5, before) == "error a close Non-synchronizing literal too large\n");
  std::string many = "a X";
  for (int i = 0; i < 9; ++i) many += " {1+}\r\nx";
  many += "\r\n";
  CHECK(run(many, 7, before) == "error a close Too many literals\n");
  Script small;
  small.limits.command = 100;
  CHECK(run("a X {90}\r\n" + std::string(90, 'x') + " {90}\r\nb NOOP\r\n", 11, small) ==
        "literal 90\nerror a Command too long\ncommand b NOOP\n");
}

TEST_CASE("imap framer: nothing is read after the stream is lost", "[imap]") {
  Framer framer(Limits::after_login());
  std::string_view input = "a NOOP\nb NOOP\r\n";
  CHECK(std::get<FrameError>(framer.next(input)).close);
  CHECK(std::holds_alternative<NeedMore>(framer.next(input)));
  CHECK(input.empty());
}
