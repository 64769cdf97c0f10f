#include "wire/smtp/capabilities.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::wire::smtp {
namespace {

using Words = std::vector<std::string_view>;

Words words(std::string_view line) {
  Words out;
  for (std::string_view word : base::split(line, ' ')) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

void add_auth(Capabilities& capabilities, const Words& mechanisms) {
  for (std::string_view mechanism : mechanisms) {
    if (!capabilities.has_auth(mechanism)) capabilities.auth.push_back(base::to_upper(mechanism));
  }
}

// RFC 9422 3: a limit is a name, "=", and a value of at most 6 digits.
void add_limit(Capabilities& capabilities, std::string_view word) {
  size_t equals = word.find('=');
  if (equals == std::string_view::npos) return;
  auto value = base::parse_number<uint64_t>(word.substr(equals + 1));
  if (!value || *value == 0) return;
  std::string_view name = word.substr(0, equals);
  if (base::iequals(name, "MAILMAX")) capabilities.mail_max = value;
  if (base::iequals(name, "RCPTMAX")) capabilities.rcpt_max = value;
  if (base::iequals(name, "RCPTDOMAINMAX")) capabilities.rcpt_domain_max = value;
}

struct Flag {
  std::string_view keyword;
  bool Capabilities::* member;
};
constexpr Flag flags[] = {
    {"PIPELINING", &Capabilities::pipelining},
    {"8BITMIME", &Capabilities::eight_bit_mime},
    {"SMTPUTF8", &Capabilities::smtputf8},
    {"CHUNKING", &Capabilities::chunking},
    {"BINARYMIME", &Capabilities::binary_mime},
    {"DSN", &Capabilities::dsn},
    {"ENHANCEDSTATUSCODES", &Capabilities::enhanced_status_codes},
    {"STARTTLS", &Capabilities::starttls},
    {"SIZE", &Capabilities::size},
};

void add_line(Capabilities& capabilities, std::string_view line) {
  Words all = words(line);
  if (all.empty()) return;
  std::string_view keyword = all.front();
  // "AUTH=LOGIN" is how very old servers write it.
  if (base::istarts_with(keyword, "AUTH=")) {
    all.front().remove_prefix(5);
    return add_auth(capabilities, all);
  }
  all.erase(all.begin());
  for (const Flag& flag : flags) {
    if (base::iequals(keyword, flag.keyword)) capabilities.*flag.member = true;
  }
  if (base::iequals(keyword, "AUTH")) add_auth(capabilities, all);
  if (base::iequals(keyword, "SIZE") && !all.empty()) {
    auto limit = base::parse_number<uint64_t>(all.front());
    if (limit && *limit > 0) capabilities.size_limit = limit;
  }
  if (base::iequals(keyword, "LIMITS")) {
    for (std::string_view word : all) add_limit(capabilities, word);
  }
}

}  // namespace

bool Capabilities::has_auth(std::string_view mechanism) const {
  return std::ranges::any_of(
      auth, [&](const std::string& known) { return base::iequals(known, mechanism); });
}

Capabilities parse_capabilities(const Reply& ehlo) {
  Capabilities capabilities;
  auto lines = base::split(ehlo.text, '\n');
  for (size_t i = 1; i < lines.size(); ++i) add_line(capabilities, lines[i]);
  return capabilities;
}

}  // namespace tegu::wire::smtp
