// IMAP ENVELOPE of a message header (RFC 9051 7.5.2), ready for the wire.
#pragma once
#include <string>
#include <string_view>

#include "wire/mime/limits.h"

namespace tegu::wire::mime {

// "(date subject from sender reply-to to cc bcc in-reply-to message-id)", valid for IMAP4rev1
// clients (see wire_list.h). Several To, Cc or Bcc fields are taken together; of the others the
// first counts.
std::string envelope_wire(std::string_view header, const Limits& limits = {});

}  // namespace tegu::wire::mime
