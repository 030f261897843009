#include "spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "socket_filter.h"
#include "unique_fd.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace mm {
namespace {

struct Limit {
  decltype(RLIMIT_DATA) resource;
  rlim_t soft;
  /// RLIM_INFINITY = as it is.
  rlim_t hard;
};

/// Steps a child can fail in, sent to the parent by index: a pointer means nothing in another process after exec.
enum Step { kPrctl, kParent, kStdio, kCgroup, kNice, kChdir, kSetrlimit, kSeccomp, kExecve };
constexpr const char* kStepNames[] = {"prctl", "getppid",   "dup2",    "cgroup.procs", "nice",
                                      "chdir", "setrlimit", "seccomp", "execve"};

struct Failure {
  int step;
  int error;
};

/// All the child needs, made before fork: afterwards only async-signal-safe calls are allowed (signal-safety(7)).
struct ChildPlan {
  const char* file;
  char* const* argv;
  char* const* envp;
  const char* cwd;
  /// Source of child fd n; overwritten by the child with descriptors above the range.
  int* stdio;
  int stdioCount;
  const Limit* limits;
  size_t limitCount;
  const char* oomScoreAdj;
  int niceness;
  bool noSockets;
  bool isGuest;
  /// nullptr = none.
  const char* cgroupProcs;
  bool outlivesParent;
  /// Closed by the parent when the child may go on; -1 = at once.
  int gateFd;
  pid_t parent;
  int reportFd;
};

[[noreturn]] void fail(const ChildPlan& plan, Step step) {
  const Failure failure{step, errno};
  // Nothing is left to do when even this write fails.
  [[maybe_unused]] const ssize_t written = write(plan.reportFd, &failure, sizeof(failure));
  _exit(127);
}

/// Closes every descriptor from `first` on by listing /proc/self/fd: for kernels before 5.9 and sandboxes without close_range.
void closeListed(int first) {
  const int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  alignas(8) char entries[1024];
  for (;;) {
    const long length = syscall(SYS_getdents64, directory, entries, sizeof(entries));
    if (length <= 0) break;
    for (long at = 0; at < length;) {
      // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
      uint16_t recordBytes;
      std::memcpy(&recordBytes, entries + at + 16, sizeof(recordBytes));
      int fd = 0;
      const char* name = entries + at + 19;
      while (*name >= '0' && *name <= '9') fd = fd * 10 + (*name++ - '0');
      if (*name == '\0' && fd >= first && fd != directory) close(fd);
      at += recordBytes;
    }
  }
  close(directory);
}

/// Node makes pipes that it writes to non-blocking, for all who share them; few programs expect that of their standard output.
void makeBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) != 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/// Gives the child exactly its descriptors, and the report pipe the first one above them. A guest also keeps what else was inherited:
/// all that Node and mm open is close-on-exec, what a shell hands over (<(...) as /dev/fd/63) is not.
void placeDescriptors(ChildPlan& plan) {
  const int count = plan.stdioCount;
  // Sources move above the range first, so that no dup2 overwrites one that is still to be used.
  for (int target = 0; target < count; ++target) {
    const int source = plan.stdio[target] >= 0 ? plan.stdio[target] : open("/dev/null", O_RDWR | O_CLOEXEC);
    if (source < 0) fail(plan, kStdio);
    plan.stdio[target] = fcntl(source, F_DUPFD_CLOEXEC, count + 1);
    if (plan.stdio[target] < 0) fail(plan, kStdio);
  }
  const int report = fcntl(plan.reportFd, F_DUPFD_CLOEXEC, count + 1);
  if (report < 0) fail(plan, kStdio);
  plan.reportFd = report;
  for (int target = 0; target < count; ++target) {
    if (dup2(plan.stdio[target], target) < 0) fail(plan, kStdio);
  }
  if (plan.isGuest) {
    for (int target = 0; target < count; ++target) makeBlocking(target);
    return;
  }
  if (dup3(report, count, O_CLOEXEC) < 0) fail(plan, kStdio);
  plan.reportFd = count;
  if (syscall(SYS_close_range, static_cast<unsigned>(count + 1), ~0u, 0u) != 0) closeListed(count + 1);
}

void enterCgroup(const ChildPlan& plan) {
  const int fd = open(plan.cgroupProcs, O_WRONLY | O_CLOEXEC);
  // 0 is the process that writes, whatever its pid is called in this namespace.
  if (fd < 0 || write(fd, "0", 1) != 1) fail(plan, kCgroup);
  close(fd);
}

/// What is mm's own to restrict, because it knows what the program is.
void confine(const ChildPlan& plan) {
  // A group of its own: Ctrl-C on the terminal is the parent's to handle, and it stops its children in order.
  setpgid(0, 0);
  // Huge pages grow an encoder's heap by 4 to 8 % beyond its forecast (measured, x264 at 1080p), for no time that could be seen.
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(plan, kPrctl);
}

void resetSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Best effort: lowering needs privilege, a read-only /proc refuses, and the kernel only takes it as a preference.
void writeOomScore(const char* score) {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = write(fd, score, std::strlen(score));
  close(fd);
}

void applyLimits(const ChildPlan& plan) {
  for (size_t index = 0; index < plan.limitCount; ++index) {
    const Limit& wanted = plan.limits[index];
    struct rlimit limit;
    if (getrlimit(wanted.resource, &limit) != 0) fail(plan, kSetrlimit);
    if (wanted.hard < limit.rlim_max) limit.rlim_max = wanted.hard;
    limit.rlim_cur = wanted.soft < limit.rlim_max ? wanted.soft : limit.rlim_max;
    if (setrlimit(wanted.resource, &limit) != 0) fail(plan, kSetrlimit);
  }
}

