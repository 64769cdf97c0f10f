// Messages that several of these tests look at.
#pragma once
#include <string>

namespace samples {

// The tree of the section example in RFC 9051 6.4.5.1.
inline std::string section_example() {
  std::string inner3 =
      "Subject: three\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
      "--c\r\n\r\n3.1 text\r\n"
      "--c\r\nContent-Type: application/octet-stream\r\n\r\n3.2\r\n"
      "--c--\r\n";
  std::string inner42 =
      "Subject: four-two\r\nContent-Type: multipart/mixed; boundary=e\r\n\r\n"
      "--e\r\nContent-Type: text/plain\r\n\r\n4.2.1\r\n"
      "--e\r\nContent-Type: multipart/alternative; boundary=f\r\n\r\n"
      "--f\r\nContent-Type: text/plain\r\n\r\n4.2.2.1\r\n"
      "--f\r\nContent-Type: text/richtext\r\n\r\n4.2.2.2\r\n--f--\r\n"
      "--e--\r\n";
  return "Subject: top\r\nFrom: a@b\r\nContent-Type: multipart/mixed; "
         "boundary=a\r\n\r\npreamble\r\n"
         "--a\r\nContent-Type: text/plain\r\n\r\n1\r\n"
         "--a\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n"
         "--a\r\nContent-Type: message/rfc822\r\n\r\n" +
         inner3 +
         "\r\n--a\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n"
         "--d\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: BASE64\r\n\r\nR0lG\r\n"
         "--d\r\nContent-Type: message/rfc822\r\n\r\n" +
         inner42 + "\r\n--d--\r\n--a--\r\nepilogue\r\n";
}

// RFC 2049 appendix A, shortened bodies.
inline std::string complex_multipart() {
  return "MIME-Version: 1.0\r\n"
         "From: Nathaniel Borenstein <nsb@nsb.fv.com>\r\n"
         "To: Ned Freed <ned@innosoft.com>\r\n"
         "Date: Fri, 07 Oct 1994 16:15:05 -0700 (PDT)\r\n"
         "Subject: A multipart example\r\n"
         "Content-Type: multipart/mixed;\r\n"
         "              boundary=unique-boundary-1\r\n"
         "\r\n"
         "This is the preamble area of a multipart message.\r\n"
         "--unique-boundary-1\r\n"
         "\r\n"
         "  ... Some text appears here ...\r\n"
         "--unique-boundary-1\r\n"
         "Content-type: text/plain; charset=US-ASCII\r\n"
         "\r\n"
         "This could have been part of the previous part, but\r\n"
         "illustrates explicit versus implicit typing of body\r\n"
         "parts.\r\n"
         "--unique-boundary-1\r\n"
         "Content-Type: multipart/parallel; boundary=unique-boundary-2\r\n"
         "\r\n"
         "--unique-boundary-2\r\n"
         "Content-Type: audio/basic\r\n"
         "Content-Transfer-Encoding: base64\r\n"
         "\r\n"
         "AAAA\r\n"
         "--unique-boundary-2\r\n"
         "Content-Type: image/jpeg\r\n"
         "Content-Transfer-Encoding: base64\r\n"
         "\r\n"
         "BBBB\r\n"
         "--unique-boundary-2--\r\n"
         "\r\n"
         "--unique-boundary-1\r\n"
         "Content-type: text/enriched\r\n"
         "\r\n"
         "This is <bold><italic>enriched.</italic></bold>\r\n"
         "--unique-boundary-1\r\n"
         "Content-Type: message/rfc822\r\n"
         "\r\n"
         "From: (mailbox in US-ASCII)\r\n"
         "To: (address in US-ASCII)\r\n"
         "Subject: (subject in US-ASCII)\r\n"
         "Content-Type: Text/plain; charset=ISO-8859-1\r\n"
         "Content-Transfer-Encoding: Quoted-printable\r\n"
         "\r\n"
         "  ... Additional text in ISO-8859-1 goes here ...\r\n"
         "--unique-boundary-1--\r\n";
}

}  // namespace samples
