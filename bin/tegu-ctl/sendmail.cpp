// `tegu-ctl sendmail`, also under the name sendmail: hands in a letter from standard input as other
// mail servers' /usr/sbin/sendmail does. Options that only concern the queue of such a server are
// taken and have no effect.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "context.h"
#include "letter.h"
#include "wire/mime/header.h"
#include "wire/smtp/address.h"
#include "wire/smtp/envelope.h"

namespace tegu::ctl {

namespace {

struct Options {
  std::optional<std::string> sender;  // -f, -r
  std::string full_name;              // -F
  std::string notify, ret, envid;     // -N, -R, -V
  bool from_header = false;           // -t
  bool dot_ends = true;               // without -i
  std::vector<std::string> recipients;
};

// The value of an option: the rest of its word, or the next word.
std::string value_of(const std::vector<std::string>& words, size_t& at) {
  const auto& word = words[at];
  if (word.size() > 2) return word.substr(2);
  if (at + 1 >= words.size()) throw Failure(status_usage, word + " wants a value");
  return words[++at];
}

Options parse(const std::vector<std::string>& words) {
  Options options;
  bool only_recipients = false;
  for (size_t at = 0; at < words.size(); at++) {
    const auto& word = words[at];
    if (only_recipients || !word.starts_with('-') || word == "-") {
      options.recipients.push_back(word);
      continue;
    }
    if (word == "--") {
      only_recipients = true;
      continue;
    }
    switch (word[1]) {
      case 'f':
      case 'r':
        options.sender = value_of(words, at);
        break;
      case 'F':
        options.full_name = value_of(words, at);
        break;
      case 't':
        options.from_header = true;
        break;
      case 'i':
        options.dot_ends = false;
        break;
      case 'o':  // -oi is -i; others (-oem, -odb) concern queues that we do not have
        if (word == "-oi") options.dot_ends = false;
        if (word == "-o") value_of(words, at);
        break;
      case 'N':
        options.notify = value_of(words, at);
        break;
      case 'R':
        options.ret = value_of(words, at);
        break;
      case 'V':
        options.envid = value_of(words, at);
        break;
      case 'B':
      case 'L':
      case 'h':
      case 'O':
      case 'C':
      case 'X':
      case 'p':
        value_of(words, at);
        break;
      case 'b':
        if (word == "-bm") break;
        if (word == "-bp") throw Failure(status_usage, "-bp: use `tegu-ctl queue list`");
        throw Failure(status_usage, word + " is not supported; only -bm is");
      case 'q':
      case 'v':
      case 'm':
      case 'n':
      case 'G':
      case 'U':
      case 'A':
        break;
      default:
        throw Failure(status_usage, fmt::format("unknown option {}", base::escape_controls(word)));
    }
  }
  return options;
}

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name[0] ? name : "localhost";
}

std::string user_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : "unknown";
}

// A bare name is of this host.
wire::smtp::Address parse_address(std::string text, bool null_allowed) {
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  if (text.empty() && null_allowed) return {};
  if (!text.contains('@')) text += "@" + host_name();
  auto address = wire::smtp::parse_mailbox(text, true);
  if (!address) {
    throw Failure(status_bad_input, fmt::format("\"{}\": {}", base::escape_controls(text),
                                                wire::smtp::describe(address.error())));
  }
  return *address;
}

std::string read_letter(bool dot_ends) {
  if (!dot_ends) return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  std::string letter, line;
  while (std::getline(std::cin, line)) {
    if (line == "." || line == ".\r") break;
    letter += line;
    if (!std::cin.eof()) letter += '\n';
  }
  return letter;
}

wire::smtp::Notify parse_notify(const std::string& text) {
  wire::smtp::Notify notify;
  if (text.empty()) return notify;
  for (auto word : base::split(text, ',')) {
    if (base::iequals(word, "never")) {
      notify.never = true;
    } else if (base::iequals(word, "success")) {
      notify.success = true;
    } else if (base::iequals(word, "failure")) {
      notify.failure = true;
    } else if (base::iequals(word, "delay")) {
      notify.delay = true;
    } else {
      throw Failure(status_usage, "-N wants never, or some of success, failure, delay");
    }
  }
  if (notify.never && (notify.success || notify.failure || notify.delay)) {
    throw Failure(status_usage, "-N: never excludes the others");
  }
  return notify;
}

wire::smtp::Ret parse_ret(const std::string& text) {
  if (text.empty()) return wire::smtp::Ret::unset;
  if (base::iequals(text, "full")) return wire::smtp::Ret::full;
  if (base::iequals(text, "hdrs")) return wire::smtp::Ret::headers;
  throw Failure(status_usage, "-R wants full or hdrs");
}

// A display name for a header field (RFC 5322 3.2.5, RFC 2047 where it is not ASCII).
std::string quoted_phrase(const std::string& name) {
  if (std::ranges::any_of(name, [](char c) { return static_cast<signed char>(c) < 32; })) {
    return "=?utf-8?B?" + base::base64_encode(name) + "?=";
  }
  std::string text = "\"";
  for (char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

// The letter as it is handed in; recipients of -t are added to the envelope.
std::string compose(const Options& options, wire::smtp::Envelope& envelope) {
  std::string letter = read_letter(options.dot_ends);
  std::vector<std::string> recipients = options.recipients;
  if (options.from_header) {
    auto addressed = take_recipients(letter);
    letter = std::move(addressed.letter);
    recipients.insert(recipients.end(), addressed.recipients.begin(), addressed.recipients.end());
  }
  if (recipients.empty()) {
    throw Failure(status_usage, "no recipients: name them, or use -t with a letter that does");
  }
  auto notify = parse_notify(options.notify);
  for (const auto& text : recipients) {
    auto address = parse_address(text, false);
    if (address.needs_utf8()) envelope.smtputf8 = true;
    envelope.recipients.push_back(
        {.address = std::move(address), .notify = notify, .original = {}, .deliveries = {}});
  }
  std::string from;
  if (!wire::mime::find_field(letter, "From")) {
    from = wire::smtp::format(envelope.reverse_path);
    if (from.empty()) from = "MAILER-DAEMON@" + host_name();
    from = options.full_name.empty()
               ? fmt::format("From: {}\n", from)
               : fmt::format("From: {} <{}>\n", quoted_phrase(options.full_name), from);
  }
  return complete_letter(from + letter, host_name());
}

// Without the owner's configuration (an ordinary member of group tegu) the usual run folder.
daemon::Conf conf_or_usual(const Context& context) {
  try {
    return context.conf();
  } catch (const base::Error&) {
    if (!context.state_option.empty() || !context.config_option.empty()) throw;
    return {};
  }
}

}  // namespace

int run_sendmail(const Context& context, int argc, char** argv) {
  Options options = parse({argv + 1, argv + argc});
  wire::smtp::Envelope envelope;
  envelope.reverse_path = parse_address(options.sender.value_or(user_name()), true);
  envelope.smtputf8 = envelope.reverse_path.needs_utf8();
  envelope.ret = parse_ret(options.ret);
  envelope.envid = options.envid;
  auto conf = conf_or_usual(context);
  std::string letter = compose(options, envelope);
  io::Loop loop;
  loop.run_until_done(hand_in(loop, conf, std::move(envelope), std::move(letter)));
  return status_done;
}

}  // namespace tegu::ctl
