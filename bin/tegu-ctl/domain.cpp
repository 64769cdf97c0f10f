// `tegu-ctl domain add|alias|list|show|catch-all|enable|disable|remove`.
#include <memory>
#include <nlohmann/json.hpp>

#include "base/unicode.h"
#include "command.h"
#include "directory.h"

namespace tegu::ctl {

namespace {

struct Words {
  std::string name, of, note;
  std::vector<std::string> targets;
};

Json row_of(const model::directory::ListedDomain& listed) {
  return {{"id", listed.domain.id.value},
          {"name", listed.domain.name},
          {"alias_of", listed.alias_of.empty() ? Json() : Json(listed.alias_of)},
          {"accounts", listed.accounts},
          {"aliases", listed.aliases},
          {"catch_all", listed.domain.catch_all},
          {"active", listed.domain.active},
          {"note", listed.domain.note}};
}

Json all_rows(const Context& context) {
  Json rows = Json::array();
  for (const auto& listed :
       with_directory(context, [](Admin& admin) { return admin.list_domains(); })) {
    rows.push_back(row_of(listed));
  }
  return rows;
}

int show(const Context& context, const Words& words) {
  print_object(
      context,
      pick_row(all_rows(context), "name", base::domain_to_ascii(words.name), words.name, "domain"),
      {{"name", "domain"},
       {"id", "id"},
       {"accounts", "accounts"},
       {"aliases", "aliases"},
       {"alias_of", "alias of"},
       {"catch_all", "catch-all"},
       {"active", "active"},
       {"note", "note"}});
  return status_done;
}

int list(const Context& context) {
  print_rows(context, all_rows(context),
             {{"name", "DOMAIN"},
              {"accounts", "ACCOUNTS"},
              {"aliases", "ALIASES"},
              {"alias_of", "ALIAS OF"},
              {"catch_all", "CATCH-ALL"},
              {"active", "ACTIVE"},
              {"note", "NOTE"}});
  return status_done;
}

int add(const Context& context, const Words& words) {
  auto id = with_directory(context,
                           [&](Admin& admin) { return admin.add_domain(words.name, words.note); });
  print_done(context, "added " + words.name, {{"id", id.value}, {"name", words.name}});
  return status_done;
}

int add_alias_domain(const Context& context, const Words& words) {
  auto id = with_directory(
      context, [&](Admin& admin) { return admin.add_domain_alias(words.name, words.of); });
  print_done(context, words.name + " means " + words.of, {{"id", id.value}, {"name", words.name}});
  return status_done;
}

int remove(const Context& context, const Words& words) {
  with_directory(context, [&](Admin& admin) { return admin.remove_domain(words.name); });
  print_done(context, "removed " + words.name, {{"name", words.name}});
  return status_done;
}

int set_catch_all(const Context& context, const Words& words) {
  with_directory(context,
                 [&](Admin& admin) { return admin.set_catch_all(words.name, words.targets); });
  print_done(context,
             words.targets.empty() ? "unknown addresses of " + words.name + " are refused"
                                   : "unknown addresses of " + words.name + " are forwarded",
             {{"name", words.name}, {"catch_all", words.targets}});
  return status_done;
}

int set_active(const Context& context, const Words& words, bool active) {
  with_directory(context,
                 [&](Admin& admin) { return admin.set_domain_active(words.name, active); });
  print_done(context, words.name + (active ? " is active" : " is inactive"),
             {{"name", words.name}, {"active", active}});
  return status_done;
}

int enable(const Context& context, const Words& words) {
  return set_active(context, words, true);
}

int disable(const Context& context, const Words& words) {
  return set_active(context, words, false);
}

}  // namespace

void add_domain(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("domain", "Domains whose mail is kept here");
  group->require_subcommand(1);
  auto words = std::make_shared<Words>();  // owned by the callbacks
  auto named = [&](const char* command, const char* text) {
    auto* sub = group->add_subcommand(command, text);
    sub->add_option("domain", words->name, "Domain name")->required();
    return sub;
  };
  auto* adding = named("add", "Add a domain");
  adding->add_option("--note", words->note, "For administrators");
  on(adding, context, words, add);
  auto* aliasing = named("alias", "Every address of DOMAIN means the same one of OF");
  aliasing->add_option("of", words->of, "Domain that it stands for")->required();
  on(aliasing, context, words, add_alias_domain);
  auto* catching = named("catch-all", "Where unknown addresses go; without targets: refused");
  catching->add_option("targets", words->targets, "Addresses");
  on(catching, context, words, set_catch_all);
  on(named("show", "Show one domain"), context, words, show);
  on(named("enable", "Take mail for it"), context, words, enable);
  on(named("disable", "Take no mail for it; accounts stay"), context, words, disable);
  on(named("remove", "Remove a domain without accounts and aliases"), context, words, remove);
  on(group->add_subcommand("list", "Show all domains"), context, list);
}

}  // namespace tegu::ctl
