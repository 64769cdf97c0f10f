#include "wire/dsn/report.h"

#include <algorithm>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/dsn/words.h"
#include "wire/smtp/xtext.h"

namespace tegu::wire::dsn {
namespace {

constexpr size_t max_diagnostic = 1000;
constexpr size_t fold_at = 76;

// One line of text without controls; ASCII unless utf8 is allowed.
std::string clean(std::string_view text, bool utf8) {
  std::string valid = base::to_valid_utf8(text.substr(0, max_diagnostic));
  std::string out;
  for (char c : valid) {
    bool high = static_cast<unsigned char>(c) >= 0x80;
    if (high && !utf8) {
      // One "?" a character: its continuation bytes are passed over.
      if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) out += '?';
    } else {
      out += high || (c >= ' ' && c != 0x7f) ? c : ' ';
    }
  }
  return std::string(base::trim(out));
}

// "Name: value", folded at blanks (RFC 5322 2.2.3).
std::string field(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + ":";
  size_t column = out.size();
  for (std::string_view word : base::split(value, ' ')) {
    if (word.empty()) continue;
    if (column + 1 + word.size() > fold_at && column > name.size() + 1) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
  }
  return out + "\r\n";
}

// RFC 6533 3: "utf-8" with the address as it is in the global form, escaped in the ASCII form.
std::string typed_address(const smtp::Address& address, bool international) {
  std::string text = smtp::format(address);
  if (base::is_ascii(text)) return "rfc822; " + text;
  return "utf-8; " + (international ? text : smtp::utf8_addr_encode(text));
}

std::string typed_original(const smtp::OriginalRecipient& original, bool international) {
  std::string address = clean(original.address, true);
  if (!international && !base::is_ascii(address)) address = smtp::utf8_addr_encode(address);
  return clean(original.type, false) + "; " + address;
}

std::string recipient_fields(const RecipientStatus& recipient, bool international) {
  std::string out;
  // RFC 3464 2.3.1: first of the group, and just when ORCPT was given.
  if (recipient.original)
    out += field("Original-Recipient", typed_original(*recipient.original, international));
  out += field("Final-Recipient", typed_address(recipient.address, international));
  out += field("Action", word(recipient.action));
  out += field("Status", recipient.status);
  if (!recipient.remote_mta.empty())
    out += field("Remote-MTA", "dns; " + clean(recipient.remote_mta, false));
  if (!recipient.diagnostic.empty()) {
    // RFC 3464 2.3.6: "smtp" only for what a peer replied; our own words have a type of ours.
    std::string type = recipient.remote_mta.empty() ? "X-Tegu; " : "smtp; ";
    out += field("Diagnostic-Code", type + clean(recipient.diagnostic, international));
  }
  if (recipient.last_attempt)
    out += field("Last-Attempt-Date", base::rfc5322_date(*recipient.last_attempt));
  if (recipient.will_retry_until)
    out += field("Will-Retry-Until", base::rfc5322_date(*recipient.will_retry_until));
  return out;
}

std::string status_fields(const Report& report) {
  std::string out;
  if (!report.envid.empty())
    out += field("Original-Envelope-Id", clean(report.envid, report.international));
  out += field("Reporting-MTA", "dns; " + report.reporting_mta);
  out += field("Arrival-Date", base::rfc5322_date(report.arrival));
  if (!report.letter.empty()) out += field("X-Tegu-Letter", report.letter);
  for (const RecipientStatus& recipient : report.recipients)
    out += "\r\n" + recipient_fields(recipient, report.international);
  return out;
}

// RFC 2045 6.7, for lines ended by "\n". Blanks at line ends and a "." or "From " at a line's start
// would be safe for SMTP anyway; only what the grammar asks for is escaped.
std::string quoted_printable(std::string_view text) {
  std::string out;
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    bool plain = c > ' ' && c < 0x7f && c != '=';
    std::string piece(1, c);
    if (!plain && (c != ' ' || ends_line)) {
      piece = '=' + base::to_upper(base::hex_encode(std::string_view(&text[i], 1)));
    }
    if (column + piece.size() > 75) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  }
  return out;
}

// The content of a header field of the letter, on one line; empty when absent or over long.
std::string header_field(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    size_t end = std::min(header.find("\r\n"), header.size());
    std::string_view line = header.substr(0, end);
    bool found = base::istarts_with(line, name) && line.substr(name.size()).starts_with(':');
    header.remove_prefix(std::min(end + 2, header.size()));
    std::string value(found ? line.substr(name.size() + 1) : std::string_view());
    while (header.starts_with(' ') || header.starts_with('\t')) {
      end = std::min(header.find("\r\n"), header.size());
      if (found) value += header.substr(0, end);
      header.remove_prefix(std::min(end + 2, header.size()));
    }
    if (found) return value.size() > 900 ? std::string() : clean(value, false);
  }
  return {};
}

