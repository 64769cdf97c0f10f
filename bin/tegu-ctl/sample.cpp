#include "sample.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "context.h"
#include "letter.h"
#include "model/directory/admin.h"
#include "model/directory/password.h"
#include "model/setting/store.h"

namespace tegu::ctl {

namespace directory = model::directory;

constexpr const char* sample_domain = "example.org";
constexpr int password_cost = 5;
constexpr size_t password_length = 16;

struct SampleAccount {
  const char* local;
  const char* name;
};
constexpr SampleAccount accounts[] = {{"alice", "Alice Example"}, {"bob", "Bob Example"}};

static std::string welcome(const std::string& address, const char* name, int port_offset) {
  return fmt::format(
      "From: Tegu <postmaster@{domain}>\r\n"
      "To: {name} <{address}>\r\n"
      "Subject: Welcome to Tegu\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "\r\n"
      "Hello {name},\r\n"
      "\r\n"
      "this letter came in through queue.sock, was committed to PostgreSQL in one transaction "
      "and\r\n"
      "announced to your client. Write back, or to a second account:\r\n"
      "\r\n"
      "  IMAP  localhost {imaps} (TLS) or {imap} (STARTTLS)\r\n"
      "  SMTP  localhost {submissions} (TLS) or {submission} (STARTTLS), with your password\r\n"
      "  mail from other servers comes in at port {smtp}\r\n"
      "\r\n"
      "`tegu-ctl --help` shows what an administrator can do; man tegu.7 is the map of the "
      "manual.\r\n",
      fmt::arg("domain", sample_domain), fmt::arg("name", name), fmt::arg("address", address),
      fmt::arg("imaps", 993 + port_offset), fmt::arg("imap", 143 + port_offset),
      fmt::arg("submissions", 465 + port_offset), fmt::arg("submission", 587 + port_offset),
      fmt::arg("smtp", 25 + port_offset));
}

static io::Task<std::string> make_accounts(net::pg::Client& database) {
  directory::Admin admin(database);
  std::string lines;
  co_await admin.add_domain(sample_domain, "sample of tegu-ctl up");
  for (const auto& account : accounts) {
    std::string password = base::random_name(password_length);
    co_await admin.add_account({.address = fmt::format("{}@{}", account.local, sample_domain),
                                .display_name = account.name,
                                .password_hash = directory::hash_password(password, password_cost),
                                .quota = {},
                                .language = "en"});
    lines += fmt::format("{}@{} {}\n", account.local, sample_domain, password);
  }
  // RFC 5321 4.5.1: mail for postmaster is always taken.
  co_await model::setting::Store(database).set(
      "router.postmaster", fmt::format("{}@{}", accounts[0].local, sample_domain));
  co_return lines;
}

static std::string instructions(const std::string& lines, const State& state) {
  return fmt::format(
      "\nsample accounts (also in {}):\n{}\n"
      "connect any mail client to localhost with these names; the certificate is self-signed\n"
      "remove them with `tegu-ctl account remove` and `tegu-ctl domain remove {}`\n\n",
      state.path("passwords"), lines, sample_domain);
}

io::Task<std::string> make_sample(io::Loop& loop, const State& state, daemon::Conf conf,
                                  int port_offset) {
  if (auto lines = read_file(state.path("passwords"))) co_return instructions(*lines, state);
  net::pg::Client database(loop, database_config(conf));
  auto domains = co_await directory::Admin(database).list_domains();
  if (!domains.empty()) co_return "";
  auto lines = co_await make_accounts(database);
  write_file(state.path("passwords"), lines, 0600);
  for (const auto& account : accounts) {
    std::string address = fmt::format("{}@{}", account.local, sample_domain);
    wire::smtp::Envelope envelope;
    envelope.recipients.push_back({.address = {account.local, sample_domain},
                                   .notify = {},
                                   .original = {},
                                   .deliveries = {}});
    co_await hand_in(loop, conf, std::move(envelope),
                     complete_letter(welcome(address, account.name, port_offset), conf.node));
  }
  co_return instructions(lines, state);
}

}  // namespace tegu::ctl
