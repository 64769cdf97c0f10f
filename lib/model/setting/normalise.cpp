// Settings whose text has a grammar of its own are checked and put into one form (catalogue.h).
#include <arpa/inet.h>

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"
#include "model/setting/catalogue.h"

namespace tegu::model::setting {

using Check = bool (*)(const std::string&);

static bool is_address(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

static bool is_network(const std::string& text) {
  size_t slash = text.find('/');
  if (slash == text.npos) return is_address(text);
  std::string address = text.substr(0, slash);
  auto bits = base::parse_number<unsigned>(std::string_view(text).substr(slash + 1));
  return is_address(address) && bits && *bits <= (address.find(':') == address.npos ? 32u : 128u);
}

static bool is_resolver(const std::string& text) {
  size_t at = text.find('@');
  if (at == text.npos) return is_address(text);
  auto port = base::parse_number<uint16_t>(std::string_view(text).substr(at + 1));
  return is_address(text.substr(0, at)) && port && *port > 0;
}

static bool is_pause(const std::string& text) {
  auto pause = base::parse_duration(text);
  return pause && *pause <= std::chrono::days(30);
}
static bool is_retry_pause(const std::string& text) {
  return is_pause(text) && base::parse_duration(text)->count() > 0;
}

static bool is_host_name(const std::string& text) {
  return text.empty() || base::domain_to_ascii(text).has_value();
}
static bool is_domain(const std::string& text) {
  return base::domain_to_ascii(text).has_value();
}

static bool is_smart_host(const std::string& text) {
  if (text.empty()) return true;
  if (!text.starts_with("smtp://") && !text.starts_with("lmtp:")) return false;
  return text.find_first_of(" \t\"'<>") == text.npos && text.size() > 7;
}

static bool is_mailbox(const std::string& text) {
  size_t at = text.rfind('@');
  if (text.empty()) return true;
  return at != text.npos && at > 0 && text.find_first_of(" <>,") == text.npos &&
         base::domain_to_ascii(text.substr(at + 1)).has_value();
}

static bool are_delimiters(const std::string& text) {
  return text.size() <= 4 && text.find_first_not_of("+-_=#~") == text.npos;
}

namespace {
struct Rule {
  std::string_view key;
  Check check;  // of the text, or of each element of a list
  bool may_be_empty;
  std::string_view wants;
};
}  // namespace

static constexpr Rule rules[] = {
    {"auth.failure_delay", is_pause, false, "times such as 2s,4s,8s"},
    {"dns.servers", is_resolver, true, "addresses such as 127.0.0.1 or 192.0.2.53@5353"},
    {"queue.retry", is_retry_pause, false, "times such as 5m,10m,20m"},
    {"queue.source_addresses", is_address, true, "addresses such as 192.0.2.1,2001:db8::1"},
    {"queue.tls_verify", is_domain, true, "domains such as example.org,example.net"},
    {"router.postmaster", is_mailbox, true, "an address such as admin@example.org"},
    {"router.recipient_delimiter", are_delimiters, true, "some of + - _ = # ~"},
    {"router.smart_host", is_smart_host, true,
     "smtp://host:port, lmtp:host:port, lmtp:/path or nothing"},
    {"smtp.hostname", is_host_name, true, "a host name such as mail.example.org"},
    {"smtp.relay_networks", is_network, true, "networks such as 192.0.2.0/24,2001:db8::/32"},
};

static std::string refusal(const Rule& rule) {
  return std::string(rule.key) + ": wants " + std::string(rule.wants);
}

static bool obeys(const Rule& rule, const base::SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return rule.check(*text);
  const auto& elements = std::get<std::vector<std::string>>(value);
  if (elements.empty()) return rule.may_be_empty;
  for (const std::string& element : elements) {
    if (!rule.check(element)) return false;
  }
  return true;
}

std::expected<std::string, std::string> normalise(std::string_view key, std::string_view text) {
  const base::Setting* setting = base::Settings::find(catalogue(), key);
  if (!setting) {
    return std::unexpected("no such setting: " + base::escape_controls(key) +
                           " (tegu-ctl config list shows all)");
  }
  auto value = base::parse_setting(*setting, text);
  if (!value) return std::unexpected(value.error());
  for (const Rule& rule : rules) {
    if (rule.key == key && !obeys(rule, *value)) return std::unexpected(refusal(rule));
  }
  return base::format_setting(*setting, *value);
}

}  // namespace tegu::model::setting
