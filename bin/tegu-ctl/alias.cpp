// `tegu-ctl alias add|set|list|show|enable|disable|remove`.
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "command.h"
#include "directory.h"
#include "model/directory/name.h"

namespace tegu::ctl {

namespace {

struct Words {
  std::string address, domain, note;
  std::vector<std::string> targets;
};

// Mail for an alias that leads to itself would come back as addressed to nobody.
void refuse_circle(const Words& words) {
  auto name = model::directory::parse_name(words.address);
  for (const auto& target : words.targets) {
    if (name && model::directory::parse_name(target) == name) {
      throw base::UsageError(words.address + ": an alias cannot lead to itself");
    }
  }
}

int add(const Context& context, const Words& words) {
  refuse_circle(words);
  with_directory(context, [&](Admin& admin) {
    return admin.add_alias(words.address, words.targets, words.note);
  });
  print_done(context, words.address + " -> " + base::join(words.targets, ", "),
             {{"address", words.address}, {"targets", words.targets}});
  return status_done;
}

int set(const Context& context, const Words& words) {
  refuse_circle(words);
  with_directory(context,
                 [&](Admin& admin) { return admin.set_targets(words.address, words.targets); });
  print_done(context, words.address + " -> " + base::join(words.targets, ", "),
             {{"address", words.address}, {"targets", words.targets}});
  return status_done;
}

Json rows_of(const Context& context, const std::string& domain) {
  Json rows = Json::array();
  auto aliases = with_directory(context, [&](Admin& admin) { return admin.list_aliases(domain); });
  for (const auto& alias : aliases) {
    rows.push_back({{"id", alias.id},
                    {"address", alias.address},
                    {"targets", alias.targets},
                    {"active", alias.active},
                    {"note", alias.note}});
  }
  return rows;
}

int show(const Context& context, const Words& words) {
  auto name = model::directory::parse_name(words.address);
  auto wanted = name ? std::optional(name->text()) : std::nullopt;
  print_object(context, pick_row(rows_of(context, ""), "address", wanted, words.address, "alias"),
               {{"address", "address"},
                {"id", "id"},
                {"targets", "targets"},
                {"active", "active"},
                {"note", "note"}});
  return status_done;
}

int list(const Context& context, const Words& words) {
  print_rows(
      context, rows_of(context, words.domain),
      {{"address", "ADDRESS"}, {"targets", "TARGETS"}, {"active", "ACTIVE"}, {"note", "NOTE"}});
  return status_done;
}

int set_active(const Context& context, const Words& words, bool active) {
  with_directory(context,
                 [&](Admin& admin) { return admin.set_alias_active(words.address, active); });
  print_done(context, words.address + (active ? " is active" : " is inactive"),
             {{"address", words.address}, {"active", active}});
  return status_done;
}

int enable(const Context& context, const Words& words) {
  return set_active(context, words, true);
}

int disable(const Context& context, const Words& words) {
  return set_active(context, words, false);
}

int remove(const Context& context, const Words& words) {
  with_directory(context, [&](Admin& admin) { return admin.remove_alias(words.address); });
  print_done(context, "removed " + words.address, {{"address", words.address}});
  return status_done;
}

}  // namespace

void add_alias(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("alias", "Addresses that lead to others");
  group->require_subcommand(1);
  auto words = std::make_shared<Words>();  // owned by the callbacks
  auto named = [&](const char* command, const char* text) {
    auto* sub = group->add_subcommand(command, text);
    sub->add_option("address", words->address, "user@domain")->required();
    return sub;
  };
  auto* adding = named("add", "Add an alias");
  adding->add_option("targets", words->targets, "Addresses, here or elsewhere")->required();
  adding->add_option("--note", words->note, "For administrators");
  on(adding, context, words, add);
  auto* setting = named("set", "Change the targets");
  setting->add_option("targets", words->targets, "Addresses")->required();
  on(setting, context, words, set);
  on(named("show", "Show one alias"), context, words, show);
  on(named("enable", "Take mail for it"), context, words, enable);
  on(named("disable", "Refuse mail for it"), context, words, disable);
  on(named("remove", "Remove an alias"), context, words, remove);
  auto* listing = group->add_subcommand("list", "Show aliases");
  listing->add_option("domain", words->domain, "Only this domain");
  on(listing, context, words, list);
}

}  // namespace tegu::ctl