// The report is about the worst of its recipients.
Action gravest(const std::vector<RecipientStatus>& recipients) {
  return std::ranges::min_element(recipients, {}, &RecipientStatus::action)->action;
}

std::string top_header(const Report& report, const Returned& returned, std::string_view boundary) {
  std::string host = report.reporting_mta;
  std::string out;
  out += "Date: " + base::rfc5322_date(report.date) + "\r\n";
  out += "From: Mail Delivery System <MAILER-DAEMON@" + host + ">\r\n";
  out += "To: <" + smtp::format(report.recipient) + ">\r\n";
  out += "Subject: " + std::string(subject(gravest(report.recipients))) + "\r\n";
  out += "Message-ID: <" + report.name + "@" + host + ">\r\n";
  std::string original = header_field(returned.header, "Message-ID");
  if (original.starts_with('<') && original.ends_with('>')) {
    out += field("In-Reply-To", original);
    out += field("References", original);
  }
  // RFC 3834 3.1.7, and so that no vacation answers it.
  out += "Auto-Submitted: auto-replied\r\n";
  out += "MIME-Version: 1.0\r\n";
  out += "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" +
         std::string(boundary) + "\"\r\n";
  return out;
}

struct Types {
  std::string_view status, header, message;
};
// RFC 6533 4: the global types where UTF-8 may occur.
constexpr Types ascii_types = {"message/delivery-status", "text/rfc822-headers", "message/rfc822"};
constexpr Types global_types = {"message/global-delivery-status", "message/global-headers",
                                "message/global"};

std::string part_start(std::string_view boundary, std::string_view type, bool eight_bit) {
  std::string out =
      "--" + std::string(boundary) + "\r\nContent-Type: " + std::string(type) + "\r\n";
  if (eight_bit) out += "Content-Transfer-Encoding: 8bit\r\n";
  return out + "\r\n";
}

// What is given back ends before its line end: the boundary brings one (RFC 2046 5.1.1).
std::string_view without_line_end(std::string_view text) {
  if (text.ends_with("\r\n")) text.remove_suffix(2);
  return text;
}

}  // namespace

std::string_view word(Action action) {
  constexpr std::string_view words[] = {"failed", "delayed", "delivered", "relayed", "expanded"};
  return words[static_cast<size_t>(action)];
}

std::string compose(const Report& report, const Returned& returned) {
  std::string boundary = "=_" + report.name;
  while (returned.header.contains(boundary) || (returned.body && returned.body->contains(boundary)))
    boundary += '=';
  std::string header(without_line_end(returned.header));
  if (header.ends_with("\r\n")) header.resize(header.size() - 2);
  bool high = !base::is_ascii(header) || (returned.body && !base::is_ascii(*returned.body));
  // A letter whose header has raw octets is no text/rfc822-headers of ASCII, SMTPUTF8 or not.
  bool global_letter = report.international && base::is_utf8(header) && !base::is_ascii(header);
  std::string status = status_fields(report);
  const Types& status_types = base::is_ascii(status) ? ascii_types : global_types;
  const Types& letter_types = global_letter ? global_types : ascii_types;

  std::string out = top_header(report, returned, boundary);
  bool eight_bit = high || !base::is_ascii(status);
  if (eight_bit) out += "Content-Transfer-Encoding: 8bit\r\n";
  out += "\r\n--" + boundary +
         "\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n"
         "Content-Description: Notification\r\n\r\n";
  out += quoted_printable(explain(report, returned.body.has_value()));
  out += "\r\n" + part_start(boundary, status_types.status, !base::is_ascii(status)) + status;
  if (returned.body) {
    out += "\r\n" + part_start(boundary, letter_types.message, high) + header + "\r\n\r\n";
    out += without_line_end(*returned.body);
  } else {
    out += "\r\n" + part_start(boundary, letter_types.header, high) + header + "\r\n";
  }
  return out + "\r\n--" + boundary + "--\r\n";
}

bool returns_body(smtp::Ret ret, Action action, uint64_t letter_size, uint64_t limit) {
  return action == Action::failed && ret != smtp::Ret::headers && letter_size <= limit;
}

}  // namespace tegu::wire::dsn
