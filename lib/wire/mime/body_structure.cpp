#include "wire/mime/body_structure.h"

#include "wire/mime/wire_list.h"

namespace tegu::wire::mime {

static void append_or_nil(std::string& out, const std::string& text) {
  if (text.empty()) {
    out += "NIL";
  } else {
    append_string(out, text);
  }
}

static void append_params(std::string& out, const Params& params) {
  if (params.empty()) {
    out += "NIL";
    return;
  }
  char separator = '(';
  for (auto& param : params) {
    out += separator;
    append_string(out, param.name);
    out += ' ';
    append_string(out, param.value);
    separator = ' ';
  }
  out += ')';
}

// body-fld-dsp SP body-fld-lang SP body-fld-loc
static void append_common_extension(std::string& out, const Part& part) {
  if (part.disposition.empty()) {
    out += "NIL ";
  } else {
    out += '(';
    append_string(out, part.disposition);
    out += ' ';
    append_params(out, part.disposition_params);
    out += ") ";
  }
  if (part.language.empty()) {
    out += "NIL";
  } else if (part.language.size() == 1) {
    append_string(out, part.language.front());
  } else {
    char separator = '(';
    for (auto& tag : part.language) {
      out += separator;
      append_string(out, tag);
      separator = ' ';
    }
    out += ')';
  }
  out += ' ';
  append_or_nil(out, part.location);
}

// media, parameters, id, description, encoding, octets
static void append_basic(std::string& out, const Part& part) {
  out += '(';
  append_string(out, part.opaque ? "application" : part.type);
  out += ' ';
  append_string(out, part.opaque ? "octet-stream" : part.subtype);
  out += ' ';
  if (part.is("text", "plain") && part.params.empty() && !part.opaque) {
    out += "(\"charset\" \"us-ascii\")";  // RFC 2045 5.2
  } else {
    append_params(out, part.params);
  }
  out += ' ';
  append_or_nil(out, part.id);
  out += ' ';
  append_or_nil(out, part.description);
  out += ' ';
  append_string(out, part.encoding.empty() ? "7bit" : part.encoding);
  out += ' ' + std::to_string(part.body.size);
}

static void append_begin(std::string& out, const Part& part) {
  if (part.kind == PartKind::multipart) {
    out += '(';
    return;
  }
  append_basic(out, part);
  if (part.kind == PartKind::message) {
    out += ' ' + part.envelope + ' ';
  } else if (part.type == "text" && !part.opaque) {
    out += ' ' + std::to_string(part.lines);
  }
}

static void append_end(std::string& out, const Part& part, bool childless, bool extensible) {
  if (part.kind == PartKind::multipart) {
    if (childless) {
      out += R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)";
      out += extensible ? " NIL NIL NIL NIL)" : ")";
    }
    out += ' ';
    append_string(out, part.subtype);
    if (extensible) {
      out += ' ';
      append_params(out, part.params);
      out += ' ';
      append_common_extension(out, part);
    }
  } else {
    if (part.kind == PartKind::message) out += ' ' + std::to_string(part.lines);
    if (extensible) {
      out += ' ';
      append_or_nil(out, part.md5);
      out += ' ';
      append_common_extension(out, part);
    }
  }
  out += ')';
}

std::string body_structure_wire(const Message& message, bool extensible) {
  auto children = message.children();
  std::string out;
  struct Open {
    uint32_t part;
    size_t next_child;
  };
  std::vector<Open> path{{0, 0}};
  while (!path.empty()) {
    auto& [index, next_child] = path.back();
    auto& list = children[index];
    if (next_child == 0) append_begin(out, message.parts[index]);
    if (next_child < list.size()) {
      path.push_back({list[next_child++], 0});
    } else {
      append_end(out, message.parts[index], list.empty(), extensible);
      path.pop_back();
    }
  }
  return out;
}

}  // namespace tegu::wire::mime
