// Feeds any bytes as the value of a header field to lib/wire/mime: encoded words, addresses,
// message ids, parameters with RFC 2231, transfer decoders in two pieces, HTML; and as text to what
// composes headers, whose output must decode to the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/mime/address.h"
#include "wire/mime/header.h"
#include "wire/mime/params.h"
#include "wire/mime/text.h"
#include "wire/mime/transfer.h"
#include "wire/mime/words.h"

using namespace tegu;
using namespace tegu::wire::mime;

static void require(bool holds) {
  if (!holds) std::abort();
}

static void check_decoders(std::string_view bytes) {
  for (auto encoding : {"base64", "quoted-printable"}) {
    auto whole = decode_body(encoding, bytes);
    auto decoder = TransferDecoder::make(encoding);
    std::string out;
    decoder->feed(bytes.substr(0, bytes.size() / 2), out);
    decoder->feed(bytes.substr(bytes.size() / 2), out);
    decoder->finish(out);
    require(out == whole.bytes && out.size() <= bytes.size());
  }
  require(decode_body("base64", encode_base64_lines(bytes)).bytes == bytes);
  auto quoted = encode_quoted_printable(bytes);
  auto lines = base::replace_all(std::string(bytes), "\r\n", "\n");
  require(decode_body("quoted-printable", quoted).bytes == base::replace_all(lines, "\n", "\r\n"));
}

static void check_composing(std::string_view bytes) {
  auto folded = fold_header("Subject", encode_words(bytes));
  require(folded.ends_with("\r\n") && header_fields(folded).size() == 1);
  require(header_fields(folded)[0].raw.size() == folded.size());
  // Controls become blanks, and blanks at the ends are not kept.
  std::string text = base::to_valid_utf8(bytes);
  std::ranges::replace_if(text, [](unsigned char c) { return c < 32 || c == 127; }, ' ');
  auto decoded = decode_words(header_fields(folded)[0].value);
  if (base::is_utf8(bytes)) require(base::trim(decoded) == base::trim(text));

  auto list = parse_addresses(encode_phrase(bytes) + " <a@b>");
  require(list.size() == 1 && list[0].mailbox == "a" && list[0].host == "b");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  require(base::is_utf8(decode_words(bytes)));
  require(base::is_utf8(html_to_text(base::to_valid_utf8(bytes))));
  for (auto& address : parse_addresses(bytes)) {
    require(!address.host || address.mailbox);
    address.spec();
  }
  for (auto& id : message_ids(bytes)) require(id.starts_with('<') && id.ends_with('>'));
  for (auto& params : {parse_content_type(bytes).params, parse_disposition(bytes).params}) {
    require(params.size() <= 128);
    for (auto& param : params) require(base::is_utf8(param_text(params, param.name).value_or("")));
  }
  decode_extended(bytes);
  check_decoders(bytes);
  check_composing(bytes);
  return 0;
}
