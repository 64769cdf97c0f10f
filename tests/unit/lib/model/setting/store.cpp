#include "model/setting/store.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "io/scope.h"
#include "model/setting/catalogue.h"
#include "support/model.h"

using namespace tegu;
using model::setting::Changes;
using model::setting::Store;
using test::ModelDatabase;

static io::Task<std::string> refusal(io::Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const base::UsageError& error) {
    co_return error.what();
  }
  co_return "";
}

static const net::pg::Statement foreign = {"test.setting.foreign",
                                           "INSERT INTO setting (key, value) VALUES ($1, $2)"};

static io::Task<void> set_and_reset(net::pg::Client& client) {
  Store store(client);
  co_await store.set("smtp.message_size_limit", "104857600");
  co_await store.set("queue.retry", "1s, 2s");
  co_await store.set("queue.lifetime", "120h");  // the default, said otherwise: no row
  CHECK(co_await store.changes() ==
        Changes{{"queue.retry", "1s,2s"}, {"smtp.message_size_limit", "100M"}});
  CHECK((co_await refusal(store.set("smtp.message_size_limit", "huge"))).contains("wants a size"));
  CHECK((co_await refusal(store.set("no.such", "1"))).contains("no such setting"));

  std::vector<std::string> problems;
  base::Settings settings = co_await store.load(problems);
  CHECK(settings.number("smtp.message_size_limit") == 100 << 20);
  CHECK(settings.list("queue.retry") == std::vector<std::string>{"1s", "2s"});
  CHECK(settings.flag("smtp.check_sender"));
  CHECK(problems.empty());

  auto listed = co_await store.list("queue");
  bool found = false;
  for (const auto& one : listed) {
    CHECK(one.setting->key.starts_with("queue."));
    CHECK(one.changed == (one.setting->key == "queue.retry"));
    if (!one.changed) continue;
    found = true;
    CHECK(one.value == "1s,2s");
    CHECK(one.changed_by == "postgres");
  }
  CHECK(found);
  CHECK((co_await store.list("")).size() == model::setting::catalogue().size());
  CHECK((co_await store.list("queue.retry")).size() == 1);
  CHECK((co_await store.list("que")).empty());

  CHECK(co_await store.reset("queue.retry"));
  CHECK_FALSE(co_await store.reset("queue.retry"));
  co_await store.set("smtp.message_size_limit", "50M");
  CHECK((co_await store.changes()).empty());
}

TEST_CASE("setting store: only what differs from the default is kept", "[setting]") {
  ModelDatabase().run(set_and_reset);
}

static net::pg::Params pair(std::string_view key, std::string_view value) {
  net::pg::Params params;
  params.text(key).text(value);
  return params;
}

static io::Task<void> foreign_rows(net::pg::Client& client) {
  co_await client.query(foreign, pair("from.the_future", "1"));
  co_await client.query(foreign, pair("queue.lifetime", "for ever"));
  co_await client.query(foreign, pair("smtp.error_delay", "3s"));
  Store store(client);
  std::vector<std::string> problems;
  base::Settings settings = co_await store.load(problems);
  CHECK(problems.size() == 2);
  CHECK(settings.duration("queue.lifetime") == std::chrono::days(5));
  CHECK(settings.duration("smtp.error_delay") == std::chrono::seconds(3));
  CHECK(co_await store.reset("from.the_future"));
}

TEST_CASE("setting store: rows of another version are told and passed over", "[setting]") {
  ModelDatabase().run(foreign_rows);
}

static io::Task<void> replaced(net::pg::Client& client) {
  Store store(client);
  co_await store.set("smtp.hostname", "old.example.org");
  Changes bad = {{"smtp.error_delay", "3s"}, {"queue.lifetime", "never"}};
  CHECK((co_await refusal(store.replace(bad))).contains("wants a time"));
  CHECK(co_await store.changes() == Changes{{"smtp.hostname", "old.example.org"}});
  Changes wanted = {{"smtp.error_delay", "3s"}, {"queue.lifetime", "5d"}};
  co_await store.replace(wanted);
  CHECK(co_await store.changes() == Changes{{"smtp.error_delay", "3s"}});
}

TEST_CASE("setting store: replacing is all or nothing", "[setting]") {
  ModelDatabase().run(replaced);
}

static io::Task<void> hear(net::pg::Client& client, std::string& heard, io::Signal& changed) {
  std::vector<std::string> channels = {model::setting::channel};
  co_await client.listen(
      std::move(channels),
      [&](std::string_view, std::string_view payload) {
        heard = payload;
        changed.notify_all();
      },
      [&changed] { changed.notify_all(); });
}

static io::Task<void> told(net::pg::Client& client, io::Loop* loop, std::string* heard) {
  io::Scope scope(*loop);
  io::Signal changed;
  scope.spawn(hear(client, *heard, changed));
  co_await changed.wait(io::after(std::chrono::seconds(10)));
  Store store(client);
  co_await store.set("smtp.hostname", "new.example.org");
  if (heard->empty()) co_await changed.wait(io::after(std::chrono::seconds(10)));
  co_await scope.close();
}

TEST_CASE("setting store: a change is told to those who listen", "[setting]") {
  ModelDatabase database;
  std::string heard;
  database.run(told, &database.loop, &heard);
  CHECK(heard == "setting:smtp.hostname");
}
