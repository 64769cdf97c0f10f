#include "wire/smtp/command.h"

#include "base/text.h"

namespace tegu::wire::smtp {
namespace {

struct Name {
  Verb verb;
  std::string_view text;
};
constexpr Name names[] = {
    {Verb::helo, "HELO"}, {Verb::ehlo, "EHLO"}, {Verb::lhlo, "LHLO"},         {Verb::mail, "MAIL"},
    {Verb::rcpt, "RCPT"}, {Verb::data, "DATA"}, {Verb::bdat, "BDAT"},         {Verb::rset, "RSET"},
    {Verb::noop, "NOOP"}, {Verb::quit, "QUIT"}, {Verb::vrfy, "VRFY"},         {Verb::expn, "EXPN"},
    {Verb::help, "HELP"}, {Verb::auth, "AUTH"}, {Verb::starttls, "STARTTLS"},
};

std::unexpected<Reply> syntax(std::string_view text) {
  return std::unexpected(Reply{.code = 501, .enhanced = "5.5.4", .text = std::string(text)});
}

}  // namespace

std::string_view verb_name(Verb verb) {
  for (const Name& name : names) {
    if (name.verb == verb) return name.text;
  }
  return {};
}

Command split_command(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  size_t blank = line.find(' ');
  std::string_view word = line.substr(0, blank);
  std::string_view arguments;
  if (blank != std::string_view::npos) arguments = line.substr(blank + 1);
  while (arguments.starts_with(' ')) arguments.remove_prefix(1);
  for (const Name& name : names) {
    if (base::iequals(word, name.text)) return {name.verb, word, arguments};
  }
  return {Verb::unknown, word, arguments};
}

Parsed<std::string> parse_greeting(std::string_view arguments) {
  if (arguments.empty()) return syntax("Hello needs your host name");
  auto domain = parse_domain(arguments, true);
  if (!domain) return syntax("Hello needs a host name or an address literal");
  return std::move(*domain);
}

Parsed<BdatArguments> parse_bdat(std::string_view arguments) {
  size_t blank = arguments.find(' ');
  auto size = base::parse_number<uint64_t>(arguments.substr(0, blank));
  if (!size) return syntax("BDAT needs a size");
  if (blank == std::string_view::npos) return BdatArguments{.size = *size, .last = false};
  if (!base::iequals(arguments.substr(blank + 1), "LAST")) return syntax("Only LAST may follow");
  return BdatArguments{.size = *size, .last = true};
}

Parsed<AuthArguments> parse_auth(std::string_view arguments) {
  size_t blank = arguments.find(' ');
  std::string_view mechanism = arguments.substr(0, blank);
  // RFC 4422 3.1: 1 to 20 letters, digits, "-" and "_".
  if (mechanism.empty() || mechanism.size() > 20) return syntax("AUTH needs a mechanism");
  for (char c : mechanism) {
    if (!base::is_alnum(c) && c != '-' && c != '_') return syntax("Bad name of a mechanism");
  }
  AuthArguments parsed{.mechanism = base::to_upper(mechanism), .initial = {}};
  if (blank == std::string_view::npos) return parsed;
  std::string_view initial = arguments.substr(blank + 1);
  if (initial == "=") {
    parsed.initial = "";
    return parsed;
  }
  parsed.initial = base::base64_decode(initial);
  if (!parsed.initial || parsed.initial->empty())
    return std::unexpected(
        Reply{.code = 501, .enhanced = "5.5.2", .text = "Cannot decode the response"});
  return parsed;
}

Parsed<void> parse_nothing(std::string_view arguments) {
  if (!arguments.empty()) return syntax("This command takes no argument");
  return {};
}

}  // namespace tegu::wire::smtp
