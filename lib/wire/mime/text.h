// What people read in a message, as UTF-8: for searching and for previews.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/mime/message.h"
#include "wire/mime/transfer.h"

namespace tegu::wire::mime {

// A text/* leaf decoded from its transfer encoding and charset, HTML without its tags, at most
// limits.text_bytes of it. Nothing for other parts and unknown encodings. `bytes` is the message.
[[nodiscard]] std::optional<std::string> text_of(std::string_view bytes, const Part& part,
                                                 const Limits& limits = {});
// The same from the part's body alone, for those who keep header and body apart.
[[nodiscard]] std::optional<std::string> text_of_body(std::string_view body, const Part& part,
                                                      const Limits& limits = {});

// text_of_body() for bodies of any size, which come in pieces: the text in windows of at most about
// a megabyte, whole lines where there are line ends. Each window begins with the last `overlap`
// octets of the one before, so that no word is lost between two. A tag, script or comment of HTML
// that is longer than a window may show.
class TextWindows {
 public:
  // Nothing for parts that have no text.
  [[nodiscard]] static std::optional<TextWindows> make(const Part& part, size_t overlap);
  // The next window when there is enough of it; call it for each piece, then finish().
  [[nodiscard]] std::optional<std::string> feed(std::string_view body);
  [[nodiscard]] std::string finish();

 private:
  TextWindows(TransferDecoder decoder, const Part& part, size_t overlap);
  size_t window_end() const;
  std::string window(std::string_view octets);

  TransferDecoder decoder_;
  std::string charset_;
  bool html_;
  size_t overlap_;
  std::string decoded_;
  std::string byte_order_mark_;
  std::string tail_;  // of the window before
};

// All fields as "Name: decoded value" lines.
std::string header_text(std::string_view header, const Limits& limits = {});

// HTML to text: tags, comments, scripts and styles go, block tags become line ends, the common
// entities are resolved. Not a renderer; linear, and any bytes are accepted.
std::string html_to_text(std::string_view utf8);

// The beginning of the first readable text part that is no attachment, plain before HTML, blanks
// collapsed, at most so many characters (RFC 8970: 200). Empty when there is none.
std::string preview_of(std::string_view bytes, const Message& message, size_t characters = 200,
                       const Limits& limits = {});

}  // namespace tegu::wire::mime
