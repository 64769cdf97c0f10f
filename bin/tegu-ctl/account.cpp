// `tegu-ctl account add|list|show|password|state|quota|name|remove|app-password`.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/time.h"
#include "command.h"
#include "directory.h"
#include "model/directory/password.h"
#include "model/setting/store.h"

namespace tegu::ctl {

namespace directory = model::directory;

namespace {

struct Words {
  std::string address, domain, name, password, quota, state, language, label, expires;
  bool password_from_input = false, generate = false, no_password = false, yes = false;
  int64_t credential = 0;
};

Json row_of(const directory::ListedAccount& listed) {
  const auto& account = listed.account;
  return {{"id", account.id.value},
          {"address", account.address},
          {"name", account.display_name},
          {"state", directory::name(account.state)},
          {"messages", listed.messages},
          {"bytes", listed.bytes},
          {"quota", account.quota ? Json(*account.quota) : Json()},
          {"language", account.language},
          {"created", base::rfc3339_date(account.created_at)}};
}

// "5G" in octets; "none" and "default": the setting.
std::optional<int64_t> parse_quota(const std::string& text) {
  if (text.empty() || text == "none" || text == "default") return std::nullopt;
  base::Setting setting{.key = "quota",
                        .type = base::SettingType::size,
                        .standard = "0",
                        .english = "",
                        .russian = ""};
  auto value = base::parse_setting(setting, text);
  if (!value) throw base::UsageError(value.error());
  return std::get<int64_t>(*value);
}

io::Task<int64_t> hash_cost(net::pg::Client& client) {
  std::vector<std::string> problems;
  auto settings = co_await model::setting::Store(client).load(problems);
  co_return settings.number("auth.hash_cost");
}

std::string hashed(const Context& context, const std::string& password) {
  auto cost = with_database(context, [](net::pg::Client& client) { return hash_cost(client); });
  return directory::hash_password(password, static_cast<int>(cost));
}

// --password, --password-stdin, --generate, or asked for at the terminal.
std::string wanted_password(const Words& words) {
  if (words.generate) return base::random_name(16);
  std::string password = words.password.empty() ? read_secret("Password") : words.password;
  if (password.empty()) {
    throw Failure(status_usage,
                  "an empty password is not taken; use --password-stdin, --generate, or add the "
                  "account with --no-password");
  }
  return password;
}

int add(const Context& context, const Words& words) {
  std::string password = words.no_password ? "" : wanted_password(words);
  directory::NewAccount account{.address = words.address,
                                .display_name = words.name,
                                .password_hash = {},
                                .quota = parse_quota(words.quota),
                                .language = words.language};
  if (!password.empty()) account.password_hash = hashed(context, password);
  auto id = with_directory(context, [&](Admin& admin) { return admin.add_account(account); });
  Json members = {{"id", id.value}, {"address", words.address}};
  std::string text = "added " + words.address;
  if (words.generate) {
    members["password"] = password;
    text += ", password " + password;
  }
  print_done(context, text, members);
  return status_done;
}

int set_password(const Context& context, const Words& words) {
  std::string password = wanted_password(words);
  auto hash = hashed(context, password);
  with_directory(context, [&](Admin& admin) { return admin.set_password(words.address, hash); });
  Json members = {{"address", words.address}};
  std::string text = "changed the password of " + words.address;
  if (words.generate) {
    members["password"] = password;
    text += " to " + password;
  }
  print_done(context, text, members);
  return status_done;
}

int list(const Context& context, const Words& words) {
  Json rows = Json::array();
  auto accounts =
      with_directory(context, [&](Admin& admin) { return admin.list_accounts(words.domain); });
  for (const auto& listed : accounts) rows.push_back(row_of(listed));
  print_rows(context, rows,
             {{"address", "ADDRESS"},
              {"name", "NAME"},
              {"state", "STATE"},
              {"messages", "MESSAGES"},
              {"bytes", "BYTES"},
              {"quota", "QUOTA"}});
  return status_done;
}

int show(const Context& context, const Words& words) {
  Json object = row_of(
      with_directory(context, [&](Admin& admin) { return admin.show_account(words.address); }));
  Json credentials = Json::array();
  auto found =
      with_directory(context, [&](Admin& admin) { return admin.list_credentials(words.address); });
  std::vector<std::string> texts;
  for (const auto& credential : found) {
    credentials.push_back(
        {{"id", credential.id},
         {"kind", credential.kind},
         {"label", credential.label},
         {"created", base::rfc3339_date(credential.created_at)},
         {"expires",
          credential.expires_at ? Json(base::rfc3339_date(*credential.expires_at)) : Json()}});
    texts.push_back(credential.label.empty() ? credential.kind
                                             : fmt::format("{} {} ({})", credential.kind,
                                                           credential.id, credential.label));
  }
  object["credentials"] = context.json ? credentials : Json(texts);
  print_object(context, object,
               {{"address", "address"},
                {"id", "id"},
                {"name", "name"},
                {"state", "state"},
                {"messages", "messages"},
                {"bytes", "bytes"},
                {"quota", "quota"},
                {"language", "language"},
                {"created", "created"},
                {"credentials", "credentials"}});
  return status_done;
}

// What cannot be undone wants the address once more, or --yes from a script.
void confirm_removal(const std::string& address, bool yes) {
  if (yes) return;
  if (!::isatty(STDIN_FILENO)) {
    throw Failure(status_usage, "removes all mail of " + address + "; give --yes to mean it");
  }
  std::cerr << "This removes all mail of " << address << ". Type the address to go on: ";
  std::string typed;
  std::getline(std::cin, typed);
  if (typed != address) throw Failure(status_no, "not removed");
}

int remove(const Context& context, const Words& words) {
  confirm_removal(words.address, words.yes);
  with_directory(context, [&](Admin& admin) { return admin.remove_account(words.address); });
  print_done(context, "removed " + words.address + " and its mailboxes",
             {{"address", words.address}});
  return status_done;
}

int set_state(const Context& context, const Words& words) {
  auto state = directory::parse_account_state(words.state);
  if (!state) throw Failure(status_usage, "state: write active, suspended or closed");
  with_directory(context, [&](Admin& admin) { return admin.set_state(words.address, *state); });
  print_done(context, words.address + " is " + words.state,
             {{"address", words.address}, {"state", words.state}});
  return status_done;
}

int set_quota(const Context& context, const Words& words) {
  auto quota = parse_quota(words.quota);
  with_directory(context, [&](Admin& admin) { return admin.set_quota(words.address, quota); });
  print_done(context, "quota of " + words.address + ": " + words.quota,
             {{"address", words.address}, {"quota", quota ? Json(*quota) : Json()}});
  return status_done;
}

int set_name(const Context& context, const Words& words) {
  with_directory(context,
                 [&](Admin& admin) { return admin.set_display_name(words.address, words.name); });
  print_done(context, words.address + " is called " + words.name,
             {{"address", words.address}, {"name", words.name}});
  return status_done;
}

int add_app_password(const Context& context, const Words& words) {
  std::optional<base::WallTime> expires;
  if (!words.expires.empty()) {
    auto span = base::parse_duration(words.expires);
    if (!span) throw Failure(status_usage, "--expires: write a duration such as 90d");
    expires = base::wall_now() + *span;
  }
  std::string password = base::random_name(20);
  auto hash = hashed(context, password);
  auto id = with_directory(context, [&](Admin& admin) {
    return admin.add_app_password(words.address, words.label, hash, expires);
  });
  print_done(context, fmt::format("app password {} of {}: {}", id, words.address, password),
             {{"id", id}, {"address", words.address}, {"password", password}});
  return status_done;
}

int remove_app_password(const Context& context, const Words& words) {
  with_directory(context, [&](Admin& admin) {
    return admin.remove_credential(words.address, words.credential);
  });
  print_done(context, "removed", {{"id", words.credential}, {"address", words.address}});
  return status_done;
}

void add_password_options(CLI::App* command, const std::shared_ptr<Words>& words) {
  auto* given = command->add_option("--password", words->password,
                                    "Password (others on this machine may see it in ps)");
  auto* input = command->add_flag("--password-stdin", words->password_from_input,
                                  "Read it from the first line of standard input");
  auto* made = command->add_flag("--generate", words->generate, "Make one and print it");
  given->excludes(input)->excludes(made);
  input->excludes(made);
}

}  // namespace

void add_account(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("account", "People and their mailboxes");
  group->require_subcommand(1);
  auto words = std::make_shared<Words>();  // owned by the callbacks
  auto named = [&](const char* command, const char* text) {
    auto* sub = group->add_subcommand(command, text);
    sub->add_option("address", words->address, "user@domain")->required();
    return sub;
  };
  auto* adding = named("add", "Add an account with its mailboxes");
  add_password_options(adding, words);
  adding->add_flag("--no-password", words->no_password, "No login until one is set");
  adding->add_option("--name", words->name, "Display name");
  adding->add_option("--quota", words->quota, "Octets, such as 5G (the setting mailbox.quota)");
  adding->add_option("--language", words->language, "en, ru ...");
  on(adding, context, words, add);
  auto* password = named("password", "Change the password");
  add_password_options(password, words);
  on(password, context, words, set_password);
  auto* listing = group->add_subcommand("list", "Show accounts");
  listing->add_option("domain", words->domain, "Only this domain");
  on(listing, context, words, list);
  on(named("show", "Show one account"), context, words, show);
  auto* removing = named("remove", "Remove an account with all its mail");
  removing->add_flag("--yes", words->yes, "Do not ask");
  on(removing, context, words, remove);
  auto* state = named("state", "active, suspended (no login), closed (as if unknown)");
  state->add_option("state", words->state)->required();
  on(state, context, words, set_state);
  auto* quota = named("quota", "Limit the size of its mailboxes");
  quota->add_option("quota", words->quota, "Octets, such as 5G; none: the setting")->required();
  on(quota, context, words, set_quota);
  auto* name = named("name", "Change the display name");
  name->add_option("name", words->name)->required();
  on(name, context, words, set_name);
  auto* app_password = named("app-password", "Make a password for one program");
  app_password->add_option("label", words->label, "What it is for")->required();
  app_password->add_option("--expires", words->expires, "Duration, such as 90d");
  on(app_password, context, words, add_app_password);
  auto* revoke = named("revoke", "Take an app password back");
  revoke->add_option("id", words->credential, "As `account show` says")->required();
  on(revoke, context, words, remove_app_password);
}

}  // namespace tegu::ctl
