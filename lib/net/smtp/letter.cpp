#include "net/smtp/letter.h"

#include <algorithm>

#include "base/text.h"
#include "wire/smtp/xtext.h"

namespace tegu::net::smtp {

using namespace wire::smtp;

bool needs_smtputf8(const Letter& letter) {
  if (letter.reverse_path.needs_utf8()) return true;
  for (const Receiver& receiver : letter.receivers) {
    if (receiver.address.needs_utf8()) return true;
  }
  // It may have a UTF-8 header; only a letter that is ASCII throughout surely has not.
  return letter.smtputf8 && letter.body != BodyType::seven_bit;
}

std::string mail_command(const Letter& letter, const Capabilities& peer) {
  std::string out = "MAIL FROM:<" + format(letter.reverse_path) + ">";
  if (peer.size) out += " SIZE=" + std::to_string(letter.size);
  if (letter.body == BodyType::eight_bit_mime && peer.eight_bit_mime) out += " BODY=8BITMIME";
  if (letter.body == BodyType::binary_mime && peer.binary_mime) out += " BODY=BINARYMIME";
  if (peer.smtputf8 && needs_smtputf8(letter)) out += " SMTPUTF8";
  if (peer.dsn) {
    if (letter.ret == Ret::full) out += " RET=FULL";
    if (letter.ret == Ret::headers) out += " RET=HDRS";
    if (!letter.envid.empty()) out += " ENVID=" + xtext_encode(letter.envid);
  }
  return out + "\r\n";
}

static std::string notify_words(const Notify& notify) {
  if (notify.never) return "NEVER";
  std::vector<std::string> words;
  if (notify.success) words.push_back("SUCCESS");
  if (notify.failure) words.push_back("FAILURE");
  if (notify.delay) words.push_back("DELAY");
  return base::join(words, ",");
}

std::string rcpt_command(const Receiver& receiver, const Capabilities& peer) {
  std::string out = "RCPT TO:<" + format(receiver.address) + ">";
  if (!peer.dsn) return out + "\r\n";
  if (receiver.notify.given()) out += " NOTIFY=" + notify_words(receiver.notify);
  if (receiver.original) {
    const auto& [type, address] = *receiver.original;
    // RFC 6533 3: a "utf-8" address has its own escapes and no xtext around them.
    bool utf8 = base::iequals(type, "utf-8");
    out += " ORCPT=" + type + ";" + (utf8 ? utf8_addr_encode(address) : xtext_encode(address));
  }
  return out + "\r\n";
}

}  // namespace tegu::net::smtp
