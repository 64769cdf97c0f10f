// Tests the DATA decoder and encoder, with every line end that smugglers use.
#include "wire/smtp/data.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tegu::wire::smtp;

namespace {

struct Decoded {
  std::string message;
  bool end = false;
  bool refused = false;
  size_t left = 0;  // octets after the end
  bool operator==(const Decoded&) const = default;
};

Decoded decode(const std::vector<std::string>& pieces) {
  Decoded got;
  DataDecoder decoder;
  for (std::string_view rest : pieces) {
    while (!rest.empty() && !got.end) {
      auto step = decoder.next(rest);
      got.message += step.output;
      rest.remove_prefix(step.consumed);
      got.end = step.end;
    }
    got.left += rest.size();
  }
  got.refused = decoder.refused();
  if (got.refused) got.message.clear();
  return got;
}

std::string encode(std::string_view message) {
  DataEncoder encoder;
  std::string out;
  encoder.encode(message, out);
  encoder.finish(out);
  return out;
}

// The plain definition: what a reader sees that searches for CRLF.CRLF and knows nothing else.
Decoded reference(const std::string& stream) {
  Decoded want;
  std::string all = "\r\n" + stream;
  size_t end = all.find("\r\n.\r\n");
  std::string body = all.substr(0, end == std::string::npos ? std::string::npos : end + 2);
  want.end = end != std::string::npos;
  want.left = want.end ? all.size() - end - 5 : 0;
  for (size_t i = 0; i < body.size(); ++i) {
    bool cr = body[i] == '\r', lf = body[i] == '\n';
    if (cr && i + 1 < body.size() && body[i + 1] != '\n') want.refused = true;
    if (lf && (i == 0 || body[i - 1] != '\r')) want.refused = true;
  }
  for (size_t at = 0; (at = body.find("\r\n.", at)) != std::string::npos; at += 2)
    body.erase(at + 2, 1);
  want.message = want.refused ? "" : body.substr(2);
  return want;
}

}  // namespace

TEST_CASE("smtp data: dots are taken away and the end found, split at every byte", "[smtp]") {
  struct Row {
    std::string in;
    std::string message;
    size_t left;
  };
  const std::vector<Row> rows = {
      {".\r\n", "", 0},
      {"\r\n.\r\n", "\r\n", 0},
      {"a\r\n.\r\nQUIT\r\n", "a\r\n", 6},
      {"..\r\n.\r\n", ".\r\n", 0},
      {"...a\r\n.\r\n", "..a\r\n", 0},
      {".a\r\n.\r\n", "a\r\n", 0},
      {"a.\r\n.b.\r\n.\r\n", "a.\r\nb.\r\n", 0},
      {std::string("\0\xff\r\n.\r\n", 7), std::string("\0\xff\r\n", 4), 0},
  };
  for (const Row& row : rows) {
    for (size_t cut = 0; cut <= row.in.size(); ++cut) {
      INFO(row.in << " cut at " << cut);
      CHECK(decode({row.in.substr(0, cut), row.in.substr(cut)}) ==
            Decoded{row.message, true, false, row.left});
    }
  }
}

TEST_CASE("smtp data: no line end but CRLF.CRLF ends a message", "[smtp][smuggling]") {
  // Every sequence of up to four of these before a dot, and after it.
  std::vector<std::string> ends = {""};
  for (size_t from = 0, length = 0; length < 4; ++length) {
    size_t to = ends.size();
    for (; from < to; ++from) {
      for (char c : {'\r', '\n', '.', 'x'}) ends.push_back(ends[from] + c);
    }
  }
  for (const std::string& before : ends) {
    for (const std::string& after :
         {std::string("\r\n"), std::string("\n"), std::string("\r"), std::string("\n\n"),
          std::string("\r\r\n"), std::string("\n\r\n"), std::string("\r\n\r")}) {
      std::string stream = "a" + before + "." + after + "MAIL FROM:<evil@b.org>\r\n.\r\nNOOP\r\n";
      INFO(stream);
      Decoded want = reference(stream);
      REQUIRE(decode({stream}) == want);
      std::vector<std::string> bytes;
      for (char c : stream) bytes.emplace_back(1, c);
      REQUIRE(decode(bytes) == want);
    }
  }
}

TEST_CASE("smtp data: all four-octet line ends around a dot", "[smtp][smuggling]") {
  const std::array<char, 3> alphabet = {'\r', '\n', '.'};
  for (int i = 0; i < 6561; ++i) {  // 3^8: four octets, a dot, four octets
    std::string stream = "x";
    for (int n = i, k = 0; k < 8; ++k, n /= 3) {
      if (k == 4) stream += '.';
      stream += alphabet[n % 3];
    }
    stream += "y\r\n.\r\n";
    INFO(stream);
    REQUIRE(decode({stream}) == reference(stream));
    for (size_t cut = 1; cut < stream.size(); ++cut) {
      REQUIRE(decode({stream.substr(0, cut), stream.substr(cut)}) == reference(stream));
    }
  }
}

