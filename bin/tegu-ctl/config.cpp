// `tegu-ctl config get|set|reset|list|export|diff|import`: the settings of the whole system.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "command.h"
#include "model/setting/catalogue.h"
#include "model/setting/store.h"
#include "model/setting/text.h"

namespace tegu::ctl {

namespace setting = model::setting;

namespace {

struct Words {
  std::string key, value, file = "-";
  bool all = false, russian = false;
};

// Store lives as long as the operation.
template <class Operation>
auto with_store(const Context& context, Operation operation) {
  io::Loop loop;
  net::pg::Client client(loop, database_config(context.conf()));
  setting::Store store(client);
  return loop.run_until_done(operation(store));
}

const base::Setting& declared(const std::string& key) {
  const auto* found = base::Settings::find(setting::catalogue(), key);
  if (!found) {
    throw base::UsageError(fmt::format("{}: no such setting; see `tegu-ctl config list`", key));
  }
  return *found;
}

Json row_of(const setting::Listed& listed, bool russian) {
  return {{"key", listed.setting->key},
          {"value", listed.value},
          {"default", listed.setting->standard},
          {"changed", listed.changed},
          {"changed_by", listed.changed ? Json(listed.changed_by) : Json()},
          {"changed_at", listed.changed ? Json(base::rfc3339_date(listed.changed_at)) : Json()},
          {"text", russian ? listed.setting->russian : listed.setting->english}};
}

int list(const Context& context, const Words& words) {
  Json rows = Json::array();
  auto listed = with_store(context, [&](setting::Store& store) { return store.list(words.key); });
  for (const auto& one : listed) {
    rows.push_back(row_of(one, words.russian));
  }
  if (rows.empty()) throw Failure(status_no, "no setting begins with " + words.key);
  print_rows(context, rows,
             {{"key", "KEY"}, {"value", "VALUE"}, {"changed", "CHANGED"}, {"text", "MEANING"}});
  return status_done;
}

int get(const Context& context, const Words& words) {
  declared(words.key);
  auto listed = with_store(context, [&](setting::Store& store) { return store.list(words.key); });
  for (const auto& one : listed) {
    if (one.setting->key != words.key) continue;
    if (context.json) {
      std::cout << row_of(one, words.russian).dump() << "\n";
    } else {
      std::cout << one.value << "\n";
    }
    return status_done;
  }
  throw Failure(status_no, words.key + " is not known to the database's version");
}

int set(const Context& context, const Words& words) {
  with_store(context, [&](setting::Store& store) { return store.set(words.key, words.value); });
  auto normal = setting::normalise(words.key, words.value).value_or(words.value);
  print_done(context, words.key + " = " + normal, {{"key", words.key}, {"value", normal}});
  return status_done;
}

int reset(const Context& context, const Words& words) {
  bool changed = with_store(context, [&](setting::Store& store) { return store.reset(words.key); });
  print_done(context, words.key + (changed ? " has its default again" : " had its default"),
             {{"key", words.key}, {"changed", changed}});
  return status_done;
}

int export_all(const Context& context, const Words& words) {
  auto now = with_store(context, [](setting::Store& store) { return store.changes(); });
  if (context.json) {
    std::cout << Json(now).dump(2) << "\n";
  } else {
    std::cout << setting::format_text(now, words.all, words.russian);
  }
  return status_done;
}

setting::Changes read_wanted(const std::string& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) base::throw_errno("read " + file);
    text.assign(std::istreambuf_iterator<char>(stream), {});
  }
  auto wanted = setting::parse_text(text);
  if (!wanted) throw Failure(status_bad_input, wanted.error());
  return *wanted;
}

int show_diff(const Context& context, const Words& words) {
  auto wanted = read_wanted(words.file);
  auto now = with_store(context, [](setting::Store& store) { return store.changes(); });
  auto text = setting::diff(now, wanted);
  if (context.json) {
    std::cout << Json{{"same", text.empty()}, {"diff", text}}.dump() << "\n";
  } else {
    std::cout << text;
  }
  return text.empty() ? status_done : status_no;
}

int import_all(const Context& context, const Words& words) {
  auto wanted = read_wanted(words.file);
  auto now = with_store(context, [](setting::Store& store) { return store.changes(); });
  auto text = setting::diff(now, wanted);
  with_store(context, [&](setting::Store& store) { return store.replace(wanted); });
  print_done(context, text.empty() ? "nothing to change" : text, {{"diff", text}});
  return status_done;
}

}  // namespace

void add_config(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("config", "Settings, the same on all nodes");
  group->require_subcommand(1);
  auto words = std::make_shared<Words>();  // owned by the callbacks
  auto keyed = [&](const char* command, const char* text) {
    auto* sub = group->add_subcommand(command, text);
    sub->add_option("key", words->key, "Such as smtp.message_size_limit")->required();
    return sub;
  };
  on(keyed("get", "Show one value"), context, words, get);
  auto* setting_one = keyed("set", "Change one setting");
  setting_one->add_option("value", words->value, "As `config list` shows it")->required();
  on(setting_one, context, words, set);
  on(keyed("reset", "Back to its default"), context, words, reset);
  auto* listing = group->add_subcommand("list", "Show settings with their meaning");
  listing->add_option("prefix", words->key, "Only this section or key");
  listing->add_flag("--russian", words->russian, "Explain in Russian");
  on(listing, context, words, list);
  auto* exporting = group->add_subcommand("export", "Print what differs from the defaults");
  exporting->add_flag("--all", words->all, "The rest too, as comments");
  exporting->add_flag("--russian", words->russian, "Explain in Russian");
  on(exporting, context, words, export_all);
  auto* differing = group->add_subcommand("diff", "What import would change; status 1 when any");
  differing->add_option("file", words->file, "As export prints; -: standard input");
  on(differing, context, words, show_diff);
  auto* importing = group->add_subcommand("import", "Make the settings as a file says");
  importing->add_option("file", words->file, "As export prints; -: standard input");
  on(importing, context, words, import_all);
}

}  // namespace tegu::ctl
