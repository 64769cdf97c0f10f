// FETCH (RFC 9051 6.4.5, 3501 6.4.5, 3516, 7162, 8474, 8514, 8970) and STORE.
#include "base/text.h"
#include "wire/imap/cursor.h"

namespace tegu::wire::imap {
namespace {

using Kind = FetchItem::Kind;

void field_names(Cursor& in, Section& section) {
  in.space();
  in.need('(');
  do section.fields.push_back(in.astring());
  while (in.accept(' '));
  in.need(')');
}

// After the opening "[": part numbers and words, and the closing "]".
Section section(Cursor& in, bool only_part) {
  Section section;
  if (in.accept(']')) return section;
  bool more = true;
  while (more && !in.at_end() && in.next_is_digit()) {
    if (section.part.size() >= in.context().limits.depth) syntax("Part number is too deep");
    section.part.push_back(in.nz_number());
    more = in.accept('.');
  }
  if (in.accept(']')) {
    if (more) syntax("Part number ends with a dot");
    return section;
  }
  if (only_part || !more) syntax("Wants a part number");
  std::string text(in.take_while([](char c) { return base::is_alpha(c) || c == '.'; }));
  text = base::to_upper(text);
  if (text == "HEADER") {
    section.text = Section::Text::header;
  } else if (text == "HEADER.FIELDS") {
    section.text = Section::Text::header_fields;
    field_names(in, section);
  } else if (text == "HEADER.FIELDS.NOT") {
    section.text = Section::Text::header_fields_not;
    field_names(in, section);
  } else if (text == "TEXT") {
    section.text = Section::Text::text;
  } else if (text == "MIME" && !section.part.empty()) {
    // RFC 9051 6.4.5.1: MIME must follow a part number.
    section.text = Section::Text::mime;
  } else {
    syntax("Unknown section of a message");
  }
  in.need(']');
  return section;
}

std::optional<Partial> partial(Cursor& in) {
  if (!in.accept('<')) return std::nullopt;
  Partial partial{};
  partial.offset = in.number();
  in.need('.');
  partial.count = in.nz_number();
  in.need('>');
  return partial;
}

FetchItem bracketed(Cursor& in, Kind kind, bool peek) {
  FetchItem item{.kind = kind, .peek = peek};
  bool binary = kind != Kind::section;
  item.section = section(in, binary);
  if (kind != Kind::binary_size) item.partial = partial(in);
  return item;
}

FetchItem preview(Cursor& in) {
  FetchItem item{.kind = Kind::preview, .peek = true};
  if (!in.accept_text(" (")) return item;
  if (!in.accept_word("LAZY")) syntax("Unknown modifier of PREVIEW");
  item.lazy = true;
  in.need(')');
  return item;
}

FetchItem plain(Kind kind, bool peek = true) {
  return {.kind = kind, .peek = peek};
}

FetchItem fetch_item(Cursor& in) {
  std::string name(in.take_while([](char c) { return base::is_alnum(c) || c == '.'; }));
  name = base::to_upper(name);
  if (in.accept('[')) {
    if (name == "BODY") return bracketed(in, Kind::section, false);
    if (name == "BODY.PEEK") return bracketed(in, Kind::section, true);
    if (name == "BINARY") return bracketed(in, Kind::binary, false);
    if (name == "BINARY.PEEK") return bracketed(in, Kind::binary, true);
    if (name == "BINARY.SIZE") return bracketed(in, Kind::binary_size, true);
    syntax("Unknown item to fetch");
  }
  if (name == "FLAGS") return plain(Kind::flags);
  if (name == "UID") return plain(Kind::uid);
  if (name == "INTERNALDATE") return plain(Kind::internal_date);
  if (name == "RFC822.SIZE") return plain(Kind::rfc822_size);
  if (name == "ENVELOPE") return plain(Kind::envelope);
  if (name == "BODY") return plain(Kind::body);
  if (name == "BODYSTRUCTURE") return plain(Kind::body_structure);
  if (name == "RFC822") return plain(Kind::rfc822, false);
  if (name == "RFC822.HEADER") return plain(Kind::rfc822_header);
  if (name == "RFC822.TEXT") return plain(Kind::rfc822_text, false);
  if (name == "MODSEQ") return plain(Kind::mod_seq);
  if (name == "EMAILID") return plain(Kind::email_id);
  if (name == "THREADID") return plain(Kind::thread_id);
  if (name == "SAVEDATE") return plain(Kind::save_date);
  if (name == "PREVIEW") return preview(in);
  syntax("Unknown item to fetch");
}

std::vector<FetchItem> fetch_items(Cursor& in) {
  constexpr Kind fast[] = {Kind::flags, Kind::internal_date, Kind::rfc822_size};
  std::vector<FetchItem> items;
  if (in.accept('(')) {
    do {
      if (items.size() >= 500) syntax("Too many items to fetch");
      items.push_back(fetch_item(in));
    } while (in.accept(' '));
    in.need(')');
    return items;
  }
  bool full = in.accept_word("FULL");
  bool all = full || in.accept_word("ALL");
  if (all || in.accept_word("FAST")) {
    for (Kind kind : fast) items.push_back(plain(kind));
    if (all) items.push_back(plain(Kind::envelope));
    if (full) items.push_back(plain(Kind::body));
    return items;
  }
  items.push_back(fetch_item(in));
  return items;
}

}  // namespace

Arguments parse_fetch(Cursor& in, bool uid) {
  Fetch fetch;
  fetch.uid = uid;
  in.space();
  fetch.set = in.seqset();
  in.space();
  fetch.items = fetch_items(in);
  if (!in.accept(' ')) return fetch;
  in.need('(');
  if (!in.accept_word("CHANGEDSINCE")) syntax("Unknown modifier of FETCH");
  in.space();
  fetch.changed_since = in.number64();
  in.need(')');
  return fetch;
}

Arguments parse_store(Cursor& in, bool uid) {
  Store store;
  store.uid = uid;
  in.space();
  store.set = in.seqset();
  in.space();
  if (in.accept('(')) {
    if (!in.accept_word("UNCHANGEDSINCE")) syntax("Unknown modifier of STORE");
    in.space();
    store.unchanged_since = in.number64();
    in.need(')');
    in.space();
  }
  if (in.accept('+'))
    store.how = Store::How::add;
  else if (in.accept('-'))
    store.how = Store::How::remove;
  std::string name = in.word();
  store.silent = name == "FLAGS.SILENT";
  if (!store.silent && name != "FLAGS") syntax("STORE wants FLAGS, +FLAGS or -FLAGS");
  in.space();
  if (in.next_is('(')) {
    store.flags = in.flag_list();
    return store;
  }
  // RFC 9051 9 store-att-flags: flags without parentheses.
  do store.flags.push_back(in.flag());
  while (in.accept(' '));
  return store;
}

}  // namespace tegu::wire::imap
