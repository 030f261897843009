// Who is found: by the kernel's counter of pids and without it; and memory that is lent to a child where kcmp(2) is refused.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>

#include "../profile/new_pids.h"
#include "../profile/process_tree.h"
#include "../profile/sampler.h"
#include "check.h"

namespace {

using namespace mm::profile;

constexpr uint64_t kMib = 1024 * 1024;

pid_t startSleeper() {
  const pid_t child = fork();
  if (child != 0) return child;
  pause();
  _exit(0);
}

void end(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

bool holds(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

/// Three times: a counter that is not known, one that is another's, and the kernel's own.
void testNewPids() {
  for (int kind = 0; kind < 3; ++kind) {
    NewPids newPids;
    const pid_t newest = startSleeper();
    if (kind == 1) newPids.checkCounter(newest + 1'000'000);
    if (kind == 2) newPids.checkCounter(newest);
    std::vector<pid_t> pids;
    CHECK(newPids.collect(0, pids) && holds(pids, getpid()) && holds(pids, newest));
    const pid_t child = startSleeper();
    bool isFound = false;
    for (double nowMs = 10; nowMs < 1000; nowMs += 50) {
      newPids.collect(nowMs, pids);
      isFound = isFound || holds(pids, child);
      // The counter has the last few again.
      if (kind < 2) CHECK(!holds(pids, getpid()));
      if (kind < 2 && nowMs < 250) CHECK(pids.empty());
    }
    CHECK(isFound);
    end(child);
    end(newest);
  }
}

/// One that ended before anybody looked is told all the same.
void testEndedRoot() {
  const pid_t root = startSleeper();
  end(root);
  BatchExchange out;
  ProcessTree tree({root, true, false, false}, out);
  tree.update(1, false);
  tree.rootEnded({-1, SIGKILL});
  tree.update(2, true);
  tree.close();
  const Batch& batch = out.drain();
  CHECK(batch.events().size() == 2 && tree.table().size() == 0);
  CHECK(batch.events()[0].kind == EventKind::process && batch.events()[0].pid == root);
  CHECK(batch.events()[1].kind == EventKind::exit && batch.events()[1].signal == SIGKILL);
}

/// A traced process that nobody saw alive has its events in order, and a parent.
void testTraced() {
  BatchExchange out;
  ProcessTree tree({getpid(), false, false, true}, out);
  const auto event = [](TraceEvent::Kind kind, pid_t pid, pid_t parent) {
    TraceEvent made{kind, pid, parent, 0, 5, 0, 3 * kMib, "short", "short\0-x", 9};
    return made;
  };
  // Beyond any pid there is.
  constexpr pid_t kShort = 1 << 23;
  tree.apply(event(TraceEvent::Kind::came, kShort, 1), 1);
  tree.apply(event(TraceEvent::Kind::came, kShort, 1), 1);
  tree.apply(event(TraceEvent::Kind::came, kShort + 1, kShort), 2);
  tree.apply(event(TraceEvent::Kind::executed, kShort + 1, 0), 3);
  tree.apply(event(TraceEvent::Kind::ended, kShort + 1, 0), 4);
  tree.apply(event(TraceEvent::Kind::ended, kShort + 1, 0), 4);
  tree.apply(event(TraceEvent::Kind::executed, kShort + 7, 0), 4);
  tree.close();
  const Batch& batch = out.drain();
  CHECK(batch.events().size() == 5);
  CHECK(batch.events()[0].process == 0 && batch.events()[0].parent == -1);
  CHECK(batch.events()[1].process == 1 && batch.events()[1].parent == 0);
  CHECK(batch.events()[2].kind == EventKind::exec && batch.events()[2].process == 1 && batch.events()[2].atMs == 3);
  CHECK(batch.events()[3].kind == EventKind::exit && batch.events()[3].code == 5);
  CHECK(batch.events()[3].highWaterBytes == 3 * kMib);
  // Whose end nobody told of.
  CHECK(batch.events()[4].kind == EventKind::exit && batch.events()[4].process == 0 && batch.events()[4].code == -1);
}

/// As containers have it.
bool refuseKcmp() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Has 100 MiB, and lends them to a child for as long as two ticks.
[[noreturn]] void lend() {
  const size_t bytes = 100 * kMib;
  auto* memory =
      static_cast<volatile char*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  usleep(300'000);
  if (vfork() == 0) {
    usleep(90'000);
    execl("/bin/sleep", "sleep", "0.3", nullptr);
    _exit(1);
  }
  wait(nullptr);
  _exit(0);
}

void testLoan() {
  const pid_t root = fork();
  if (root == 0) lend();
  if (!refuseKcmp()) {
    std::printf("no seccomp filters here\n");
    return end(root);
  }
  SamplerOptions options;
  options.tree.root = root;
  Sampler sampler(options);
  CHECK(sampler.start().ok());
  waitpid(root, nullptr, 0);
  sampler.stop();
  const Batch& batch = sampler.drain();
  CHECK(sampler.figures().peakBytes > 100 * kMib && sampler.figures().peakBytes < 120 * kMib);
  CHECK(batch.events().size() >= 3 && batch.events()[0].kind == EventKind::process);
}

}  // namespace

int main() {
  testNewPids();
  testEndedRoot();
  testTraced();
  testLoan();
  return checkResult();
}
