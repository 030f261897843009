#include "tracer.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "proc_file.h"
#include "proc_text.h"

namespace mm::profile {
namespace {

constexpr long kOptions =
    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;

/// Interrupts wait4(2) on the tracer's thread; neither Node nor the C library has a use for it.
int wakeSignal() {
  return SIGRTMAX - 2;
}

bool isStopSignal(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

double monotonicMs() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_nsec) / 1e6;
}

ProcessStatus statusOf(pid_t thread) {
  ProcessStatus status;
  char text[4096];
  if (!parseStatus(readProcFile(ProcPath(thread, "status").text, text), status)) return {};
  return status;
}

}  // namespace

Result<pid_t> Tracer::start(SpawnRequest request, std::function<void()> notify) {
  thread_.join();
  notify_ = std::move(notify);
  hasEnded_.store(false);
  struct sigaction nothing{};
  nothing.sa_handler = [](int) {};
  sigaction(wakeSignal(), &nothing, nullptr);
  // The parent of a tracee must be the thread that traces it: else two would wait for it.
  const auto started = std::make_shared<std::promise<Result<pid_t>>>();
  const Status threaded =
      thread_.start("mm-tracer", [this, started, request = std::move(request)] { run(request, started); });
  if (!threaded.ok()) return threaded;
  return started->get_future().get();
}

void Tracer::run(SpawnRequest request, const std::shared_ptr<std::promise<Result<pid_t>>>& started) {
  threadId_.store(static_cast<pid_t>(syscall(SYS_gettid)));
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, wakeSignal());
  pthread_sigmask(SIG_UNBLOCK, &wake, nullptr);

  pid_t child = 0;
  request.beforeExec = [&](pid_t pid) {
    child = pid;
    // Seized, not attached: a seized process can be stopped by its user and stays so.
    refusal_.store(ptrace(PTRACE_SEIZE, pid, nullptr, kOptions) == 0 ? 0 : errno);
  };
  const Result<pid_t> spawned = spawnProcess(request);
  if (spawned.ok()) {
    {
      const std::lock_guard lock(mutex_);
      root_ = spawned.value;
    }
    if (refusal() == 0) noteBirth(spawned.value, 0);
  } else if (child != 0) {
    // It waits for us at its exit.
    ptrace(PTRACE_CONT, child, nullptr, nullptr);
    while (waitpid(child, nullptr, __WALL) == child || errno == EINTR) ptrace(PTRACE_CONT, child, nullptr, nullptr);
  }
  started->set_value(spawned);
  if (spawned.ok()) loop();
  tracees_.clear();
  hasEnded_.store(true);
}

void Tracer::loop() {
  while (!isStopping_.load()) {
    int status = 0;
    rusage usage{};
    const pid_t thread = wait4(-1, &status, __WALL | __WNOTHREAD, &usage);
    if (thread < 0 && errno == EINTR) continue;
    // Nobody is left.
    if (thread < 0) return;
    if (WIFSTOPPED(status)) {
      onStop(thread, status);
      continue;
    }
    onEnd(thread, status);
    if (thread != root_) continue;
    {
      const std::lock_guard lock(mutex_);
      exit_ = describeExit(status, usage);
      isReaped_ = true;
    }
    notify_();
  }
}

void Tracer::onStop(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  unsigned long message = 0;
  switch (event) {
    case 0:
      // Only a signal on its way: it is not ours to keep.
      return resume(thread, signal);
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      if (ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &message) != 0) break;
      noteBirth(static_cast<pid_t>(message), thread);
      if (event == PTRACE_EVENT_VFORK) noteLoan(static_cast<pid_t>(message));
      break;
    case PTRACE_EVENT_EXEC:
      // A thread that executes takes the place of the first one; its own number is gone.
      if (ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &message) == 0 && static_cast<pid_t>(message) != thread) {
        tracees_.erase(static_cast<pid_t>(message));
      }
      noteExec(thread);
      break;
    case PTRACE_EVENT_EXIT:
      noteExit(thread);
      break;
    case PTRACE_EVENT_STOP:
      noteBirth(thread, 0);
      // Stopped by its user: it stays so, and we hear when it is continued.
      if (isStopSignal(signal) && ptrace(PTRACE_LISTEN, thread, nullptr, nullptr) == 0) return;
      break;
    default:
      break;
  }
  resume(thread, 0);
}

