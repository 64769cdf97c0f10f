// MAIL and RCPT: a path and ESMTP parameters.
#include <vector>

#include "base/text.h"
#include "base/unicode.h"
#include "wire/smtp/command.h"
#include "wire/smtp/xtext.h"

namespace tegu::wire::smtp {
namespace {

constexpr size_t max_parameters = 20;
constexpr size_t max_envid = 100;  // RFC 3461 4.4
constexpr size_t max_orcpt = 500;  // RFC 3461 4.2

std::unexpected<Reply> refuse(int code, std::string_view enhanced, std::string text) {
  return std::unexpected(Reply{code, std::string(enhanced), std::move(text)});
}
std::unexpected<Reply> bad_value(std::string_view keyword) {
  return refuse(501, "5.5.4", "Bad value of " + std::string(keyword));
}

struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

// esmtp-keyword ["=" esmtp-value] (RFC 5321 4.1.2, RFC 6531 3.3).
std::optional<Parameter> read_parameter(std::string_view text) {
  size_t equals = text.find('=');
  Parameter parameter{text.substr(0, equals), std::nullopt};
  if (parameter.keyword.empty() || parameter.keyword.front() == '-') return {};
  for (char c : parameter.keyword) {
    if (!base::is_alnum(c) && c != '-') return {};
  }
  if (equals == std::string_view::npos) return parameter;
  parameter.value = text.substr(equals + 1);
  if (parameter.value->empty()) return {};
  for (char c : *parameter.value) {
    auto byte = static_cast<unsigned char>(c);
    // "=" within a value is against the letter of the RFC, but AUTH= and ORCPT= are sent with it.
    if (byte < '!' || byte == 0x7f) return {};
  }
  return parameter;
}

Parsed<std::vector<Parameter>> read_parameters(std::string_view text) {
  std::vector<Parameter> parameters;
  if (text.empty()) return parameters;
  if (!text.starts_with(' ')) return refuse(501, "5.5.4", "A blank must follow the address");
  for (std::string_view piece : base::split(text, ' ')) {
    if (piece.empty()) continue;
    auto parameter = read_parameter(piece);
    if (!parameter) return refuse(501, "5.5.4", "Bad parameter");
    if (parameters.size() == max_parameters) return refuse(501, "5.5.4", "Too many parameters");
    for (const Parameter& earlier : parameters) {
      if (base::iequals(earlier.keyword, parameter->keyword))
        return refuse(501, "5.5.4", "Parameter given twice");
    }
    parameters.push_back(*parameter);
  }
  return parameters;
}

// "FROM:<path>" or "TO:<path>". A blank after the colon is not in the grammar, but common.
Parsed<Path> read_path(std::string_view arguments, std::string_view keyword, bool utf8,
                       bool null_allowed) {
  if (!base::istarts_with(arguments, keyword))
    return refuse(501, "5.5.4", "Syntax: " + std::string(keyword) + "<address>");
  arguments.remove_prefix(keyword.size());
  while (arguments.starts_with(' ')) arguments.remove_prefix(1);
  auto path = parse_path(arguments, utf8, null_allowed);
  if (path) return std::move(*path);
  std::string_view why = describe(path.error());
  // RFC 3463 3.2: 5.1.7 is the sender's address, 5.1.3 the recipient's; 5.6.7 RFC 6531 3.7.4.2.
  if (path.error() == AddressError::needs_smtputf8) return refuse(553, "5.6.7", std::string(why));
  return refuse(553, null_allowed ? "5.1.7" : "5.1.3", std::string(why));
}

std::optional<BodyType> read_body(std::string_view value) {
  if (base::iequals(value, "7BIT")) return BodyType::seven_bit;
  if (base::iequals(value, "8BITMIME")) return BodyType::eight_bit_mime;
  if (base::iequals(value, "BINARYMIME")) return BodyType::binary_mime;
  return {};
}

// RFC 3461 4.1: NEVER alone, or a list of the others.
std::optional<Notify> read_notify(std::string_view value) {
  Notify notify;
  if (base::iequals(value, "NEVER")) {
    notify.never = true;
    return notify;
  }
  for (std::string_view word : base::split(value, ',')) {
    if (base::iequals(word, "SUCCESS")) {
      notify.success = true;
    } else if (base::iequals(word, "FAILURE")) {
      notify.failure = true;
    } else if (base::iequals(word, "DELAY")) {
      notify.delay = true;
    } else {
      return {};
    }
  }
  return notify;
}

// RFC 3461 4.2: addr-type ";" xtext; RFC 6533 3 for the type "utf-8".
std::optional<OriginalRecipient> read_orcpt(std::string_view value) {
  size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos || semicolon == 0 || value.size() > max_orcpt) return {};
  std::string type = base::to_lower(value.substr(0, semicolon));
  for (char c : type) {
    if (!base::is_alnum(c) && c != '-') return {};
  }
  std::string_view text = value.substr(semicolon + 1);
  auto address = type == "utf-8" ? utf8_addr_decode(text) : xtext_decode(text);
  if (!address || address->empty()) return {};
  return OriginalRecipient{.type = std::move(type), .address = std::move(*address)};
}

// False: no such parameter of MAIL.
Parsed<bool> apply(MailArguments& mail, const Parameter& parameter) {
  std::string_view keyword = parameter.keyword;
  std::string_view value = parameter.value.value_or(std::string_view());
  if (base::iequals(keyword, "SMTPUTF8")) {
    if (parameter.value) return bad_value(keyword);
    mail.smtputf8 = true;
  } else if (base::iequals(keyword, "SIZE")) {
    // RFC 1870 3: up to 20 digits.
    mail.size = base::parse_number<uint64_t>(value);
    if (!mail.size) return bad_value(keyword);
  } else if (base::iequals(keyword, "BODY")) {
    auto body = read_body(value);
    if (!body) return bad_value(keyword);
    mail.body = *body;
  } else if (base::iequals(keyword, "RET")) {
    bool full = base::iequals(value, "FULL");
    if (!full && !base::iequals(value, "HDRS")) return bad_value(keyword);
    mail.ret = full ? Ret::full : Ret::headers;
  } else if (base::iequals(keyword, "ENVID")) {
    auto envid = xtext_decode(value);
    if (!envid || envid->empty() || value.size() > max_envid) return bad_value(keyword);
    mail.envid = std::move(*envid);
  } else if (base::iequals(keyword, "AUTH")) {
    mail.auth = xtext_decode(value);
    if (!mail.auth || mail.auth->empty()) return bad_value(keyword);
  } else {
    return false;
  }
  return true;
}

Parsed<bool> apply(RcptArguments& rcpt, const Parameter& parameter) {
  std::string_view value = parameter.value.value_or(std::string_view());
  if (base::iequals(parameter.keyword, "NOTIFY")) {
    auto notify = read_notify(value);
    if (!notify) return bad_value(parameter.keyword);
    rcpt.notify = *notify;
  } else if (base::iequals(parameter.keyword, "ORCPT")) {
    rcpt.original = read_orcpt(value);
    if (!rcpt.original) return bad_value(parameter.keyword);
  } else {
    return false;
  }
  return true;
}

template <class Arguments>
Parsed<void> apply_all(Arguments& target, std::string_view rest) {
  auto parameters = read_parameters(rest);
  if (!parameters) return std::unexpected(parameters.error());
  for (const Parameter& parameter : *parameters) {
    auto known = apply(target, parameter);
    if (!known) return std::unexpected(known.error());
    // RFC 5321 4.1.1.11
    if (!*known)
      return refuse(555, "5.5.4", "Parameter not known: " + std::string(parameter.keyword));
  }
  return {};
}

}  // namespace

Parsed<MailArguments> parse_mail(std::string_view arguments) {
  MailArguments mail;
  auto path = read_path(arguments, "FROM:", true, true);
  if (!path) return std::unexpected(path.error());
  if (auto applied = apply_all(mail, path->rest); !applied) return std::unexpected(applied.error());
  // SMTPUTF8 comes after the path that needs it.
  if (!mail.smtputf8 && !base::is_ascii(arguments))
    return refuse(553, "5.6.7", std::string(describe(AddressError::needs_smtputf8)));
  mail.reverse_path = std::move(path->address);
  return mail;
}

Parsed<RcptArguments> parse_rcpt(std::string_view arguments, bool utf8) {
  RcptArguments rcpt;
  auto path = read_path(arguments, "TO:", utf8, false);
  if (!path) return std::unexpected(path.error());
  if (auto applied = apply_all(rcpt, path->rest); !applied) return std::unexpected(applied.error());
  if (!utf8 && !base::is_ascii(arguments))
    return refuse(553, "5.6.7", std::string(describe(AddressError::needs_smtputf8)));
  rcpt.address = std::move(path->address);
  return rcpt;
}

}  // namespace tegu::wire::smtp
