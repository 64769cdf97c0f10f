// Settings in the database: only what differs from its default has a row. A change is told on
// channel tegu_setting (the table's trigger), so daemons follow in a moment.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings.h"
#include "base/time.h"
#include "net/pg/client.h"

namespace tegu::model::setting {

inline constexpr const char* channel = "tegu_setting";

// Key and stored text of what differs from its default.
using Changes = std::map<std::string, std::string>;

// For `tegu-ctl config list`.
struct Listed {
  const base::Setting* setting = nullptr;
  std::string value;
  bool changed = false;
  std::string changed_by;  // role of the database, when changed
  base::WallTime changed_at;
};

class Store {
 public:
  explicit Store(net::pg::Client& client) : client_(client) {}

  io::Task<Changes> changes();
  // The values now. Rows that this version does not know or cannot read are told in `problems` and
  // have their default.
  io::Task<base::Settings> load(std::vector<std::string>& problems);
  // Every declared setting whose key is `prefix` or starts with "<prefix>."; all for an empty one.
  io::Task<std::vector<Listed>> list(std::string prefix);

  // Stores the normalised text (no row when it is the default). Throws base::UsageError on an
  // unknown key or a bad value.
  io::Task<void> set(std::string key, std::string text);
  // To the default; false when it had it already. Throws base::UsageError on an unknown key that
  // has no row either.
  io::Task<bool> reset(std::string key);
  // Makes the settings as `wanted` says, all at once: what is not in it goes back to its default.
  io::Task<void> replace(Changes wanted);

 private:
  net::pg::Client& client_;
};

}  // namespace tegu::model::setting