/// One that was killed meanwhile needs it no more.
void Tracer::resume(pid_t thread, int signal) const {
  ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(signal));
}

/// Of a thread that may be known: its creator's stop and its own first one come in either order.
void Tracer::noteBirth(pid_t thread, pid_t creator) {
  if (tracees_.contains(thread)) return;
  const ProcessStatus status = statusOf(thread);
  Tracee& tracee = tracees_[thread];
  tracee.process = status.threadGroup == 0 ? thread : status.threadGroup;
  if (tracee.process != thread) return;
  const auto known = tracees_.find(creator);
  const pid_t parent = known != tracees_.end() ? known->second.process : status.parent;
  tracee.isBorrowed = parent > 0 && compareMemory(thread, parent) == SameMemory::yes;
  send(TraceEvent::Kind::came, thread, parent, {}, 0);
}

/// Also where kcmp is refused. Its own stops may have been heard before its parent's.
void Tracer::noteLoan(pid_t process) {
  Tracee& tracee = tracees_[process];
  if (!tracee.hasExecuted) tracee.isBorrowed = true;
}

void Tracer::noteExec(pid_t process) {
  Tracee& tracee = tracees_[process];
  tracee = {process};
  tracee.hasExecuted = true;
  const bool isKnown = process == root_ && !std::exchange(hasRootExecuted_, true);
  if (!isKnown) send(TraceEvent::Kind::executed, process, 0, {}, 0);
}

/// Its memory is still there. A first thread may end before the others, then the last one of them has the last word.
void Tracer::noteExit(pid_t thread) {
  const auto found = tracees_.find(thread);
  if (found == tracees_.end()) return;
  const pid_t process = found->second.process;
  Tracee& first = tracees_[process];
  first.process = process;
  if (thread == process) first.isLeaving = true;
  if (first.isLeaving && !first.isBorrowed)
    first.highWaterBytes = std::max(first.highWaterBytes, statusOf(thread).highWater);
}

void Tracer::onEnd(pid_t thread, int status) {
  const auto found = tracees_.find(thread);
  if (found == tracees_.end()) return;
  const Tracee tracee = found->second;
  tracees_.erase(found);
  if (tracee.process == thread)
    send(TraceEvent::Kind::ended, thread, 0, describeExit(status, {}), tracee.highWaterBytes);
}

void Tracer::send(TraceEvent::Kind kind, pid_t pid, pid_t parent, const ChildExit& exit, uint64_t highWaterBytes) {
  TraceEvent event;
  event.kind = kind;
  event.pid = pid;
  event.parent = parent;
  event.monotonicMs = monotonicMs();
  event.code = exit.code;
  event.signal = exit.signal;
  event.highWaterBytes = highWaterBytes;
  event.name[0] = '\0';
  event.commandBytes = 0;
  if (kind != TraceEvent::Kind::ended) {
    const std::string_view name =
        readProcFile(ProcPath(pid, "comm").text, std::span(event.name).first(sizeof(event.name) - 1));
    event.name[std::min(name.find('\n'), name.size())] = '\0';
    event.commandBytes = static_cast<uint32_t>(readProcFile(ProcPath(pid, "cmdline").text, event.command).size());
  }
  queue_->push(event);
}

bool Tracer::take(ChildExit& exit) {
  const std::lock_guard lock(mutex_);
  if (isReaped_) exit = exit_;
  return isReaped_;
}

void Tracer::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (root_ > 0 && !isReaped_) kill(root_, SIGKILL);
  }
  isStopping_.store(true);
  // The kernel lets go of all tracees when the thread ends. A signal that comes before it waits is lost, so there is more than one.
  while (root_ > 0 && !hasEnded_.load()) {
    syscall(SYS_tgkill, getpid(), threadId_.load(), wakeSignal());
    usleep(1000);
  }
  thread_.join();
}

}  // namespace mm::profile
