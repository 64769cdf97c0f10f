#include "model/content/ids.h"

namespace tegu::model::content {

using net::pg::Statement;

// Losing a block with a connection loses nothing, so it may be run again.
static const Statement take_block{"content_take_block", "SELECT nextval('id_block')", true};

io::Task<std::vector<int64_t>> IdSource::take(size_t count) {
  std::vector<int64_t> ids;
  ids.reserve(count);
  while (ids.size() < count) {
    if (next_ == end_) {
      auto permit = co_await fetching_.acquire();
      if (next_ == end_) {
        auto rows = co_await database_.query(take_block);
        next_ = rows.one().int8(0);
        end_ = next_ + block;
      }
    }
    while (ids.size() < count && next_ != end_) ids.push_back(next_++);
  }
  co_return ids;
}

io::Task<int64_t> IdSource::next() {
  auto ids = co_await take(1);
  co_return ids.front();
}

}  // namespace tegu::model::content
