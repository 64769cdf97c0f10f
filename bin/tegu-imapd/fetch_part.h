// One item of FETCH that carries octets of a letter: which octets, and how they reach the client in
// pieces, so that memory does not grow with the letter (RFC 9051 6.4.5.1, RFC 3516).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "letter_bytes.h"
#include "session.h"
#include "wire/imap/command.h"
#include "wire/mime/message.h"

namespace tegu::imapd {

// The letter of a message while it is fetched.
struct OpenLetter {
  const Letter& letter;
  LetterBytes bytes;
  std::optional<wire::mime::Message> structure;  // when some item needs it
};

// Octets to send: text that is here already, or a range of the stored letter, perhaps decoded.
struct Octets {
  std::optional<std::string_view> here;
  wire::mime::Range range;
  std::string encoding;  // of BINARY: to be undone; empty: send as it is
  uint64_t skip = 0;     // of the result
  uint64_t size = 0;     // to send
};

// What the item needs of the letter beside its numbers.
struct Needs {
  bool structure = false;  // parsed
  bool header = false;
  bool body = false;
};
Needs needs_of(const wire::imap::FetchItem& item);
// The octets of an item other than BINARY, when the letter is here whole or the item needs only the
// header; nothing when there is no such part. `made` keeps what had to be made for it. Throws
// base::Error when the letter is damaged.
std::optional<std::string_view> octets_here(const OpenLetter& letter,
                                            const wire::imap::FetchItem& item, std::string& made);
// The same wherever they are; `made` must live as long as the result. Throws also CommandError
// UNKNOWN-CTE.
io::Task<std::optional<Octets>> find_octets(OpenLetter& letter, const wire::imap::FetchItem& item,
                                            std::string& made);
// RFC 3516 BINARY.SIZE; nothing when there is no such part.
io::Task<std::optional<uint64_t>> binary_size(OpenLetter& letter,
                                              const std::vector<uint32_t>& part);
// Sends `head` (what stands before them) and the octets. Small ones only gather in `head`; large
// ones go out in pieces. After the first piece went out every error is ConnectionLost: the client
// waits for octets that will not come.
io::Task<void> send_octets(Session& session, OpenLetter& letter, Octets octets, std::string& head);

}  // namespace tegu::imapd
