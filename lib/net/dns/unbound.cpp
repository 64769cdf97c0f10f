#include "net/dns/unbound.h"

#include <event2/event.h>
#include <unbound.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "base/handle.h"
#include "base/text.h"
#include "io/sync.h"

namespace tegu::net::dns {

using ContextPtr = base::Handle<ub_ctx, ub_ctx_delete>;
using ResultPtr = base::Handle<ub_result, ub_resolve_free>;
using EventPtr = base::Handle<event, event_free>;

struct UnboundResolver::Library {
  Library(io::Loop& loop, const UnboundSettings& settings);

  ContextPtr context;
  EventPtr readable;  // uses context
};

std::string system_trust_anchor_file() {
  for (const char* path : {"/var/lib/unbound/root.key", "/usr/share/dns/root.key"}) {
    if (::access(path, R_OK) == 0) return path;
  }
  return {};
}

static void check(int error, const std::string& what) {
  if (error != 0) throw base::UsageError(what + ": " + ub_strerror(error));
}

static void configure(ub_ctx* context, const UnboundSettings& settings) {
  static constexpr std::pair<const char*, const char*> options[] = {
      {"do-not-query-localhost:", "no"},  // a resolver on this very machine is the usual case
      {"unblock-lan-zones:", "yes"},      // and it knows the names of private addresses
      {"insecure-lan-zones:", "yes"},
      {"outgoing-range:", "512"},
      {"num-queries-per-thread:", "512"},
      {"msg-cache-size:", "4m"},
      {"rrset-cache-size:", "8m"},
      // A server that was away is asked again soon: mail waits for it.
      {"infra-host-ttl:", "60"},
      {"infra-keep-probing:", "yes"},
      {"cache-max-negative-ttl:", "300"},
  };
  for (auto& [option, value] : options) {
    check(ub_ctx_set_option(context, option, value), std::string("libunbound ") + option);
  }
  for (auto& server : settings.servers) {
    auto endpoint = io::Endpoint::parse(server);
    if (!endpoint) throw base::UsageError("DNS server is not address:port: " + server);
    const std::string at = endpoint->address() + "@" + std::to_string(endpoint->port());
    check(ub_ctx_set_fwd(context, at.c_str()), "DNS server " + server);
  }
  // Without a readable file the library goes from the root downwards.
  if (settings.servers.empty()) ub_ctx_resolvconf(context, nullptr);
  if (!settings.trust_anchor_file.empty()) {
    if (::access(settings.trust_anchor_file.c_str(), R_OK) != 0) {
      throw base::UsageError("cannot read DNSSEC anchor " + settings.trust_anchor_file);
    }
    check(ub_ctx_add_ta_file(context, settings.trust_anchor_file.c_str()), "DNSSEC anchor");
  }
  check(ub_ctx_async(context, 1), "libunbound thread");
  // The library refuses RFC 6761's test domain on its own, which test beds do serve.
  check(ub_ctx_zone_remove(context, "test."), "libunbound zone");
}

UnboundResolver::Library::Library(io::Loop& loop, const UnboundSettings& settings)
    : context(ub_ctx_create()) {
  if (!context) throw base::Error("libunbound: out of memory");
  configure(context.get(), settings);
  readable.reset(event_new(
      loop.native(), ub_fd(context.get()), EV_READ | EV_PERSIST,
      [](int, short, void* context) noexcept { ub_process(static_cast<ub_ctx*>(context)); },
      context.get()));
  if (!readable || event_add(readable.get(), nullptr) < 0) {
    throw base::Error("libevent: cannot watch libunbound");
  }
}

UnboundResolver::UnboundResolver(io::Loop& loop, UnboundSettings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      library_(std::make_shared<Library>(loop, settings_)) {}

UnboundResolver::~UnboundResolver() = default;

void UnboundResolver::follow(UnboundSettings settings) {
  if (settings == settings_) return;
  library_ = std::make_shared<Library>(loop_, settings);
  settings_ = std::move(settings);
}

namespace {

// One question on its way. Its end takes it back from the library.
struct Question {
  ub_ctx* context;
  int id = 0;
  int error = 0;
  ResultPtr result;
  io::Event answered;

  ~Question() {
    if (!answered.is_set() && id != 0) ub_cancel(context, id);
  }
  static void answer(void* self, int error, ub_result* result) noexcept {
    auto& question = *static_cast<Question*>(self);
    question.error = error;
    question.result.reset(result);
    question.answered.set();
  }
};

Answer<std::string> read_result(const ub_result& result) {
  constexpr int servfail = 2, nxdomain = 3;
  Answer<std::string> answer;
  answer.secure = result.secure != 0;
  if (result.canonname) answer.canonical = result.canonname;
  if (answer.canonical.ends_with('.')) answer.canonical.pop_back();
  if (result.bogus) {
    answer.reason = "DNSSEC: ";
    answer.reason += result.why_bogus ? result.why_bogus : "bogus";
  } else if (result.nxdomain || result.rcode == nxdomain) {
    answer.status = Status::no_domain;
    answer.reason = status_name(answer.status);
  } else if (result.rcode != 0) {
    answer.reason = result.rcode == servfail ? "SERVFAIL" : "rcode " + std::to_string(result.rcode);
  } else if (!result.havedata) {
    answer.status = Status::no_data;
    answer.reason = status_name(answer.status);
  } else {
    answer.status = Status::ok;
    for (size_t i = 0; result.data[i] && i < record_limit; i++) {
      answer.records.emplace_back(result.data[i], static_cast<size_t>(result.len[i]));
    }
  }
  return answer;
}

}  // namespace

io::Task<Answer<std::string>> UnboundResolver::ask(std::string name, Type type,
                                                   io::Deadline deadline) {
  constexpr int internet = 1;
  Answer<std::string> failure;
  if (!is_askable(name)) {
    failure.status = Status::no_domain;
    failure.reason = "not a domain name";
    co_return failure;
  }
  auto library = library_;  // until the question has ended
  Question question;
  question.context = library->context.get();
  const std::string text = base::to_lower(name);
  const int error = ub_resolve_async(question.context, text.c_str(), static_cast<int>(type),
                                     internet, &question, Question::answer, &question.id);
  if (error != 0) {
    failure.reason = std::string("libunbound: ") + ub_strerror(error);
    co_return failure;
  }
  if (!co_await question.answered.wait(deadline)) {
    failure.reason = "no answer in time";
    co_return failure;
  }
  if (question.error != 0 || !question.result) {
    failure.reason = std::string("libunbound: ") + ub_strerror(question.error);
    co_return failure;
  }
  Answer<std::string> answer = read_result(*question.result);
  if (answer.canonical.empty()) answer.canonical = text;
  co_return answer;
}

}  // namespace tegu::net::dns
