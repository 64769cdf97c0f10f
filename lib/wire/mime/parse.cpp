// The parser behind message.h: one pass over the lines, an explicit stack of open multiparts.
#include "wire/mime/parser.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "wire/mime/envelope.h"
#include "wire/mime/header.h"
#include "wire/mime/lexer.h"

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

// In blocks whose count fits into an octet: so the compiler counts many octets in one step.
static uint64_t count_line_feeds(std::string_view text) {
  uint64_t count = 0;
  const char* octets = text.data();
  for (size_t at = 0; at < text.size(); at += 255) {
    size_t end = std::min(text.size(), at + 255);
    unsigned char here = 0;
    for (size_t i = at; i < end; i++) here += octets[i] == '\n';
    count += here;
  }
  return count;
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

Parser::Parser(const Limits& limits) : limits_(limits) {
  begin_part(no_part);
}

void Parser::feed(std::string_view piece) {
  while (!piece.empty()) {
    if (!in_header_ && boundaries_.empty()) {
      // Nothing but the end can come: the lines are only counted.
      lines_ += count_line_feeds(piece);
      at_ += piece.size();
      return;
    }
    size_t lf = piece.find('\n');
    bool ended = lf != std::string_view::npos;
    std::string_view line = piece.substr(0, ended ? lf + 1 : piece.size());
    piece.remove_prefix(line.size());
    if (!ended || line_size_ > 0) {
      hold(line);
      if (ended) end_held_line(true);
      continue;
    }
    bool cr = line.ends_with("\r\n");
    if (!in_header_ && line.front() != '-') {
      end_line(line.size(), true, cr);
    } else {
      take_line(line, line.size(), true, cr);
    }
  }
}

// Of a line so much is looked at: a field's name, the start of a delimiter, all of what header_
// takes.
static size_t most_of_line(const Limits& limits) {
  return std::max(limits.header_bytes, std::max(field_name_limit, limits.boundary_bytes) + 4);
}

void Parser::hold(std::string_view text) {
  size_t most = in_header_ ? most_of_line(limits_) : limits_.boundary_bytes + 4;
  held_ += text.substr(0, most - std::min(most, held_.size()));
  line_size_ += text.size();
  for (char c : text.substr(text.size() - std::min<size_t>(text.size(), 2))) {
    held_end_[0] = held_end_[1];
    held_end_[1] = c;
  }
}

void Parser::end_held_line(bool ended) {
  std::string line = std::move(held_);
  held_.clear();
  take_line(line, line_size_, ended, ended && line_size_ > 1 && held_end_[0] == '\r');
}

// `line` with its end, or only its beginning when it is long.
void Parser::take_line(std::string_view line, uint64_t size, bool ended, bool cr) {
  line = line.substr(0, most_of_line(limits_));
  std::string_view text = line;
  if (ended && line.size() == size) text.remove_suffix(cr ? 2 : 1);
  bool may_delimit = text.starts_with("--");
  while (in_header_) {
    auto kind = classify_header_line({text, 0, ended}, header_size_ == 0);
    if (kind == LineKind::other || (may_delimit && delimiter(text))) {
      end_header();
      continue;
    }
    header_ += line.substr(0, limits_.header_bytes - header_.size());
    header_size_ += size;
    end_line(size, ended, cr);
    if (kind == LineKind::blank) end_header();
    return;
  }
  uint64_t begin = at_, lines_before = lines_;
  bool after_cr = after_cr_;
  auto hit = may_delimit ? delimiter(text) : std::nullopt;
  end_line(size, ended, cr);
  if (hit) meet(*hit, begin, lines_before, after_cr);
}

void Parser::end_line(uint64_t size, bool ended, bool cr) {
  at_ += size;
  if (ended) lines_++;
  after_cr_ = cr;
  line_size_ = 0;
}

std::optional<uint64_t> Parser::header_size() const {
  if (in_header_ && message_.parts.size() == 1) return std::nullopt;
  return message_.root().header.size;
}

Message Parser::finish() {
  if (line_size_ > 0) end_held_line(false);
  while (in_header_) end_header();
  close(0, at_, lines_, at_);
  message_.size = at_;
  return std::move(message_);
}

void Parser::begin_part(uint32_t parent) {
  auto index = static_cast<uint32_t>(message_.parts.size());
  auto& part = message_.parts.emplace_back();
  part.parent = parent;
  part.header.begin = at_;
  path_.push_back({index, 0});
  in_header_ = true;
  header_.clear();
  header_size_ = 0;
}

// At the first octet of the body. An embedded message's own header begins right here.
void Parser::end_header() {
  in_header_ = false;
  auto index = path_.back().index;
  auto& part = message_.parts[index];
  path_.back().lines_before_body = lines_;
  part.header.size = header_size_;
  part.body.begin = at_;
  bool in_digest = part.parent != no_part && message_.parts[part.parent].is("multipart", "digest");
  read_fields(part, header_, in_digest, limits_);
  if (part.parent != no_part && message_.parts[part.parent].kind == PartKind::message) {
    message_.parts[part.parent].envelope = envelope_wire(header_, limits_);
  }
  if (open_container(index) && message_.parts[index].kind == PartKind::message) begin_part(index);
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

void Parser::meet(Delimiter delimiter, uint64_t line_begin, uint64_t lines_before, bool after_cr) {
  // RFC 2046 5.1.1: the line end before a delimiter belongs to it.
  uint64_t end = line_begin;
  uint64_t lines = lines_before;
  if (end > 0) {
    end -= after_cr ? 2 : 1;
    lines--;
  }
  close(boundaries_[delimiter.boundary].path_size, end, lines, line_begin);
  uint32_t multipart = path_.back().index;
  boundaries_.resize(delimiter.boundary + (delimiter.closes ? 0 : 1));
  if (delimiter.closes) return;
  if (message_.parts.size() < limits_.parts) return begin_part(multipart);
  message_.parts[multipart].opaque = true;
  boundaries_.clear();
}

// Ends the bodies of the innermost parts. A header that reaches to the delimiter keeps its last
// line end, and so do the parts around it.
void Parser::close(size_t path_size, uint64_t end, uint64_t lines, uint64_t line_begin) {
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

Message parse(std::string_view message, const Limits& limits) {
  Parser parser(limits);
  parser.feed(message);
  return parser.finish();
}

}  // namespace tegu::wire::mime
