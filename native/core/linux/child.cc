#include "child.h"

#include <signal.h>
#include <sys/wait.h>

namespace mm {
namespace {

double milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

}  // namespace

ChildExit describeExit(int status, const rusage& usage) {
  ChildExit exit;
  if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  exit.maxResidentBytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  exit.userMs = milliseconds(usage.ru_utime);
  exit.systemMs = milliseconds(usage.ru_stime);
  return exit;
}

bool reapAdopted(pid_t pid) {
  int status = 0;
  return waitpid(pid, &status, WNOHANG) == pid;
}

Status ChildWaiter::start(std::function<void()> notify) {
  const Status started = thread_.start("mm-child", [this, notify = std::move(notify)] { wait(notify); });
  if (started.ok()) return started;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  return started;
}

void ChildWaiter::wait(const std::function<void()>& notify) {
  siginfo_t ended;
  // WNOWAIT leaves the pid taken, so that neither kill below can reach a stranger who was given it anew.
  while (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  {
    const std::lock_guard lock(mutex_);
    // What it started and left behind in its process group ends with it.
    if (leadsGroup_) kill(-pid_, SIGKILL);
    int status = 0;
    rusage usage{};
    while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    exit_ = describeExit(status, usage);
    reaped_ = true;
  }
  notify();
}

bool ChildWaiter::take(ChildExit& exit) {
  const std::lock_guard lock(mutex_);
  if (reaped_) exit = exit_;
  return reaped_;
}

void ChildWaiter::killIfRunning() {
  const std::lock_guard lock(mutex_);
  if (!reaped_) kill(pid_, SIGKILL);
}

ChildWaiter::~ChildWaiter() {
  killIfRunning();
  thread_.join();
}

}  // namespace mm
