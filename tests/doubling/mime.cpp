// Shapes for whole messages: header blocks, parts and bodies (wire/mime), reports (wire/dsn).
#include "shapes.h"
#include "wire/dsn/parse.h"
#include "wire/mime/body_structure.h"
#include "wire/mime/envelope.h"
#include "wire/mime/header.h"
#include "wire/mime/message.h"
#include "wire/mime/packed.h"
#include "wire/mime/parser.h"
#include "wire/mime/scan.h"
#include "wire/mime/section.h"
#include "wire/mime/text.h"
#include "wire/mime/transfer.h"
#include "wire/mime/words.h"

namespace tegu::doubling {
namespace {

using namespace wire::mime;

// What a delivery does with a letter, and what the first FETCH does with what it kept.
void message(std::string_view input) {
  Parser parser;
  in_pieces(input, [&](std::string_view piece) { parser.feed(piece); });
  auto parsed = parser.finish();
  (void)envelope_wire(slice(input, parsed.root().header));
  auto stored = decode_structure(encode_structure(parsed));
  if (stored) (void)body_structure_wire(*stored, true);
  (void)preview_of(input, parsed);
}

void header(std::string_view input) {
  HeaderScan scan;
  in_pieces(input, [&](std::string_view piece) { scan.feed(piece); });
  scan.finish();
  (void)envelope_wire(input);
  (void)header_text(input);
  (void)select_fields(input, {"Subject", "To"}, Choose::not_listed);
}

std::function<void(std::string_view)> decoding(std::string encoding) {
  return [encoding](std::string_view input) { (void)decode_body(encoding, input); };
}

std::function<void(std::string_view)> charset(std::string name) {
  return [name](std::string_view input) { (void)text_to_utf8(name, input); };
}

void html(std::string_view input) {
  (void)html_to_text(input);
}

void report(std::string_view input) {
  (void)wire::dsn::parse_report(input);
}

// Multiparts inside each other, as deep as fits.
std::string nested(size_t size) {
  std::string out;
  for (int level = 0; out.size() < size; ++level) {
    std::string name = "b" + std::to_string(level) + "x";
    out += "Content-Type: multipart/mixed; boundary=" + name + "\r\n\r\n--" + name + "\r\n";
  }
  return out;
}

// As many boundaries open as the limit allows, and lines that look like each of them.
std::string almost(size_t size) {
  std::string open = nested(5000);
  return repeat(std::max(size, open.size() + 100), "--b99\r\n--b\r\n--\r\n", open);
}

}  // namespace

std::vector<Shape> mime_shapes() {
  auto of = [](std::string_view piece, std::string_view before = {}, std::string_view after = {}) {
    return [=](size_t size) { return repeat(size, piece, before, after); };
  };
  constexpr std::string_view mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  constexpr std::string_view embedded = "Content-Type: message/rfc822\r\n\r\n";
  constexpr std::string_view status =
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"
      "x\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n";
  return {
      {"header: fields", of("a:b\r\n"), header, any_size},
      {"header: one folded field", of(" x\r\n", "Subject:\r\n"), header, any_size},
      {"header: To fields", of("To: a@b\r\n"), header, any_size},
      {"header: one To", of("a@b,\r\n ", "To: "), header, any_size},
      {"header: References", of("<a@b>\r\n ", "References: "), header, any_size},
      {"header: encoded words", of("=?utf-8?q?a?=\r\n ", "Subject: "), header, any_size},
      {"header: long name", of("a"), header, any_size},
      {"header: long value", of("a", "Subject: "), header, any_size},
      {"header: CRs", of("\r"), header, any_size},
      {"header: blanks before the colon", of(" ", "Subject"), header, any_size},
      {"header: line feeds", of("\n"), header, any_size},
      {"message: fields", of("a:b\r\n"), message, any_size},
      {"message: one folded field", of(" x\r\n", "Content-Type: text/plain;\r\n"), message,
       any_size},
      {"message: one line", of("x", "\r\n"), message, any_size},
      {"message: short lines", of("\n", "\r\n"), message, any_size},
      {"message: parts", of("--b\r\n\r\n", mixed), message, any_size},
      {"message: parts with types",
       of("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nx\r\n", mixed), message, any_size},
      {"message: parts with params",
       of("--b\r\nContent-Type: a/b; = = = = = = = = = = = = = = = =\r\n\r\nx\r\n", mixed), message,
       any_size},
      {"message: delimiters", of("--b\n", mixed), message, any_size},
      {"message: almost boundaries", of("--bb\r\n", mixed), message, any_size},
      {"message: dashes", of("-", mixed), message, any_size},
      {"message: dashed lines", of("--\r\n", mixed), message, any_size},
      {"message: nested multiparts", nested, message, any_size},
      {"message: nested, almost boundaries", almost, message, any_size},
      {"message: nested messages", of(embedded), message, any_size},
      {"message: embedded messages",
       of("--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nx\r\n", mixed), message,
       any_size},
      {"message: closed multiparts",
       of("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n", mixed),
       message, any_size},
      {"message: long boundary",
       [](size_t size) {
         std::string boundary(1000, 'b');
         return repeat(size, "--" + boundary.substr(0, 999) + "\r\n",
                       "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n");
       },
       message, any_size},
      {"base64: good", of("YWJj\r\n"), decoding("base64"), any_size},
      {"base64: junk", of("!Y*W=J=j"), decoding("base64"), any_size},
      {"quoted-printable: escapes", of("=41"), decoding("quoted-printable"), any_size},
      {"quoted-printable: broken escapes", of("=4="), decoding("quoted-printable"), any_size},
      {"quoted-printable: blanks", of(" "), decoding("quoted-printable"), any_size},
      {"quoted-printable: blanks at ends", of("a   \r\n"), decoding("quoted-printable"), any_size},
      {"quoted-printable: soft breaks", of("=\r\n"), decoding("quoted-printable"), any_size},
      {"charset: broken UTF-8", of("\xf0\x9f"), charset("utf-8"), any_size},
      {"charset: gb18030", of("\x81\x30\x81"), charset("gb18030"), any_size},
      {"charset: iso-2022-jp", of("\x1b$B0!\x1b(B"), charset("iso-2022-jp"), any_size},
      {"charset: utf-7", of("+AOQ-"), charset("utf-7"), any_size},
      {"html: less-than signs", of("<"), html, any_size},
      {"html: tags without end", of("<a "), html, any_size},
      {"html: tags", of("<a href=\"x\">"), html, any_size},
      {"html: quote without end", of("<a x='", "<a x=\""), html, any_size},
      {"html: comments without end", of("<!--"), html, any_size},
      {"html: scripts", of("<script></script>"), html, any_size},
      {"html: scripts without end", of("<script></scrip"), html, any_size},
      {"html: end tags", of("</p>"), html, any_size},
      {"html: ampersands", of("&"), html, any_size},
      {"html: entities", of("&#x41;&amp;&nothing;"), html, any_size},
      {"report: recipients", of("Action: failed\r\nStatus: 5.1.1\r\n\r\n", status), report,
       any_size},
      {"report: fields", [=](size_t size) { return counted(size, "a#: b\r\n", status); }, report,
       any_size},
      {"report: one folded field", of(" x\r\n", std::string(status) + "Diagnostic-Code:\r\n"),
       report, any_size},
      {"report: parts", of("--b\r\n", status), report, any_size},
      {"report: without end", of("--bx\r\n", status), report, any_size},
  };
}

}  // namespace tegu::doubling
