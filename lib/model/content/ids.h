// IdSource: numbers made by the writer, before it writes (DESIGN 3). So a letter's content and
// queue item have their ids when the transaction is sent, and its outcome can be looked up by them.
#pragma once
#include <vector>

#include "base/ids.h"
#include "io/sync.h"
#include "net/pg/client.h"

namespace tegu::model::content {

// Takes blocks of 1000 from the sequence id_block; what is left of one at the end is lost, which
// costs nothing. One a loop. Outlives its tasks.
class IdSource {
 public:
  explicit IdSource(net::pg::Client& database) : database_(database) {}
  IdSource(const IdSource&) = delete;

  // `count` unused numbers, ascending, not always neighbours.
  io::Task<std::vector<int64_t>> take(size_t count);
  io::Task<int64_t> next();
  io::Task<base::ContentId> next_content() { co_return base::ContentId{co_await next()}; }

 private:
  static constexpr int64_t block = 1000;  // the sequence's INCREMENT
  net::pg::Client& database_;
  io::Semaphore fetching_{1};
  int64_t next_ = 0;
  int64_t end_ = 0;
};

}  // namespace tegu::model::content
