// IMAP BODYSTRUCTURE and BODY of a parsed message (RFC 9051 7.5.2), ready for the wire.
#pragma once
#include <string>

#include "wire/mime/message.h"

namespace tegu::wire::mime {

// extensible: BODYSTRUCTURE; else BODY, without the extension data. A multipart without parts is
// shown with one empty text/plain part, because the grammar asks for one; find_section knows it.
std::string body_structure_wire(const Message& message, bool extensible);

}  // namespace tegu::wire::mime
