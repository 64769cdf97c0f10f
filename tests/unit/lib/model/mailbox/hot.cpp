#include "model/mailbox/hot.h"

#include <catch2/catch.hpp>

#include "support/model.h"

using namespace tegu;

static const net::pg::Statement count_rows{
    "test.rows",
    "SELECT (SELECT count(*) FROM mailbox) + (SELECT count(*) FROM message) + "
    "(SELECT count(*) FROM mailbox_log) + (SELECT count(*) FROM content) + "
    "(SELECT count(*) FROM content_loose)",
    true};

TEST_CASE("mailbox hot: all have a plan and leave no trace", "[mailbox]") {
  test::ModelDatabase database;
  auto hot = model::mailbox::hot_calls();
  CHECK(hot.size() > 10);
  CHECK(test::warmed(database, "tegu_imapd", hot) == hot.size());
  CHECK(database.sql(count_rows).one().int8(0) == 0);
}
