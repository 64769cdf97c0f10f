#include "wire/mime/address.h"

#include <algorithm>

#include "base/text.h"
#include "wire/mime/lexer.h"

namespace tegu::wire::mime {

namespace {
constexpr std::string_view specials = "()<>@,;:\"[]\\";

// Words that came without an address yet. A dot joins words ("john . smith"), so the last group of
// joined words may turn out to be a local part and what is before it a name.
class Words {
 public:
  bool empty() const { return words_.empty(); }
  void add(std::string text, bool blank_before, bool quoted) {
    bool dotted = !quoted && text.starts_with('.');
    bool joined = !words_.empty() && (dotted || dot_last_);
    dot_last_ = !quoted && text.ends_with('.');
    words_.push_back({std::move(text), blank_before && words_.size() > 0, joined});
  }
  std::string phrase(size_t count) const {
    std::string out;
    for (size_t i = 0; i < count; i++) {
      if (words_[i].blank_before) out += ' ';
      out += words_[i].text;
    }
    return out;
  }
  std::string phrase() const { return phrase(words_.size()); }
  size_t local_begin() const {
    size_t i = words_.size();
    while (i > 0 && words_[--i].joined) {
    }
    return i;
  }
  std::string local() const {
    std::string out;
    for (size_t i = local_begin(); i < words_.size(); i++) out += words_[i].text;
    return out;
  }
  void clear() {
    words_.clear();
    dot_last_ = false;
  }

 private:
  struct Word {
    std::string text;
    bool blank_before;
    bool joined;
  };
  std::vector<Word> words_;
  bool dot_last_ = false;
};

class AddressParser {
 public:
  AddressParser(std::string_view value, const Limits& limits)
      : lexer_(value.substr(0, limits.field_bytes), limits), limits_(limits) {}
  std::vector<Address> run();

 private:
  void angle();
  std::string domain(std::string_view stops);
  void finish_words();
  void finish_mailbox(Address address, std::string phrase);
  void add(Address address) {
    if (list_.size() < limits_.addresses) list_.push_back(std::move(address));
  }
  void end_group() {
    if (in_group_) add({});
    in_group_ = false;
  }

  Lexer lexer_;
  const Limits& limits_;
  std::vector<Address> list_;
  Words words_;
  bool in_group_ = false;
};

// Up to one of stops, blanks and comments left out; a domain literal keeps its brackets.
std::string AddressParser::domain(std::string_view stops) {
  std::string out;
  for (;;) {
    lexer_.skip_blanks();
    if (lexer_.at_end() || stops.contains(lexer_.peek())) return out;
    if (lexer_.peek() == '[') {
      out += lexer_.until("],>");
      if (lexer_.take(']')) out += ']';
    } else {
      auto run = lexer_.run(std::string(stops) + "[");
      out += run;
      if (run.empty()) lexer_.skip_one();
    }
  }
}

void AddressParser::finish_mailbox(Address address, std::string phrase) {
  lexer_.skip_blanks();
  auto comment = lexer_.take_comment();
  if (phrase.empty()) phrase = base::trim(comment);
  if (!phrase.empty()) address.name = std::move(phrase);
  lexer_.until(",;");
  add(std::move(address));
  words_.clear();
}

// Behind '<': [@route:]local@host>. Without '>' a comma or semicolon ends it too.
void AddressParser::angle() {
  Address address;
  lexer_.skip_blanks();
  if (lexer_.peek() == '@') {
    std::string route = domain(":>;");
    if (lexer_.take(':')) address.route = std::move(route);
  }
  Words local;
  for (;;) {
    bool blank = lexer_.skip_blanks();
    char c = lexer_.peek();
    if (lexer_.at_end() || std::string_view("@>,;").contains(c)) break;
    if (c == '"') {
      local.add(lexer_.quoted(), blank, true);
    } else if (auto run = lexer_.run(specials); !run.empty()) {
      local.add(std::string(run), blank, false);
    } else {
      lexer_.skip_one();
    }
  }
  address.mailbox = local.phrase();
  address.host = lexer_.take('@') ? domain(">,;") : std::string();
  lexer_.take('>');
  lexer_.take_comment();
  finish_mailbox(std::move(address), words_.phrase());
}

// Words that no address followed: "root", or a name alone.
void AddressParser::finish_words() {
  if (words_.empty()) return;
  finish_mailbox({std::nullopt, std::nullopt, words_.phrase(), std::string()}, {});
}

std::vector<Address> AddressParser::run() {
  for (;;) {
    bool blank = lexer_.skip_blanks();
    if (lexer_.at_end()) break;
    char c = lexer_.peek();
    if (c == '"') {
      words_.add(lexer_.quoted(), blank, true);
    } else if (auto run = lexer_.run(specials); !run.empty()) {
      words_.add(std::string(run), blank, false);
    } else if (lexer_.skip_one(); c == '<') {
      angle();
    } else if (c == '@') {
      auto name = words_.empty() ? std::string() : words_.phrase(words_.local_begin());
      Address address{std::nullopt, std::nullopt, words_.local(), domain("<>,;:\"@")};
      finish_mailbox(std::move(address), std::move(name));
    } else if (c == ':') {
      if (!in_group_) add({std::nullopt, std::nullopt, words_.phrase(), std::nullopt});
      in_group_ = true;
      words_.clear();
    } else if (c == ',' || c == ';') {
      finish_words();
      if (c == ';') end_group();
    }
    if (c == ',' || c == ';') lexer_.take_comment();
  }
  finish_words();
  end_group();
  return std::move(list_);
}
}  // namespace

std::vector<Address> parse_addresses(std::string_view value, const Limits& limits) {
  return AddressParser(value, limits).run();
}

std::string Address::spec() const {
  std::string_view local = mailbox ? std::string_view(*mailbox) : std::string_view();
  bool plain = !local.empty() && !local.starts_with('.') && !local.ends_with('.') &&
               !local.contains("..") && std::ranges::none_of(local, [](unsigned char c) {
                 return c <= 32 || c == 127 || specials.contains(static_cast<char>(c));
               });
  std::string out;
  if (plain) {
    out = local;
  } else {
    out = '"';
    for (char c : local) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  if (host && !host->empty()) out += '@' + *host;
  return out;
}

std::vector<std::string> message_ids(std::string_view value, const Limits& limits) {
  std::vector<std::string> ids;
  Lexer lexer(value.substr(0, limits.field_bytes), limits);
  while (!lexer.at_end() && ids.size() < limits.addresses) {
    lexer.skip_blanks();
    if (lexer.peek() == '"') {
      lexer.quoted();
      continue;
    }
    if (!lexer.take('<')) {
      if (lexer.run("<\"").empty()) lexer.skip_one();
      continue;
    }
    // Parentheses and quotes occur in real ids: no comments inside the angles.
    std::string id = "<";
    for (char c : lexer.until("><")) {
      if (!std::string_view(" \t\r\n").contains(c)) id += c;
    }
    if (lexer.take('>') && id.size() > 1) ids.push_back(id + '>');
  }
  return ids;
}

}  // namespace tegu::wire::mime
