#pragma once

// A native test is one program: CHECK counts, from any thread, and main ends with `return checkResult();`.

#include <atomic>
#include <cstdio>

namespace mm_test {

struct Counts {
  std::atomic<int> passed = 0;
  std::atomic<int> failed = 0;
};

inline Counts counts;

inline bool check(bool condition, const char* text, const char* file, int line) {
  if (condition) {
    ++counts.passed;
  } else {
    ++counts.failed;
    std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, text);
  }
  return condition;
}

}  // namespace mm_test

#define CHECK(condition) ::mm_test::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

/// Prints the counts for run.mjs and gives main its exit code.
inline int checkResult() {
  std::printf("checks %d passed, %d failed\n", mm_test::counts.passed.load(), mm_test::counts.failed.load());
  return mm_test::counts.failed == 0 && mm_test::counts.passed > 0 ? 0 : 1;
}
