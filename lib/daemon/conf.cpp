#include "daemon/conf.h"

#include <fmt/format.h>
#include <unistd.h>

// toml++ 3.3 asserts that a key begins well where it should say so ("[@"): make that a mistake too.
#undef NDEBUG
namespace tegu::daemon {
struct AssertionFailed {};
}  // namespace tegu::daemon
#define TOML_ASSERT(expr) ((expr) ? void() : throw tegu::daemon::AssertionFailed{})
#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "io/endpoint.h"

namespace tegu::daemon {

namespace {

// toml++ needs some stack for each dot of a key.
constexpr size_t most_octets = 65536;

// Takes the known keys out of a table one by one; what is left at the end is a mistake.
class Reader {
 public:
  Reader(const toml::table& table, std::string prefix, const std::string& file)
      : table_(table), prefix_(std::move(prefix)), file_(file) {}

  void text(const char* key, std::string& value) {
    if (const auto* node = take(key)) value = text_of(*node, key);
  }
  void number(const char* key, unsigned& value, int64_t most) {
    const auto* node = take(key);
    if (!node) return;
    auto number = node->value_exact<int64_t>();
    if (!number || *number < 0 || *number > most) {
      fail(*node, key, fmt::format("wants a number from 0 to {}", most));
    }
    value = static_cast<unsigned>(*number);
  }
  template <class Enum>
  void word(const char* key, Enum& value,
            std::initializer_list<std::pair<const char*, Enum>> words) {
    const auto* node = take(key);
    if (!node) return;
    std::string text = text_of(*node, key), wanted;
    for (const auto& [word, meaning] : words) {
      if (text == word) {
        value = meaning;
        return;
      }
      wanted += (wanted.empty() ? "" : ", ") + std::string(word);
    }
    fail(*node, key, "wants one of " + wanted);
  }
  const toml::table* table(const char* key) {
    const auto* node = take(key);
    if (node && !node->is_table()) fail(*node, key, "wants a section");
    return node ? node->as_table() : nullptr;
  }
  std::vector<std::string> endpoints(const char* key) {
    const auto* node = take(key);
    if (!node) return {};
    std::vector<std::string> texts;
    const auto* list = node->as_array();
    if (!list) fail(*node, key, R"(wants a list such as ["0.0.0.0:25", "[::]:25"])");
    for (const auto& entry : *list) {
      std::string text = text_of(entry, key);
      if (!text.starts_with("unix:") && !io::Endpoint::parse(text)) {
        fail(entry, key,
             fmt::format("\"{}\" is no address and port such as 0.0.0.0:25 or [::]:25",
                         base::escape_controls(text)));
      }
      texts.push_back(std::move(text));
    }
    return texts;
  }
  void end() {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(taken_, key.str()) == taken_.end()) {
        fail(node, std::string(key.str()), "unknown key, see tegu.conf(5)");
      }
    }
  }

 private:
  const toml::node* take(const char* key) {
    taken_.emplace_back(key);
    return table_.get(key);
  }
  std::string text_of(const toml::node& node, const char* key) {
    auto text = node.value_exact<std::string>();
    if (!text) fail(node, key, "wants a text in quotes");
    return *std::move(text);
  }
  [[noreturn]] void fail(const toml::node& node, const std::string& key, const std::string& what) {
    throw base::UsageError(fmt::format("{}:{}: {}{}: {}", file_, node.source().begin.line, prefix_,
                                       base::escape_controls(key), what));
  }

  const toml::table& table_;
  std::string prefix_;
  const std::string& file_;
  std::vector<std::string> taken_;
};

// Outside of texts and comments TOML has no use for letters beyond ASCII, and toml++ 3.3 has
// undefined behaviour on many of them.
void refuse_bare_letters(std::string_view text, const std::string& file) {
  std::string_view quotes;  // that end the present text
  size_t line = 1;
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '\n') ++line;
    if (!quotes.empty()) {
      if (c == '\\' && quotes.front() == '"') {
        ++at;
      } else if (text.substr(at).starts_with(quotes)) {
        at += quotes.size() - 1;
        // Up to two quotes more are the end of a long text.
        if (quotes.size() == 3)
          while (at + 1 < text.size() && text[at + 1] == c) ++at;
        quotes = {};
      } else if (c == '\n' && quotes.size() == 1) {
        quotes = {};
      }
    } else if (c == '"' || c == '\'') {
      quotes = text.substr(at, 3);
      if (quotes.size() < 3 || quotes[1] != c || quotes[2] != c) quotes = quotes.substr(0, 1);
      at += quotes.size() - 1;
    } else if (c == '#') {
      at = std::min(text.find('\n', at), text.size()) - 1;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      throw base::UsageError(
          fmt::format("{}:{}: letters beyond ASCII belong into quotes", file, line));
    }
  }
}

}  // namespace

Conf parse_conf(std::string_view text, const std::string& file) {
  using base::log::Format;
  using base::log::Level;
  if (text.size() > most_octets) {
    throw base::UsageError(fmt::format("{}: is larger than {} octets", file, most_octets));
  }
  refuse_bare_letters(text, file);
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw base::UsageError(fmt::format("{}:{}: {}", file, error.source().begin.line,
                                       base::escape_controls(error.description())));
  } catch (const AssertionFailed&) {
    throw base::UsageError(file + ": a key begins with a character that needs quotes");
  }
  Conf conf;
  Reader top(table, "", file);
  top.text("node", conf.node);
  top.text("run_dir", conf.run_dir);
  top.text("state_dir", conf.state_dir);
  top.text("database", conf.database);
  top.text("user", conf.user);
  top.text("group", conf.group);
  top.number("loops", conf.loops, 256);
  if (const auto* log = top.table("log")) {
    Reader section(*log, "log.", file);
    section.word("level", conf.log_level,
                 {{"debug", Level::debug},
                  {"info", Level::info},
                  {"warn", Level::warn},
                  {"error", Level::error}});
    section.word("format", conf.log_format, {{"text", Format::text}, {"json", Format::json}});
    section.end();
  }
  if (const auto* tls = top.table("tls")) {
    Reader section(*tls, "tls.", file);
    section.text("certificate", conf.tls_certificate);
    section.text("key", conf.tls_key);
    section.end();
  }
  if (const auto* listen = top.table("listen")) {
    Reader section(*listen, "listen.", file);
    for (const auto& service : services) {
      auto endpoints = section.endpoints(service.name.data());
      if (!endpoints.empty()) conf.listen.emplace(service.name, std::move(endpoints));
    }
    section.end();
  }
  top.end();
  if (conf.database.empty()) {
    throw base::UsageError(file + ": database: missing; write the connection string of PostgreSQL");
  }
  if (conf.tls_certificate.empty() != conf.tls_key.empty()) {
    throw base::UsageError(file + ": tls: wants both certificate and key");
  }
  return conf;
}

Conf read_conf(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw base::SystemError("read " + file, errno);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  Conf conf = parse_conf(text, file);
  if (conf.node.empty()) {
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) < 0) base::throw_errno("gethostname");
    conf.node = name;
  }
  return conf;
}

}  // namespace tegu::daemon