TEST_CASE("smtp data: what is odd is found at any place of a long text", "[smtp][smuggling]") {
  std::string lines;
  while (lines.size() < 3000) lines += std::string(lines.size() % 61, 'x') + ".\r\n";
  for (std::string_view odd :
       {"\r\n.", "\r\n.\r\n", "\r\n..\r\n", "\r", "\n", "\r\n.\r", "\n.\r\n", "\r\n.x\n"}) {
    for (size_t at = 900; at < 2200; ++at) {
      std::string stream = lines;
      stream.insert(at, odd);
      stream += "\r\n.\r\n";
      INFO(odd << " at " << at);
      REQUIRE(decode({stream}) == reference(stream));
      REQUIRE(decode({stream.substr(0, at + 1), stream.substr(at + 1)}) == reference(stream));
    }
  }
}

TEST_CASE("smtp data: the encoder finds line ends and dots at any place of a long text",
          "[smtp][smuggling]") {
  std::string lines;
  while (lines.size() < 3000) lines += std::string(lines.size() % 61, 'x') + ".\r\n";
  for (std::string_view odd : {"\r\n.", "\r\n.\r\n", "\r", "\n", "\n.", "\r\r\n"}) {
    for (size_t at = 900; at < 2200; ++at) {
      std::string message = lines;
      message.insert(at, odd);
      INFO(odd << " at " << at);
      std::string octets;
      DataEncoder one_by_one;
      for (char c : message) one_by_one.encode({&c, 1}, octets);
      one_by_one.finish(octets);
      REQUIRE(encode(message) == octets);
      Decoded got = decode({octets});
      REQUIRE((got.end && !got.refused && got.left == 0));
      LineEndCheck ends;
      ends.feed(message);
      if (!ends.bare_at_end()) REQUIRE(got.message == message);
    }
  }
}

TEST_CASE("smtp data: what is encoded decodes to the same", "[smtp]") {
  CHECK(encode("") == ".\r\n");
  CHECK(encode("a\r\n") == "a\r\n.\r\n");
  CHECK(encode("a") == "a\r\n.\r\n");
  CHECK(encode(".a\r\n..\r\n") == "..a\r\n...\r\n.\r\n");
  for (std::string message :
       {"\r\n", ".\r\n", ".\r\n.\r\n", "a\r\n\r\n.b\r\n", "..\r\n", "a.b\r\n"}) {
    INFO(message);
    CHECK(decode({encode(message)}) == Decoded{message, true, false, 0});
  }
}

TEST_CASE("smtp data: the encoder is the same however pieces come, and smuggles nothing",
          "[smtp]") {
  const std::array<char, 4> alphabet = {'\r', '\n', '.', 'x'};
  for (int i = 0; i < 4096; ++i) {  // 4^6
    std::string message;
    for (int n = i, k = 0; k < 6; ++k, n /= 4) message += alphabet[n % 4];
    std::string whole = encode(message);
    for (size_t cut = 0; cut <= message.size(); ++cut) {
      DataEncoder encoder;
      std::string out;
      encoder.encode(std::string_view(message).substr(0, cut), out);
      encoder.encode(std::string_view(message).substr(cut), out);
      encoder.finish(out);
      REQUIRE(out == whole);
    }
    Decoded got = decode({whole});
    REQUIRE(got.end);
    REQUIRE_FALSE(got.refused);
    REQUIRE(got.left == 0);
  }
  CHECK(encode("a\nb\rc\r\n.\r") == "a b c\r\n..\r\n.\r\n");
}

TEST_CASE("smtp data: bare line ends are found across pieces", "[smtp]") {
  struct Row {
    std::string in;
    bool bare;
  };
  const std::vector<Row> rows = {
      {"", false},         {"a\r\nb\r\n", false}, {"a\nb", true}, {"\n", true},
      {"a\rb", true},      {"a\r\r\n", true},     {"a\r", true},  {"a\r\n\n", true},
      {"\r\n\r\n", false}, {"a\r\n\rb", true},
  };
  for (const Row& row : rows) {
    for (size_t cut = 0; cut <= row.in.size(); ++cut) {
      INFO(row.in << " cut at " << cut);
      LineEndCheck check;
      check.feed(std::string_view(row.in).substr(0, cut));
      check.feed(std::string_view(row.in).substr(cut));
      CHECK(check.bare_at_end() == row.bare);
    }
  }
}

TEST_CASE("smtp data: a chunk takes exactly its octets", "[smtp]") {
  ChunkCounter chunk(5);
  CHECK(chunk.take("ab") == "ab");
  CHECK(chunk.left() == 3);
  CHECK(chunk.take("cdefg") == "cde");
  CHECK(chunk.done());
  CHECK(chunk.take("h").empty());
  CHECK(ChunkCounter(0).done());
}
