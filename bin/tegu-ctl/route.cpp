// `tegu-ctl route add|list|show|remove`: where mail for others' domains goes.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "directory.h"
#include "model/directory/name.h"

namespace tegu::ctl {

namespace {

struct Words {
  std::string key, next_hop, note;
  bool relay = false;
};

int add(const Context& context, const Words& words) {
  with_directory(context, [&](Admin& admin) {
    return admin.set_route(words.key, words.next_hop, words.relay, words.note);
  });
  print_done(context, words.key + " -> " + words.next_hop,
             {{"key", words.key}, {"next_hop", words.next_hop}, {"relay", words.relay}});
  return status_done;
}

Json all_rows(const Context& context) {
  Json rows = Json::array();
  for (const auto& route :
       with_directory(context, [](Admin& admin) { return admin.list_routes(); })) {
    rows.push_back({{"id", route.id},
                    {"key", route.key},
                    {"next_hop", route.next_hop},
                    {"relay", route.relay},
                    {"active", route.active},
                    {"note", route.note}});
  }
  return rows;
}

int show(const Context& context, const Words& words) {
  print_object(context,
               pick_row(all_rows(context), "key", model::directory::parse_route_key(words.key),
                        words.key, "route"),
               {{"key", "for"},
                {"id", "id"},
                {"next_hop", "next hop"},
                {"relay", "for strangers"},
                {"active", "active"},
                {"note", "note"}});
  return status_done;
}

int list(const Context& context) {
  print_rows(
      context, all_rows(context),
      {{"key", "FOR"}, {"next_hop", "NEXT HOP"}, {"relay", "FOR STRANGERS"}, {"note", "NOTE"}});
  return status_done;
}

int remove(const Context& context, const Words& words) {
  with_directory(context, [&](Admin& admin) { return admin.remove_route(words.key); });
  print_done(context, "removed " + words.key, {{"key", words.key}});
  return status_done;
}

}  // namespace

void add_route(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("route", "Next hops for other domains");
  group->require_subcommand(1);
  auto words = std::make_shared<Words>();  // owned by the callbacks
  auto* adding = group->add_subcommand("add", "Add or change a route");
  adding->add_option("for", words->key, "domain, .domain (it and below), user@domain, * (the rest)")
      ->required();
  adding
      ->add_option("next-hop", words->next_hop,
                   "mx, mx:domain, smtp://host:port, lmtp:host:port, lmtp:/path")
      ->required();
  adding->add_flag("--relay", words->relay, "Strangers too may send there through us");
  adding->add_option("--note", words->note, "For administrators");
  on(adding, context, words, add);
  auto* showing = group->add_subcommand("show", "Show one route");
  showing->add_option("for", words->key, "As `route list` says")->required();
  on(showing, context, words, show);
  auto* removing = group->add_subcommand("remove", "Remove a route");
  removing->add_option("for", words->key, "As `route list` says")->required();
  on(removing, context, words, remove);
  on(group->add_subcommand("list", "Show all routes"), context, list);
}

}  // namespace tegu::ctl
