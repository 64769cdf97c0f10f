// Compression over a Stream: raw DEFLATE (RFC 1951) in both directions, as COMPRESS=DEFLATE of IMAP
// and ManageSieve wants it (RFC 4978). Goes above TLS. About 80 KiB a connection.
#pragma once
#include <memory>

#include "io/stream.h"

namespace tegu::io {

// Each write_all is flushed, so that the peer can decode all of it. Broken compressed data is
// ConnectionLost. Deadlines, ends and TLS facts are those of `below`.
std::unique_ptr<Stream> deflate_stream(std::unique_ptr<Stream> below);

}  // namespace tegu::io