void dieWithParent(const ChildPlan& plan) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(plan, kPrctl);
  // The parent may have died before the line above: then no signal is coming.
  if (getppid() != plan.parent) {
    errno = ESRCH;
    fail(plan, kParent);
  }
}

void waitAtGate(const ChildPlan& plan) {
  char byte;
  while (read(plan.gateFd, &byte, 1) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void runChild(ChildPlan plan) {
  if (plan.gateFd >= 0) waitAtGate(plan);
  if (!plan.outlivesParent) dieWithParent(plan);
  if (!plan.isGuest) confine(plan);
  placeDescriptors(plan);
  if (plan.cgroupProcs != nullptr) enterCgroup(plan);
  if (plan.oomScoreAdj[0] != '\0') writeOomScore(plan.oomScoreAdj);
  errno = 0;
  if (plan.niceness != 0 && nice(plan.niceness) == -1 && errno != 0) fail(plan, kNice);
  if (chdir(plan.cwd) != 0) fail(plan, kChdir);
  resetSignals();
  applyLimits(plan);
  if (plan.noSockets && !refuseSockets().ok()) fail(plan, kSeccomp);
  execve(plan.file, plan.argv, plan.envp);
  fail(plan, kExecve);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// This process's environment as its bytes are, with `changes` in it.
std::vector<std::string> changedEnvironment(const std::vector<std::string>& changes) {
  const auto nameOf = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  std::vector<std::string> result = changes;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const bool isChanged = std::any_of(changes.begin(), changes.end(), [&](const auto& change) { return nameOf(change) == nameOf(*entry); });
    if (!isChanged) result.emplace_back(*entry);
  }
  return result;
}

std::vector<Limit> listLimits(const SpawnLimits& limits) {
  std::vector<Limit> result;
  if (limits.dataBytes) result.push_back({RLIMIT_DATA, *limits.dataBytes, RLIM_INFINITY});
  if (limits.coreBytes) result.push_back({RLIMIT_CORE, *limits.coreBytes, *limits.coreBytes});
  if (limits.fileSizeBytes) result.push_back({RLIMIT_FSIZE, *limits.fileSizeBytes, *limits.fileSizeBytes});
  if (limits.openFiles) result.push_back({RLIMIT_NOFILE, *limits.openFiles, *limits.openFiles});
  // At the hard limit the kernel sends SIGKILL, which reads like the OOM killer; SIGXCPU comes first and names the cause.
  if (limits.cpuSeconds) result.push_back({RLIMIT_CPU, *limits.cpuSeconds, *limits.cpuSeconds + 1});
  return result;
}

/// Reads the child's report until exec closes the pipe.
Failure readReport(int fd) {
  Failure failure{0, 0};
  size_t filled = 0;
  while (filled < sizeof(failure)) {
    const ssize_t length = read(fd, reinterpret_cast<char*>(&failure) + filled, sizeof(failure) - filled);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    filled += static_cast<size_t>(length);
  }
  return filled == sizeof(failure) ? failure : Failure{0, 0};
}

}  // namespace

Result<pid_t> spawnProcess(const SpawnRequest& request) {
  std::vector<char*> argv = pointers(request.args);
  const std::vector<std::string> env = request.isGuest ? changedEnvironment(request.env) : request.env;
  std::vector<char*> envp = pointers(env);
  std::vector<int> stdio = request.stdio;
  const std::vector<Limit> limits = listLimits(request.limits);
  char oomScoreAdj[16] = "";
  if (request.oomScoreAdj != 0) std::snprintf(oomScoreAdj, sizeof(oomScoreAdj), "%d", request.oomScoreAdj);

  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return Status::last("pipe2");
  const UniqueFd reader(report[0]);
  UniqueFd writer(report[1]);
  UniqueFd gateReader;
  UniqueFd gateWriter;
  if (request.beforeExec) {
    int gate[2];
    if (pipe2(gate, O_CLOEXEC) != 0) return Status::last("pipe2");
    gateReader.reset(gate[0]);
    gateWriter.reset(gate[1]);
  }
  const ChildPlan plan{request.file.c_str(),
                       argv.data(),
                       envp.data(),
                       request.cwd.c_str(),
                       stdio.data(),
                       static_cast<int>(stdio.size()),
                       limits.data(),
                       limits.size(),
                       oomScoreAdj,
                       request.niceness,
                       request.limits.noSockets,
                       request.isGuest,
                       request.cgroupProcs.empty() ? nullptr : request.cgroupProcs.c_str(),
                       request.outlivesParent,
                       gateReader.get(),
                       getpid(),
                       writer.get()};

  if (request.isGuest && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return Status::last("prctl");

  // With signals blocked no handler of the parent can run in the child, where it would write to the parent's pipes.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) {
    // The child's own copy would keep the gate shut for ever.
    gateWriter.reset();
    runChild(plan);
  }
  const Status forked = pid < 0 ? Status::last("fork") : Status{};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!forked.ok()) return forked;

  writer.reset();
  if (request.beforeExec) request.beforeExec(pid);
  gateWriter.reset();
  const Failure failure = readReport(reader.get());
  if (failure.error == 0) return pid;
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return Status{failure.error, kStepNames[failure.step]};
}

Status setDataLimit(pid_t pid, uint64_t dataBytes) {
  struct rlimit limit;
  if (prlimit(pid, RLIMIT_DATA, nullptr, &limit) != 0) return Status::last("prlimit");
  limit.rlim_cur = dataBytes < limit.rlim_max ? dataBytes : limit.rlim_max;
  return prlimit(pid, RLIMIT_DATA, &limit, nullptr) == 0 ? Status{} : Status::last("prlimit");
}

}  // namespace mm
