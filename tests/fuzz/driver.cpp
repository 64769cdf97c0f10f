// A fuzz target without libFuzzer, for every build: replays the kept inputs, then tries what comes
// of changing and mixing them for some seconds. Not led by coverage, so it finds less than make
// fuzz; but it needs no build of its own and runs with the unit tests.
//   fuzz-NAME --seconds 2 [--seed N] [--words NAME.dict] [--broken FILE] (FOLDER | FILE)...
// An input that breaks the target is left in FILE.
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;
constexpr size_t longest = 4096;

// For the handlers, which may know nothing but globals.
const std::string* current = nullptr;
std::string broken_file;  // NOLINT(cert-err58-cpp): empty until main

void keep_input() {
  if (current == nullptr || broken_file.empty()) return;
  int file = open(broken_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  ssize_t written = write(file, current->data(), current->size());
  close(file);
  if (written >= 0) std::fprintf(stderr, "the input is in %s\n", broken_file.c_str());
}

void on_abort(int) {
  keep_input();
  signal(SIGABRT, SIG_DFL);
  raise(SIGABRT);
}

void run(const std::string& input) {
  current = &input;
  // A copy of its exact size, so that reading past the end is seen.
  std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Lines of a libFuzzer dictionary: "text with \x0d", comments left out.
std::vector<std::string> read_words(const fs::path& path) {
  std::vector<std::string> words;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    size_t begin = line.find('"'), end = line.rfind('"');
    if (begin == end || line.starts_with('#')) continue;
    std::string word;
    for (size_t i = begin + 1; i < end; ++i) {
      if (line[i] == '\\' && line[i + 1] == 'x') {
        word += tegu::base::hex_decode(std::string_view(line).substr(i + 2, 2)).value_or("");
        i += 3;
      } else {
        word += line[line[i] == '\\' ? ++i : i];
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

class Mutator {
 public:
  Mutator(uint64_t seed, std::vector<std::string> words, std::vector<std::string> inputs)
      : random_(seed), words_(std::move(words)), inputs_(std::move(inputs)) {
    if (inputs_.empty()) inputs_.emplace_back("x");
  }

  std::string next() {
    std::string input = any(inputs_);
    for (size_t changes = 1 + below(6); changes > 0; --changes) change(input);
    if (input.size() > longest) input.resize(longest);
    return input;
  }

 private:
  size_t below(size_t end) { return end == 0 ? 0 : random_() % end; }
  const std::string& any(const std::vector<std::string>& list) { return list[below(list.size())]; }

  void change(std::string& input) {
    size_t at = below(input.size() + 1), length = 1 + below(8);
    switch (below(8)) {
      case 0:
        if (at < input.size()) input[at] ^= static_cast<char>(1U << below(8));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 3:
        input.erase(at, length);
        break;
      case 4:
        input.insert(at, input.substr(below(input.size() + 1), 4 * length));
        break;
      case 5: {
        const std::string& other = any(inputs_);
        input.replace(at, below(input.size() + 1), other.substr(below(other.size() + 1)));
        break;
      }
      default:
        if (!words_.empty()) input.insert(at, any(words_));
        break;
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> words_, inputs_;
};

}  // namespace

int main(int count, char** arguments) {
  double seconds = 1;
  uint64_t seed = std::random_device{}();
  std::vector<std::string> words, inputs;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    std::string value = i + 1 < count ? arguments[i + 1] : "";
    if (argument.starts_with("--")) ++i;
    if (argument == "--seconds") {
      seconds = std::stod(value);
    } else if (argument == "--seed") {
      seed = std::stoull(value);
    } else if (argument == "--words") {
      words = read_words(value);
    } else if (argument == "--broken") {
      broken_file = value;
    } else if (fs::is_directory(argument)) {
      for (const auto& entry : fs::directory_iterator(argument))
        inputs.push_back(read_file(entry.path()));
    } else if (fs::exists(argument)) {
      inputs.push_back(read_file(argument));
    }
  }
  std::fprintf(stderr, "%zu kept inputs, seed %llu\n", inputs.size(),
               static_cast<unsigned long long>(seed));
  __sanitizer_set_death_callback(keep_input);
  signal(SIGABRT, on_abort);
  for (const std::string& input : inputs) run(input);
  Mutator mutator(seed, std::move(words), std::move(inputs));
  size_t done = 0;
  auto end = static_cast<clock_t>(seconds * CLOCKS_PER_SEC) + clock();
  for (; clock() < end; ++done) run(mutator.next());
  std::fprintf(stderr, "%zu fresh inputs\n", done);
  return 0;
}
