// `tegu-ctl completion bash`: a completion script made from the command line's own declaration.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "context.h"

namespace tegu::ctl {

// The names after `path` ("queue", "queue list"): subcommands and options, one pattern a line.
static void print_cases(const CLI::App& app, const std::string& path) {
  std::string names;
  for (const auto* sub : app.get_subcommands(nullptr)) {
    if (!sub->get_name().empty()) names += sub->get_name() + " ";
  }
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names += "--" + name + " ";
  }
  std::cout << "    \"" << path << "\") words=\"" << names << "\" ;;\n";
  for (const auto* sub : app.get_subcommands(nullptr)) {
    if (sub->get_name().empty()) continue;
    print_cases(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name());
  }
}

static int run_completion(const CLI::App& app) {
  std::cout << R"(# bash completion of tegu-ctl: source it, or put it into
# /usr/share/bash-completion/completions/tegu-ctl
_tegu_ctl() {
  local path="" word words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in
      --state | --config) ((i++)) ;;
      -*) ;;
      *) path="${path:+$path }$word" ;;
    esac
  done
  case "$path" in
)";
  print_cases(app, "");
  std::cout << R"(  esac
  mapfile -t COMPREPLY < <(compgen -W "$words --state --config --json" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _tegu_ctl tegu-ctl
)";
  return status_done;
}

void add_completion(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("completion", "Print a completion script");
  group->require_subcommand(1);
  group->add_subcommand("bash", "For bash")->callback([&app, &context] {
    context.command = [&app] { return run_completion(app); };
  });
}

}  // namespace tegu::ctl
