// Connection's pipeline: what is sent, and the answers in order.
#include <libpq-fe.h>

#include "base/failpoint.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/text.h"
#include "net/pg/connection.h"

namespace tegu::net::pg {

namespace log = base::log;

// ---- sending

void Connection::send(RequestPtr request) {
  if (in_flight_.empty()) front_since_ = io::Clock::now();
  request->sent = true;
  request->runs++;
  bool sent = true;
  for (const Call& call : request->calls) sent = sent && send_call(call, request->dry);
  bool writes = !request->read_only;
  in_flight_.push_back(std::move(request));
  steps_.push_back({Step::sync});
  if (base::has_failpoints && writes) {
    // So that the server is in the midst of the transaction.
    PQflush(session_.get());
    if (base::pass_failpoint("pg.write.open")) return break_soon("failpoint");
  }
  if (!sent || PQpipelineSync(session_.get()) != 1) {
    return break_soon(std::string(base::trim(PQerrorMessage(session_.get()))));
  }
  flush();
  if (writes && base::pass_failpoint("pg.write.sent")) break_soon("failpoint");
}

bool Connection::send_call(const Call& call, bool dry) {
  const Params& params = call.params;
  size_t before = prepared_count_;
  Prepared& prepared = prepare(*call.statement, params);
  if (prepared_count_ != before) {
    if (PQsendPrepare(session_.get(), prepared.name.c_str(), call.statement->sql,
                      static_cast<int>(prepared.types.size()), prepared.types.data()) != 1) {
      return false;
    }
    steps_.push_back({Step::prepare, call.statement, &prepared});
  }
  if (dry && !call.statement->read_only) {
    if (!send_plan(prepared)) return false;
    steps_.push_back({Step::execute, call.statement, &prepared});
    return true;
  }
  std::vector<const char*> values(params.size());
  std::vector<int> lengths(params.size()), formats(params.size(), 1);
  for (size_t i = 0; i < params.size(); i++) {
    values[i] = params.value(i);
    lengths[i] = params.length(i);
  }
  if (PQsendQueryPrepared(session_.get(), prepared.name.c_str(), static_cast<int>(params.size()),
                          values.data(), lengths.data(), formats.data(), 1) != 1) {
    return false;
  }
  steps_.push_back({Step::execute, call.statement, &prepared});
  return true;
}

// EXPLAIN makes the plan that stays with the statement and opens its tables, but runs nothing.
bool Connection::send_plan(const Prepared& prepared) {
  std::string sql = "EXPLAIN EXECUTE \"" + prepared.name + '"';
  for (size_t i = 0; i < prepared.types.size(); i++) sql += i == 0 ? "(NULL" : ", NULL";
  if (!prepared.types.empty()) sql += ')';
  return PQsendQueryParams(session_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) ==
         1;
}

// The server's statement for these types of parameters; a new one (prepared_count_ grows) when
// there is none or the last one did not come to be.
Connection::Prepared& Connection::prepare(const Statement& statement, const Params& params) {
  auto& known = prepared_[&statement];
  auto same_types = [&](const Prepared& prepared) {
    if (prepared.types.size() != params.size()) return false;
    for (size_t i = 0; i < params.size(); i++) {
      if (prepared.types[i] != params.type(i)) return false;
    }
    return true;
  };
  for (auto& prepared : known) {
    if (prepared->usable && same_types(*prepared)) return *prepared;
  }
  auto made = std::make_unique<Prepared>();
  made->name = statement.name + std::string(".") + std::to_string(++prepared_count_);
  for (size_t i = 0; i < params.size(); i++) made->types.push_back(params.type(i));
  known.push_back(std::move(made));
  return *known.back();
}

// ---- answers

void Connection::read_answers() {
  int empty_in_a_row = 0;
  while (session_ && !steps_.empty() && empty_in_a_row < 2 && !PQisBusy(session_.get())) {
    Rows::Result result(PQgetResult(session_.get()));
    empty_in_a_row = result ? 0 : empty_in_a_row + 1;
    Step& step = steps_.front();
    if (result) {
      take_answer(step, std::move(result));
    } else if (step.answered) {
      steps_.pop_front();
    }
  }
}

static Error server_error(const pg_result* result, const Statement* statement) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  std::string text = statement ? statement->name : "commit";
  text += ": ";
  text += base::escape_controls(message ? message : base::trim(PQresultErrorMessage(result)));
  if (state) text += std::string(" (") + state + ")";
  return Error(text, state ? state : "");
}

void Connection::take_answer(Step& step, Rows::Result result) {
  Request& request = *in_flight_.front();
  switch (PQresultStatus(result.get())) {
    case PGRES_PIPELINE_SYNC:
      if (step.kind != Step::sync) bug("pg: a Sync answered before its statements");
      steps_.pop_front();
      return finish_front();
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (step.kind == Step::execute) request.rows.emplace_back(std::move(result));
      step.answered = true;
      return;
    case PGRES_PIPELINE_ABORTED:
      if (step.kind == Step::prepare) step.prepared->usable = false;
      step.answered = true;
      return;
    default: {
      Error error = server_error(result.get(), step.statement);
      // The statement is gone, or its result has changed since it was planned.
      bool stale = error.sqlstate() == "26000" || error.sqlstate() == "0A000";
      if (step.prepared && (step.kind == Step::prepare || stale)) step.prepared->usable = false;
      if (!request.refused) request.refused = std::move(error);
      // An error at the Sync itself is the implicit COMMIT's; the Sync's own answer follows.
      if (step.kind != Step::sync) step.answered = true;
      return;
    }
  }
}

void Connection::finish_front() {
  RequestPtr request = std::move(in_flight_.front());
  in_flight_.pop_front();
  front_since_ = io::Clock::now();
  if (!request->read_only && base::pass_failpoint("pg.write.answered")) request->warned = true;
  if (request == setup_) {
    setup_.reset();
    return check_session(*request);
  }
  const std::string state = request->refused ? request->refused->sqlstate() : "";
  bool read_only_server = state == "25006";
  bool stale = state == "26000" || state == "0A000" || read_only_server;
  if (read_only_server) break_soon("the server has become read-only");
  if (stale && !request->in_transaction && request->runs < 3) {
    request->renew();
    return owner_.request_ended(*this, request, true);
  }
  if (request->refused) {
    request->error = std::make_exception_ptr(*request->refused);
  } else if (request->warned && !request->read_only &&
             (request->is_commit || !request->in_transaction)) {
    request->error =
        std::make_exception_ptr(OutcomeUnknown(std::string(request->calls.front().statement->name) +
                                               ": the server warned about the commit"));
  }
  owner_.request_ended(*this, request, false);
  request->finish();
}

void Connection::on_notice(void* self, const pg_result* notice) {
  auto& connection = *static_cast<Connection*>(self);
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!severity || std::string_view(severity) != "WARNING") return;
  const char* message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  log::warn("pg.warning", {{"server", connection.targets_[connection.target_].name},
                           {"text", message ? message : ""}});
  if (!connection.in_flight_.empty()) connection.in_flight_.front()->warned = true;
}

void Connection::deliver_notifications() {
  while (session_) {
    base::Handle<PGnotify, PQfreemem> note(PQnotifies(session_.get()));
    if (!note) return;
    owner_.notified(*this, note->relname, note->extra);
  }
}

}  // namespace tegu::net::pg
