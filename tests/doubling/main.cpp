// The doubling test: how much more work is 2n bytes than n bytes, for every parser on its worst
// shapes? Work is counted in instructions of user space, which other load on the machine does not
// change; where the kernel does not count them, in CPU time, and then nothing is judged. Prints a
// table; fails when a factor is above the limit.
//   doubling [--most BYTES] [name part]
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iterator>

#include "base/text.h"
#include "shapes.h"

namespace tegu::doubling {

std::string repeat(size_t size, std::string_view piece, std::string_view before,
                   std::string_view after) {
  std::string out(before);
  out.reserve(size + piece.size());
  do {
    out += piece;
  } while (out.size() + piece.size() + after.size() <= size);
  return out.append(after);
}

std::string counted(size_t size, std::string_view piece, std::string_view before,
                    std::string_view after) {
  std::string out(before);
  size_t mark = piece.find('#');
  for (size_t number = 0; number == 0 || out.size() + piece.size() + after.size() < size;
       ++number) {
    out += piece.substr(0, mark);
    out += std::to_string(number);
    out += piece.substr(mark + 1);
  }
  return out.append(after);
}

namespace {

constexpr double limit = 2.3;

class Counter {
 public:
  Counter() {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    fd_ = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
  }
  ~Counter() {
    if (fd_ >= 0) close(fd_);
  }
  Counter(const Counter&) = delete;
  bool exact() const { return fd_ >= 0; }
  double now() const {
    long long count = 0;
    if (fd_ >= 0 && read(fd_, &count, sizeof count) == sizeof count)
      return static_cast<double>(count);
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
  }

 private:
  int fd_;
};

// The least of several runs; small inputs are cheap to repeat, and need it.
double work(const Counter& counter, const Shape& shape, const std::string& input) {
  double least = 0;
  int runs = input.size() < 64 * kib ? 5 : input.size() < mib ? 2 : 1;
  for (int i = 0; i < runs; ++i) {
    double before = counter.now();
    shape.run(input);
    double spent = counter.now() - before;
    least = i == 0 ? spent : std::min(least, spent);
  }
  return least;
}

// True when every doubling kept the limit.
bool measure(const Counter& counter, const Shape& shape, size_t most) {
  double worst = 0, last = 0, before = 0;
  // 50 MiB after 15 doublings; below, the steps of the allocator show.
  size_t worst_at = 0, size = any_size >> 15, before_size = 0;
  shape.run(shape.make(size));  // tables that are made once
  for (; size <= std::min(most, shape.most); size *= 2) {
    std::string input = shape.make(size);
    double spent = work(counter, shape, input);
    // Less than an instruction an octet is copying, which changes its ways with the size.
    if (before > 0 && spent > static_cast<double>(input.size())) {
      // Pieces do not always fill the size: twice the input as it is.
      double factor =
          spent / before * 2 * static_cast<double>(before_size) / static_cast<double>(input.size());
      if (factor > worst) {
        worst = factor;
        worst_at = size;
      }
    }
    before = spent;
    before_size = input.size();
    last = spent / static_cast<double>(input.size());
  }
  fmt::print("{:<44}{:>9}{:>12.1f}{:>9.2f}  at {}{}\n", shape.name,
             fmt::format("{}K", size / 2 / kib), last, worst, fmt::format("{}K", worst_at / kib),
             worst > limit ? "  TOO MUCH" : "");
  std::fflush(stdout);
  return worst <= limit;
}

int run(size_t most, std::string_view wanted) {
  Counter counter;
  std::vector<Shape> shapes;
  for (auto make : {smtp_shapes, imap_shapes, mime_shapes, header_shapes, stored_shapes})
    std::ranges::move(make(), std::back_inserter(shapes));
  fmt::print("{:<44}{:>9}{:>12}{:>9}\n", "shape", "largest",
             counter.exact() ? "instr/byte" : "ns/byte", "factor");
  size_t over = 0;
  for (const Shape& shape : shapes)
    if (shape.name.contains(wanted) && !measure(counter, shape, most)) ++over;
  fmt::print("{} shapes, {} above {}\n", shapes.size(), over, limit);
  return over > 0 && counter.exact() ? 1 : 0;
}

}  // namespace
}  // namespace tegu::doubling

int main(int count, char** arguments) {
  size_t most = tegu::doubling::any_size;
  std::string_view wanted;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--most") == 0 && i + 1 < count)
      most = tegu::base::parse_number<size_t>(arguments[++i]).value_or(most);
    else
      wanted = arguments[i];
  }
  return tegu::doubling::run(most, wanted);
}
