#include "model/setting/store.h"

#include "base/error.h"
#include "model/setting/catalogue.h"

namespace tegu::model::setting {

using net::pg::Params;
using net::pg::Rows;
using net::pg::Statement;

static const Statement select_all = {
    "setting.all", "SELECT key, value, changed_by, changed_at FROM setting", true};

static const Statement upsert = {
    "setting.set",
    "INSERT INTO setting AS s (key, value) VALUES ($1, $2)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now(),"
    " changed_by = current_user WHERE s.value <> excluded.value"};

static const Statement remove = {"setting.reset", "DELETE FROM setting WHERE key = $1"};

static const Statement remove_others = {"setting.reset_others",
                                        "DELETE FROM setting WHERE NOT key = ANY ($1::text[])"};

static const Statement upsert_many = {
    "setting.replace",
    "INSERT INTO setting AS s (key, value) SELECT k, v FROM unnest($1::text[], $2::text[]) AS n(k, "
    "v)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now(),"
    " changed_by = current_user WHERE s.value <> excluded.value"};

static std::string checked(const std::string& key, const std::string& text) {
  auto value = normalise(key, text);
  if (!value) throw base::UsageError(value.error());
  return *value;
}

static bool is_default(const std::string& key, const std::string& value) {
  const base::Setting& setting = *base::Settings::find(catalogue(), key);
  return value == base::format_setting(setting, *base::parse_setting(setting, setting.standard));
}

io::Task<Changes> Store::changes() {
  Rows rows = co_await client_.query(select_all);
  Changes changes;
  for (auto row : rows) changes.emplace(row.text(0), row.text(1));
  co_return changes;
}

io::Task<base::Settings> Store::load(std::vector<std::string>& problems) {
  Changes known;
  for (auto& [key, text] : co_await changes()) {
    if (auto value = normalise(key, text)) {
      known.emplace(key, *value);
    } else {
      problems.push_back(value.error());
    }
  }
  co_return base::Settings(catalogue()).with(known, problems);
}

io::Task<std::vector<Listed>> Store::list(std::string prefix) {
  Rows rows = co_await client_.query(select_all);
  std::vector<Listed> listed;
  for (const base::Setting& setting : catalogue()) {
    if (!prefix.empty() && setting.key != prefix && !setting.key.starts_with(prefix + ".")) {
      continue;
    }
    Listed& one = listed.emplace_back();
    one.setting = &setting;
    one.value = setting.standard;
    for (auto row : rows) {
      if (row.text(0) != setting.key) continue;
      one.value = row.text(1);
      one.changed = true;
      one.changed_by = row.text(2);
      one.changed_at = row.time(3);
    }
  }
  co_return listed;
}

io::Task<void> Store::set(std::string key, std::string text) {
  std::string value = checked(key, text);
  Params params;
  params.text(key);
  if (is_default(key, value)) {
    co_await client_.query(remove, std::move(params));
    co_return;
  }
  params.text(value);
  co_await client_.query(upsert, std::move(params));
}

io::Task<bool> Store::reset(std::string key) {
  Params params;
  params.text(key);
  Rows rows = co_await client_.query(remove, std::move(params));
  if (rows.affected() == 0 && !base::Settings::find(catalogue(), key)) {
    throw base::UsageError(normalise(key, "").error());
  }
  co_return rows.affected() > 0;
}

io::Task<void> Store::replace(Changes wanted) {
  std::vector<std::string> keys, values;
  for (auto& [key, text] : wanted) {
    std::string value = checked(key, text);
    if (is_default(key, value)) continue;
    keys.push_back(key);
    values.push_back(value);
  }
  Params others, many;
  others.texts(keys);
  many.texts(keys).texts(values);
  std::vector<net::pg::Call> calls;
  calls.push_back({&remove_others, std::move(others)});
  calls.push_back({&upsert_many, std::move(many)});
  co_await client_.batch(std::move(calls));
}

}  // namespace tegu::model::setting
