// How a file of commands registers them: each command has the words that were written for it and a
// function that runs with them.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>

#include "context.h"

namespace tegu::ctl {

// `words` is shared by the commands of a file: only one of them is asked for.
template <class Words>
void on(CLI::App* command, Context& context, const std::shared_ptr<Words>& words,
        int (*run)(const Context&, const Words&)) {
  command->callback([&context, words, run] {
    context.command = [&context, words, run] { return run(context, *words); };
  });
}

// For commands without words of their own.
inline void on(CLI::App* command, Context& context, int (*run)(const Context&)) {
  command->callback(
      [&context, run] { context.command = [&context, run] { return run(context); }; });
}

}  // namespace tegu::ctl
