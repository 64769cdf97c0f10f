#include "model/mailbox/head.h"

#include <catch2/catch.hpp>

#include "model/mailbox/changed.h"

using namespace tegu::model::mailbox;

TEST_CASE("mailbox names: one form for each", "[mailbox]") {
  struct {
    std::string in, want;  // want empty: refused
  } cases[] = {
      {"Sent", "Sent"},
      {"inbox", "INBOX"},
      {"InBoX/x", "INBOX/x"},
      {"inboxes", "inboxes"},
      {"a/inbox", "a/inbox"},
      {"a/", "a"},
      {"e\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},  // NFC
      {"", ""},
      {"/", ""},
      {"/a", ""},
      {"a//b", ""},
      {"a\nb", ""},
      {"a\x7f", ""},
      {"a\xc2\x85", ""},
      {"a\xe2\x80\xa8", ""},
      {"\xff", ""},
      {std::string("a\0b", 3), ""},
      {std::string(255, 'a'), std::string(255, 'a')},
      {std::string(256, 'a'), ""},
      {"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20",
       "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20"},
      {"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21", ""},
  };
  for (const auto& c : cases) {
    INFO(c.in);
    auto name = normal_name(c.in);
    CHECK(name.has_value() == !c.want.empty());
    if (name) CHECK(*name == c.want);
  }
}

TEST_CASE("mailbox names: superiors from the top", "[mailbox]") {
  CHECK(superiors_and_self("a") == std::vector<std::string>{"a"});
  CHECK(superiors_and_self("a/b/c") == std::vector<std::string>{"a", "a/b", "a/b/c"});
}

TEST_CASE("mailbox news: written and read", "[mailbox]") {
  using tegu::base::AccountId, tegu::base::MailboxId;
  Changed one{{AccountId{17}, MailboxId{4711}}, 99}, two{{AccountId{1}, MailboxId{2}}, 3};
  CHECK(text(one) == "17:4711:99");
  CHECK(parse_changed(text(one) + "," + text(two)) == std::vector{one, two});
  CHECK(parse_changed("1:2,x:1:2,1:2:3:4,,1:2:3,1:2:99999999999999999999") == std::vector{two});
}
