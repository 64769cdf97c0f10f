// The parser behind message.h: one pass over the lines, an explicit stack of open multiparts.

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "wire/mime/envelope.h"
#include "wire/mime/header.h"
#include "wire/mime/lexer.h"
#include "wire/mime/message.h"

namespace tegu::wire::mime {

std::vector<std::vector<uint32_t>> Message::children() const {
  std::vector<std::vector<uint32_t>> lists(parts.size());
  for (uint32_t i = 1; i < parts.size(); i++) lists[parts[i].parent].push_back(i);
  return lists;
}

std::string_view slice(std::string_view message, Range range) {
  if (range.begin > message.size()) return {};
  return message.substr(range.begin, range.size);
}

static std::string first_word(std::string_view value, const Limits& limits) {
  Lexer lexer(value, limits);
  lexer.skip_blanks();
  return std::string(lexer.run(";,"));
}

static std::vector<std::string> language_tags(std::string_view value, const Limits& limits) {
  std::vector<std::string> tags;
  Lexer lexer(value, limits);
  while (!lexer.at_end() && tags.size() < limits.params) {
    while (lexer.skip_blanks() || lexer.take(',')) {
    }
    auto tag = lexer.run(",");
    if (!tag.empty()) tags.emplace_back(tag);
  }
  return tags;
}

// Fills a part from its header. The first field of a name counts.
static void read_fields(Part& part, std::string_view header, bool in_digest, const Limits& limits) {
  if (in_digest) {
    part.type = "message";
    part.subtype = "rfc822";
  }
  bool typed = false, disposed = false;
  auto keep = [](std::string& member, std::string value) {
    if (member.empty()) member = std::move(value);
  };
  for (auto& field : header_fields(header, limits)) {
    if (!base::istarts_with(field.name, "content-")) continue;
    auto name = base::to_lower(field.name.substr(8));
    if (name == "type" && !typed) {
      typed = true;
      auto content_type = parse_content_type(field.value, limits);
      part.type = std::move(content_type.type);
      part.subtype = std::move(content_type.subtype);
      part.params = std::move(content_type.params);
    } else if (name == "disposition" && !disposed) {
      disposed = true;
      auto disposition = parse_disposition(field.value, limits);
      part.disposition = std::move(disposition.kind);
      part.disposition_params = std::move(disposition.params);
    } else if (name == "transfer-encoding") {
      keep(part.encoding, base::to_lower(first_word(field.value, limits)));
    } else if (name == "id") {
      keep(part.id, unfold(field.value));
    } else if (name == "description") {
      keep(part.description, unfold(field.value));
    } else if (name == "location") {
      keep(part.location, unfold(field.value));
    } else if (name == "md5") {
      keep(part.md5, unfold(field.value));
    } else if (name == "language" && part.language.empty()) {
      part.language = language_tags(field.value, limits);
    }
  }
}

static std::string boundary_of(const Part& part, const Limits& limits) {
  std::string boundary = param_text(part.params, "boundary").value_or("");
  if (auto* plain = find_param(part.params, "boundary")) boundary = *plain;
  // RFC 2046 5.1.1: a boundary does not end with a blank.
  boundary.resize(boundary.find_last_not_of(" \t") + 1);
  if (boundary.size() > limits.boundary_bytes) boundary.resize(limits.boundary_bytes);
  return boundary;
}

static bool is_identity(std::string_view encoding) {
  return encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

namespace {
class Parser {
 public:
  Parser(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}
  Message run();

 private:
  struct OpenPart {
    uint32_t index;
    uint64_t lines_before_body;
  };
  struct OpenBoundary {
    size_t path_size;  // of the path that ends with the multipart
    std::string text;
  };
  struct Delimiter {
    size_t boundary;
    bool closes;
  };

  void open(uint32_t parent);
  void read_header(Part& part);
  bool open_container(uint32_t index);
  std::optional<Delimiter> delimiter(std::string_view line) const;
  void meet(Delimiter delimiter, size_t line_begin, uint64_t lines_before);
  void close(size_t path_size, size_t end, uint64_t lines, size_t line_begin);
  Line next_line();

  std::string_view text_;
  const Limits& limits_;
  Message message_;
  size_t at_ = 0;
  uint64_t lines_ = 0;  // line feeds before at_
  std::vector<OpenPart> path_;
  std::vector<OpenBoundary> boundaries_;
};

Line Parser::next_line() {
  Line line = line_at(text_, at_);
  at_ = line.next;
  if (line.ended) lines_++;
  return line;
}

Message Parser::run() {
  message_.size = text_.size();
  open(no_part);
  while (at_ < text_.size() && !boundaries_.empty()) {
    size_t begin = at_;
    uint64_t lines_before = lines_;
    Line line = next_line();
    if (auto hit = delimiter(line.text)) meet(*hit, begin, lines_before);
  }
  lines_ += static_cast<uint64_t>(std::ranges::count(text_.substr(at_), '\n'));
  close(0, text_.size(), lines_, text_.size());
  return std::move(message_);
}

// Opens a part at the current offset and, for an embedded message, the root inside it.
void Parser::open(uint32_t parent) {
  for (bool deeper = true; deeper;) {
    auto index = static_cast<uint32_t>(message_.parts.size());
    auto& part = message_.parts.emplace_back();
    part.parent = parent;
    read_header(part);
    path_.push_back({index, lines_});
    deeper = open_container(index) && part.kind == PartKind::message;
    parent = index;
  }
}

void Parser::read_header(Part& part) {
  part.header.begin = at_;
  for (bool first = true; at_ < text_.size(); first = false) {
    Line line = line_at(text_, at_);
    auto kind = classify_header_line(line, first);
    if (kind == LineKind::other || delimiter(line.text)) break;
    next_line();
    if (kind == LineKind::blank) break;
  }
  part.header.size = at_ - part.header.begin;
  part.body.begin = at_;
  bool in_digest = part.parent != no_part && message_.parts[part.parent].is("multipart", "digest");
  auto header = slice(text_, part.header);
  read_fields(part, header, in_digest, limits_);
  if (part.parent != no_part && message_.parts[part.parent].kind == PartKind::message) {
    message_.parts[part.parent].envelope = envelope_wire(header, limits_);
  }
}

// Makes the part a container if it is one and limits allow; says whether it did.
bool Parser::open_container(uint32_t index) {
  auto& part = message_.parts[index];
  bool embeds = part.is("message", "rfc822") || part.is("message", "global");
  if (!embeds && part.type != "multipart") return false;
  std::string boundary;
  if (!embeds) {
    boundary = boundary_of(part, limits_);
    if (boundary.empty()) {
      // RFC 2045 5.2: an invalid Content-Type counts as text/plain.
      part.type = "text";
      part.subtype = "plain";
      return false;
    }
  }
  bool room = path_.size() <= limits_.depth && message_.parts.size() < limits_.parts;
  if (!room || (embeds && !is_identity(part.encoding))) {
    part.opaque = true;
    return false;
  }
  part.kind = embeds ? PartKind::message : PartKind::multipart;
  if (!embeds) boundaries_.push_back({path_.size(), std::move(boundary)});
  return true;
}

// RFC 2046 5.1.1: it is enough that the line begins with the boundary. Where several open ones fit,
// the longest is meant, and of equals the innermost.
std::optional<Parser::Delimiter> Parser::delimiter(std::string_view line) const {
  if (!line.starts_with("--")) return std::nullopt;
  line.remove_prefix(2);
  std::optional<Delimiter> best;
  size_t best_size = 0;
  for (size_t i = boundaries_.size(); i-- > 0;) {
    auto& boundary = boundaries_[i].text;
    if (boundary.size() <= best_size || !line.starts_with(boundary)) continue;
    best = {i, line.substr(boundary.size()).starts_with("--")};
    best_size = boundary.size();
  }
  return best;
}

void Parser::meet(Delimiter delimiter, size_t line_begin, uint64_t lines_before) {
  // RFC 2046 5.1.1: the line end before a delimiter belongs to it.
  size_t end = line_begin;
  uint64_t lines = lines_before;
  if (end > 0) {
    end -= end > 1 && text_[end - 2] == '\r' ? 2 : 1;
    lines--;
  }
  close(boundaries_[delimiter.boundary].path_size, end, lines, line_begin);
  uint32_t multipart = path_.back().index;
  boundaries_.resize(delimiter.boundary + (delimiter.closes ? 0 : 1));
  if (delimiter.closes) return;
  if (message_.parts.size() < limits_.parts) return open(multipart);
  message_.parts[multipart].opaque = true;
  boundaries_.clear();
}

// Ends the bodies of the innermost parts. A header that reaches to the delimiter keeps its last
// line end, and so do the parts around it.
void Parser::close(size_t path_size, size_t end, uint64_t lines, size_t line_begin) {
  for (; path_.size() > path_size; path_.pop_back()) {
    auto& part = message_.parts[path_.back().index];
    uint64_t lines_before = path_.back().lines_before_body;
    if (end < part.body.begin) {
      lines = end < line_begin ? lines + 1 : lines;
      end = line_begin;
    }
    part.body.size = end - part.body.begin;
    part.lines = lines - lines_before;
  }
}
}  // namespace

Message parse(std::string_view message, const Limits& limits) {
  return Parser(message, limits).run();
}

}  // namespace tegu::wire::mime
