// `tegu-ctl db migrate|status`.
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "command.h"
#include "model/schema/schema.h"

namespace tegu::ctl {

namespace schema = model::schema;

static int run_migrate(const Context& context) {
  auto applied =
      with_database(context, [](net::pg::Client& client) { return schema::migrate(client); });
  print_done(context,
             applied.empty() ? "the schema is up to date" : "applied " + base::join(applied, ", "),
             {{"applied", applied}});
  return status_done;
}

struct DatabaseStatus {
  schema::Status schema;
  schema::Durability durability;
};

static io::Task<DatabaseStatus> read_status(net::pg::Client& client) {
  DatabaseStatus status;
  status.schema = co_await schema::status(client);
  status.durability = co_await schema::durability(client);
  co_return status;
}

static int run_status(const Context& context) {
  auto status = with_database(context, [](net::pg::Client& client) { return read_status(client); });
  std::vector<std::string> problems = status.durability.fatal;
  problems.insert(problems.end(), status.durability.warnings.begin(),
                  status.durability.warnings.end());
  Json object = {
      {"server_version", status.durability.server_version},
      {"version", status.schema.applied.empty() ? 0 : status.schema.applied.back().version},
      {"required", schema::required_version()},
      {"pending", status.schema.pending},
      {"problems", problems}};
  Json applied = Json::array();
  for (const auto& one : status.schema.applied) {
    applied.push_back(
        {{"version", one.version}, {"name", one.name}, {"at", base::rfc3339_date(one.at)}});
  }
  if (context.json) object["applied"] = applied;
  print_object(context, object,
               {{"server_version", "PostgreSQL"},
                {"version", "schema"},
                {"required", "this program wants"},
                {"pending", "pending"},
                {"problems", "problems"}});
  return status.schema.pending.empty() && status.durability.fatal.empty() ? status_done
                                                                          : status_configuration;
}

void add_database(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("db", "The schema of the database");
  group->require_subcommand(1);
  on(group->add_subcommand("migrate", "Bring the schema up to date"), context, run_migrate);
  on(group->add_subcommand("status", "Show version, pending migrations, durability"), context,
     run_status);
}

}  // namespace tegu::ctl
