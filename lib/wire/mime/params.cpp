#include "wire/mime/params.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "wire/mime/lexer.h"
#include "wire/mime/words.h"

namespace tegu::wire::mime {

namespace {
// name*3*=value: section 3 of an extended value. No section: not continued.
struct RawParam {
  std::string base;
  std::optional<uint32_t> section;
  bool extended = false;
  std::string value;
};
struct Continued {
  std::map<uint32_t, const RawParam*> sections;
  bool extended = false;
};
}  // namespace

static std::string param_value(Lexer& lexer) {
  lexer.skip_blanks();
  if (lexer.peek() == '"') {
    auto value = lexer.quoted();
    lexer.until(";");
    return value;
  }
  auto value = lexer.run(";");
  lexer.skip_blanks();
  // Unquoted file names with blanks are common; a rest with '=' is rather a forgotten semicolon.
  // Looking no further than that '=' keeps a field of many such values linear.
  if (lexer.next_of(";=") == '=') return std::string(value);
  auto rest = lexer.until(";");
  if (rest.empty()) return std::string(value);
  return std::string(base::trim(std::string_view(value.data(), rest.data() + rest.size())));
}

static RawParam split_name(std::string_view name, std::string value) {
  RawParam raw{base::to_lower(name), std::nullopt, false, std::move(value)};
  size_t star = raw.base.find('*');
  if (star == std::string::npos || star == 0) return raw;
  std::string_view suffix = std::string_view(raw.base).substr(star + 1);
  bool extended = suffix.empty() || suffix.ends_with('*');
  if (suffix.ends_with('*')) suffix.remove_suffix(1);
  // RFC 2231 section 3: no leading zeroes, decimal.
  auto section = base::parse_number<uint32_t>(suffix);
  if (!suffix.empty() && (!section || (suffix.size() > 1 && suffix.front() == '0'))) return raw;
  raw.section = section;
  raw.extended = extended;
  raw.base.resize(star);
  return raw;
}

static std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (base::is_alnum(c) || std::string_view("-._~!#$&+^`{|}").contains(c)) {
      out += c;
    } else {
      out += '%' + base::to_upper(base::hex_encode(std::string_view(&c, 1)));
    }
  }
  return out;
}

// Sections 0, 1, 2 ... up to the first gap.
static Param join_sections(const std::string& name, const Continued& continued) {
  Param param{continued.extended ? name + '*' : name, {}};
  uint32_t expected = 0;
  for (auto& [number, raw] : continued.sections) {
    if (number != expected++) break;
    if (number == 0 && continued.extended && !raw->extended) param.value = "''";
    param.value += continued.extended && !raw->extended ? percent_encode(raw->value) : raw->value;
  }
  return param;
}

static Params join_params(const std::vector<RawParam>& raws) {
  std::map<std::string_view, Continued> continued;
  for (auto& raw : raws) {
    if (!raw.section) continue;
    auto& entry = continued[raw.base];
    if (entry.sections.emplace(*raw.section, &raw).second) entry.extended |= raw.extended;
  }
  Params params;
  auto add = [&](Param param) {
    if (!find_param(params, param.name)) params.push_back(std::move(param));
  };
  for (auto& raw : raws) {
    if (!raw.section) {
      add({raw.extended ? raw.base + '*' : raw.base, raw.value});
    } else if (auto& entry = continued[raw.base]; entry.sections.begin()->second == &raw) {
      if (*raw.section == 0) add(join_sections(raw.base, entry));
    }
  }
  return params;
}

static Params parse_params(Lexer& lexer, const Limits& limits) {
  std::vector<RawParam> raws;
  while (raws.size() < limits.params) {
    while (lexer.skip_blanks() || lexer.take(';')) {
    }
    if (lexer.at_end()) break;
    auto name = lexer.run("=;");
    lexer.skip_blanks();
    if (!lexer.take('=')) {
      if (name.empty()) lexer.skip_one();
      continue;
    }
    auto value = param_value(lexer);
    if (!name.empty()) raws.push_back(split_name(name, std::move(value)));
  }
  return join_params(raws);
}

ContentType parse_content_type(std::string_view value, const Limits& limits) {
  Lexer lexer(value, limits);
  lexer.skip_blanks();
  auto type = lexer.run("/;=");
  lexer.skip_blanks();
  std::string_view subtype;
  if (lexer.take('/')) {
    lexer.skip_blanks();
    subtype = lexer.run(";");
  }
  ContentType result;
  if (is_token(type) && is_token(subtype)) {
    result.type = base::to_lower(type);
    result.subtype = base::to_lower(subtype);
  }
  result.params = parse_params(lexer, limits);
  return result;
}

Disposition parse_disposition(std::string_view value, const Limits& limits) {
  Lexer lexer(value, limits);
  lexer.skip_blanks();
  auto kind = lexer.run(";");
  Disposition result;
  if (is_token(kind)) result.kind = base::to_lower(kind);
  result.params = parse_params(lexer, limits);
  return result;
}

const std::string* find_param(const Params& params, std::string_view name) {
  auto hit = std::ranges::find(params, name, &Param::name);
  return hit == params.end() ? nullptr : &hit->value;
}

std::optional<std::string> param_text(const Params& params, std::string_view name) {
  if (auto* extended = find_param(params, std::string(name) + '*')) {
    return decode_extended(*extended);
  }
  if (auto* plain = find_param(params, name)) return decode_words(*plain);
  return std::nullopt;
}

static std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    auto byte = text[i] == '%' ? base::hex_decode(text.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      out += *byte;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string decode_extended(std::string_view value) {
  std::string_view charset;
  size_t first = value.find('\'');
  size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second != std::string_view::npos) {
    charset = value.substr(0, first);
    value.remove_prefix(second + 1);
  }
  auto bytes = percent_decode(value);
  return text_to_utf8(charset, bytes);
}

}  // namespace tegu::wire::mime
