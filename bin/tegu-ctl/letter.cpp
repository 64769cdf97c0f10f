#include "letter.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/handle.h"
#include "base/ids.h"
#include "base/text.h"
#include "base/time.h"
#include "io/scope.h"
#include "net/peer/queue.h"
#include "wire/mime/address.h"
#include "wire/mime/header.h"
#include "wire/mime/scan.h"

namespace tegu::ctl {

using namespace std::chrono_literals;

constexpr auto accept_patience = 120s;

static std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32 + 2);
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r') {
      out += "\r\n";
    } else {
      out += text[i];
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string complete_letter(std::string_view text, const std::string& host) {
  std::string letter = with_crlf(text);
  wire::mime::HeaderScan scan;
  scan.feed(letter);
  scan.finish();
  std::string added;
  if (scan.counts().date == 0) {
    added += "Date: " + base::rfc5322_date(base::wall_now()) + "\r\n";
  }
  if (scan.counts().message_id == 0) {
    added += fmt::format("Message-ID: <{}@{}>\r\n", base::random_name(20), host);
  }
  // A letter without any header: what we add must not swallow its first line.
  bool headless = scan.header_size() == 0 && !letter.starts_with("\r\n");
  return added + (headless ? "\r\n" : "") + letter;
}

static base::Fd in_memory(std::string_view letter) {
  base::Fd fd(::memfd_create("letter", MFD_CLOEXEC));
  if (!fd) base::throw_errno("memfd_create");
  while (!letter.empty()) {
    ssize_t wrote = ::write(fd.get(), letter.data(), letter.size());
    if (wrote < 0) base::throw_errno("write the letter");
    letter.remove_prefix(static_cast<size_t>(wrote));
  }
  return fd;
}

io::Task<void> hand_in(io::Loop& loop, const daemon::Conf& conf, wire::smtp::Envelope envelope,
                       std::string letter) {
  if (envelope.id.empty()) envelope.id = base::random_name(16);
  base::Fd fd = in_memory(letter);
  net::peer::Queue queue(loop, conf.run_dir);
  io::Scope scope(loop);
  scope.spawn(queue.run());
  co_await scope.enclose(
      queue.accept({.envelope = std::move(envelope), .size = static_cast<int64_t>(letter.size())},
                   {.fd = fd.get()}, io::after(accept_patience)));
}

Addressed take_recipients(std::string_view letter) {
  Addressed result;
  size_t body = 0;
  for (const auto& field : wire::mime::header_fields(letter)) {
    bool bcc = base::iequals(field.name, "Bcc");
    if (bcc || base::iequals(field.name, "To") || base::iequals(field.name, "Cc")) {
      for (const auto& address : wire::mime::parse_addresses(field.value)) {
        if (!address.mailbox) continue;  // the end of a group
        if (address.is_mailbox()) result.recipients.push_back(address.spec());
      }
    }
    if (!bcc) result.letter += field.raw;
    body = static_cast<size_t>(field.raw.data() + field.raw.size() - letter.data());
  }
  result.letter += letter.substr(body);
  return result;
}

}  // namespace tegu::ctl
