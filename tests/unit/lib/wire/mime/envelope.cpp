#include "wire/mime/envelope.h"

#include <catch2/catch.hpp>

#include "wire/mime/wire_list.h"

using namespace tegu::wire::mime;

TEST_CASE("mime envelope: the example of RFC 9051", "[mime]") {
  CHECK(envelope_wire("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                      "From: Terry Gray <gray@cac.washington.edu>\r\n"
                      "Subject: IMAP4rev2 WG mtg summary and minutes\r\n"
                      "To: imap@cac.washington.edu\r\n"
                      "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                      "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
                      "MIME-Version: 1.0\r\n"
                      "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n") ==
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" "
        "\"IMAP4rev2 WG mtg summary and minutes\" "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((NIL NIL \"imap\" \"cac.washington.edu\")) "
        "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
        "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
        "\"<B27397-0100000@cac.washington.edu>\")");
}

TEST_CASE("mime envelope: absent, empty, repeated and strange fields", "[mime]") {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
      {"Subject:\r\nDate: \r\nIn-Reply-To:\r\nMessage-ID:\r\nTo:\r\n\r\n",
       "(\"\" \"\" NIL NIL NIL NIL NIL NIL \"\" \"\")"},
      {"From: a@b\r\nSender:\r\nReply-To: , \r\n\r\n",
       "(NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) "
       "NIL NIL NIL NIL NIL)"},
      {"From: a@b\r\nFrom: c@d\r\nSender: s@t\r\nReply-To: r@u\r\n\r\n",
       "(NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"s\" \"t\")) ((NIL NIL \"r\" \"u\")) "
       "NIL NIL NIL NIL NIL)"},
      {"To: a@b\r\nBcc: x@y\r\nTo: g:;\r\nIn-Reply-To: <1@x>\r\n <2@x>\r\n\r\n",
       "(NIL NIL NIL NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"g\" NIL)(NIL NIL NIL NIL)) NIL "
       "((NIL NIL \"x\" \"y\")) \"<1@x> <2@x>\" NIL)"},
      {"Subject: a\r\n b \"c\" \\\r\nSubject: second\r\n\r\n",
       "(NIL \"a b \\\"c\\\" \\\\\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
      {"Subject: \xd0\x96\r\nTo: \"\xff\" <@r:a@b>\r\n\r\n",
       "(NIL {2}\r\n\xd0\x96 NIL NIL NIL (({1}\r\n\xff \"@r\" \"a\" \"b\")) NIL NIL NIL NIL)"},
      {std::string("Subject: a\0b\n\n", 14), "(NIL \"ab\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
      {"To: root\n\n", "(NIL NIL NIL NIL NIL ((NIL NIL \"root\" \"\")) NIL NIL NIL NIL)"},
  };
  for (auto& [in, want] : cases) {
    CAPTURE(in);
    auto got = envelope_wire(in);
    CHECK(got == want);
    CHECK(is_wire_list(got));
  }
}

TEST_CASE("mime envelope: many fields give a bounded list", "[mime]") {
  std::string header;
  for (int i = 0; i < 9000; i++) header += "To: a@b,c@d\n";
  auto got = envelope_wire(header);
  CHECK(is_wire_list(got));
  CHECK(got.size() < 10'000 * 24);
}
