// Starting other programs: as another user, without our descriptors, ended when we end.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "users.h"

namespace tegu::ctl {

struct Program {
  std::vector<std::string> words;                                     // words[0] is the path
  std::optional<User> user = {};                                      // nothing: stay as we are
  std::vector<std::pair<std::string, std::string>> environment = {};  // beside PATH and LANG
  int end_signal = 0;  // sent by the kernel when this process dies; 0: none
  int output = -1;     // its standard output and error; -1: ours
};

// Gives the process id. The program is opened with our rights, so that it may lie where its user
// cannot go. Throws base::SystemError. It has its own process group: a Ctrl-C reaches us alone.
pid_t start_program(const Program& program);

struct Ended {
  int status;          // exit status; 128 + signal
  std::string output;  // standard output and error, the last 64 KiB
};
// Runs it to its end.
Ended run_program(std::vector<std::string> words, std::optional<User> user,
                  std::vector<std::pair<std::string, std::string>> environment = {});

}  // namespace tegu::ctl
