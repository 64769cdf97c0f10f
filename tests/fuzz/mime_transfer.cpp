// Transfer encodings (wire/mime/transfer.h): pieces decode as the whole, nothing grows, and what we
// encode comes back. The first byte chooses the encoding and the pieces.
#include <string>

#include "fuzz.h"
#include "wire/mime/transfer.h"

using namespace tegu::fuzz;
using namespace tegu::wire::mime;

namespace {

// Line ends as quoted-printable text has them.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

bool lines_fit(std::string_view text) {
  size_t begin = 0;
  for (size_t end; (end = text.find("\r\n", begin)) != text.npos; begin = end + 2)
    if (end - begin > 76) return false;
  return text.size() - begin <= 76;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = view(data, size);
  uint8_t choice = take_choice(bytes);
  std::string_view encoding = (choice & 1) != 0 ? "base64" : "quoted-printable";
  auto whole = decode_body(encoding, bytes);
  require(whole.bytes.size() <= bytes.size());
  auto decoder = TransferDecoder::make(encoding);
  std::string out;
  Pieces pieces(choice);
  for (std::string_view rest = bytes; !rest.empty();) decoder->feed(pieces.next(rest), out);
  decoder->finish(out);
  require(out == whole.bytes);
  require(decoder->damaged() == (whole.status == Decoded::Status::damaged));

  bool base64 = (choice & 1) != 0;
  auto encoded = base64 ? encode_base64_lines(bytes) : encode_quoted_printable(bytes);
  require(lines_fit(encoded));
  auto back = decode_body(encoding, encoded);
  require(back.status == Decoded::Status::ok);
  require(back.bytes == (base64 ? std::string(bytes) : with_crlf(bytes)));
  return 0;
}
