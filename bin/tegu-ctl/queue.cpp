// `tegu-ctl queue status|list|show|flush|hold|release|remove`.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "command.h"
#include "model/content/reader.h"
#include "model/queue/store.h"

namespace tegu::ctl {

namespace queue = model::queue;

namespace {

struct Words {
  int64_t item = 0, limit = 1000;
  std::string sender, recipient, domain, next_hop;
  bool held = false, ready = false, all = false, letter = false;

  queue::Filter filter() const {
    queue::Filter filter;
    if (item != 0) filter.item = base::QueueItemId{item};
    if (!sender.empty()) filter.sender = sender == "<>" ? "" : sender;
    if (!recipient.empty()) filter.recipient = recipient;
    if (!domain.empty()) filter.domain = domain;
    if (!next_hop.empty()) filter.next_hop = next_hop;
    if (held) filter.state = queue::State::held;
    if (ready) filter.state = queue::State::ready;
    return filter;
  }
  bool narrows() const {
    return item != 0 || !sender.empty() || !recipient.empty() || !domain.empty() ||
           !next_hop.empty() || held || ready;
  }
};

// The ids and the lease term are for writers; an administrator only looks and changes states.
template <class Operation>
auto with_queue(const Context& context, Operation operation) {
  auto conf = context.conf();
  io::Loop loop;
  net::pg::Client client(loop, database_config(conf));
  model::content::IdSource ids(client);
  queue::Store store(client, ids, "tegu-ctl", std::chrono::minutes(1));
  return loop.run_until_done(operation(store));
}

Json time_of(const std::optional<base::WallTime>& time) {
  return time ? Json(base::rfc3339_date(*time)) : Json();
}

std::string sender_of(const queue::Item& item) {
  return item.sender.is_null() ? "<>" : wire::smtp::format(item.sender);
}

Json recipient_row(const queue::Recipient& recipient) {
  return {{"seq", recipient.seq},
          {"recipient", wire::smtp::format(recipient.address)},
          {"next_hop", recipient.next_hop},
          {"state", recipient.state == queue::State::held ? "held" : "ready"},
          {"attempts", recipient.attempts},
          {"next_try", base::rfc3339_date(recipient.next_try_at)},
          {"last_try", time_of(recipient.last_try_at)},
          {"last_reply", recipient.last_reply},
          {"worked_on_by", recipient.leased_by}};
}

Json item_row(const queue::Lease& entry) {
  Json recipients = Json::array();
  for (const auto& recipient : entry.recipients) recipients.push_back(recipient_row(recipient));
  return {{"item", entry.item.id.value},
          {"id", entry.item.log_id},
          {"sender", sender_of(entry.item)},
          {"size", entry.item.size},
          {"login", entry.item.login},
          {"arrived", base::rfc3339_date(entry.item.created_at)},
          {"expires", base::rfc3339_date(entry.item.expires_at)},
          {"recipients", std::move(recipients)}};
}

io::Task<std::vector<queue::Lease>> list_up_to(queue::Store& store, queue::Filter filter,
                                               size_t limit) {
  constexpr size_t page = 500;
  std::vector<queue::Lease> all;
  base::QueueItemId after;
  while (all.size() < limit) {
    size_t wanted = std::min(page, limit - all.size());
    auto some = co_await store.list(filter, after, wanted);
    bool last = some.size() < wanted;
    if (!some.empty()) after = some.back().item.id;
    for (auto& entry : some) all.push_back(std::move(entry));
    if (last) break;
  }
  co_return all;
}

int list(const Context& context, const Words& words) {
  auto entries = with_queue(context, [&](queue::Store& store) {
    return list_up_to(store, words.filter(), static_cast<size_t>(words.limit));
  });
  Json rows = Json::array();
  for (const auto& entry : entries) {
    Json item = item_row(entry);
    if (context.json) {
      rows.push_back(std::move(item));
      continue;
    }
    // Text: one line a recipient.
    for (auto& recipient : item["recipients"]) {
      recipient["item"] = item["item"];
      recipient["sender"] = item["sender"];
      recipient["size"] = item["size"];
      recipient["next_try"] = short_time(recipient["next_try"].get<std::string>());
      rows.push_back(std::move(recipient));
    }
  }
  print_rows(context, rows,
             {{"item", "ITEM"},
              {"size", "SIZE"},
              {"sender", "SENDER"},
              {"recipient", "RECIPIENT"},
              {"state", "STATE"},
              {"attempts", "TRIES"},
              {"next_try", "NEXT TRY (UTC)"},
              {"last_reply", "LAST REPLY"}});
  return status_done;
}

io::Task<std::string> read_header(net::pg::Client& client, base::ContentId content) {
  model::content::Reader reader(client);
  co_return (co_await reader.header(content)).value_or("");
}

int show(const Context& context, const Words& words) {
  auto entries =
      with_queue(context, [&](queue::Store& store) { return store.list(words.filter(), {}, 1); });
  if (entries.empty()) {
    throw Failure(status_no, fmt::format("item {} is not in the queue", words.item));
  }
  Json object = item_row(entries[0]);
  auto content = entries[0].item.content;
  if (words.letter) {
    object["header"] = with_database(
        context, [&](net::pg::Client& client) { return read_header(client, content); });
  }
  if (context.json) {
    print_object(context, object, {});
    return status_done;
  }
  print_object(context, object,
               {{"item", "item"},
                {"id", "id in logs"},
                {"sender", "sender"},
                {"size", "size"},
                {"login", "login"},
                {"arrived", "arrived"},
                {"expires", "expires"}});
  std::cout << "\n";
  print_rows(context, object["recipients"],
             {{"recipient", "RECIPIENT"},
              {"next_hop", "NEXT HOP"},
              {"state", "STATE"},
              {"attempts", "TRIES"},
              {"next_try", "NEXT TRY"},
              {"worked_on_by", "WORKED ON BY"},
              {"last_reply", "LAST REPLY"}});
  if (words.letter) std::cout << "\n" << object["header"].get<std::string>();
  return status_done;
}

int show_overview(const Context& context, const Words&) {
  auto now = with_queue(context, [](queue::Store& store) { return store.overview(); });
  print_object(context,
               {{"items", now.items},
                {"ready", now.ready},
                {"due", now.due},
                {"leased", now.leased},
                {"held", now.held},
                {"oldest", time_of(now.oldest)}},
               {{"items", "letters"},
                {"ready", "recipients that wait"},
                {"due", "of these, due now"},
                {"leased", "worked on"},
                {"held", "held"},
                {"oldest", "oldest arrived"}});
  return status_done;
}

// Which recipients: one must say it, if only by --all.
queue::Filter named(const Words& words) {
  if (!words.narrows() && !words.all) {
    throw Failure(status_usage,
                  "which recipients? give an item, --sender, --recipient, --domain, --next-hop, or "
                  "--all");
  }
  return words.filter();
}

int tell_changed(const Context& context, const char* what, size_t count) {
  print_done(context, fmt::format("{} {}", what, count), {{"recipients", count}});
  return count > 0 ? status_done : status_no;
}

// The queue looks by itself too, later.
void wake(const Context& context) {
  try {
    ask(context.conf(), "queue.sock", "tegu-queue", {{"op", "wake"}});
  } catch (const net::peer::Unavailable&) {
    std::cerr << "tegu-ctl: tegu-queue is not running here; a running one will see it later\n";
  }
}

int flush(const Context& context, const Words& words) {
  size_t count =
      with_queue(context, [&](queue::Store& store) { return store.flush(words.filter()); });
  wake(context);
  return tell_changed(context, "recipients that are tried now:", count);
}

int hold(const Context& context, const Words& words) {
  auto filter = named(words);
  size_t count = with_queue(context, [&](queue::Store& store) { return store.hold(filter); });
  return tell_changed(context, "recipients held:", count);
}

int release(const Context& context, const Words& words) {
  auto filter = named(words);
  size_t count = with_queue(context, [&](queue::Store& store) { return store.release(filter); });
  wake(context);
  return tell_changed(context, "recipients released:", count);
}

int remove(const Context& context, const Words& words) {
  auto filter = named(words);
  size_t count = with_queue(context, [&](queue::Store& store) { return store.remove(filter); });
  return tell_changed(context, "recipients removed:", count);
}

}  // namespace

void add_queue(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("queue", "Letters on their way");
  group->require_subcommand(1);
  auto words = std::make_shared<Words>();  // owned by the callbacks
  auto filtered = [&](const char* command, const char* text) {
    auto* sub = group->add_subcommand(command, text);
    sub->add_option("item", words->item, "Number of a letter, as `queue list` says");
    sub->add_option("--sender", words->sender, "Address; <> for reports");
    sub->add_option("--recipient", words->recipient, "Address");
    sub->add_option("--domain", words->domain, "Of the recipients");
    sub->add_option("--next-hop", words->next_hop, "As `queue show` says");
    return sub;
  };
  on(group->add_subcommand("status", "The queue in numbers"), context, words, show_overview);
  auto* listing = filtered("list", "Show letters with recipients that are not done");
  listing->add_option("--limit", words->limit, "Letters at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
      ->capture_default_str();
  listing->add_flag("--held", words->held, "Only held ones");
  on(listing, context, words, list);
  auto* showing = group->add_subcommand("show", "Show one letter");
  showing->add_option("item", words->item, "As `queue list` says")->required();
  showing->add_flag("--header", words->letter, "Its header too");
  on(showing, context, words, show);
  on(filtered("flush", "Try now, whatever was planned"), context, words, flush);
  struct Change {
    const char* name;
    const char* text;
    int (*run)(const Context&, const Words&);
  };
  for (const auto& change : {Change{"hold", "Try no more until released", hold},
                             Change{"release", "Try again what was held", release},
                             Change{"remove", "Throw away, without a report", remove}}) {
    auto* sub = filtered(change.name, change.text);
    sub->add_flag("--all", words->all, "Everything");
    on(sub, context, words, change.run);
  }
}

}  // namespace tegu::ctl
