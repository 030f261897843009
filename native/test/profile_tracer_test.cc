// A program under ptrace: what is told of it, how it is let go, and what happens where ptrace is refused.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>

#include "../profile/tracer.h"
#include "check.h"

namespace {

using namespace mm::profile;

mm::SpawnRequest shell(const char* script) {
  mm::SpawnRequest request;
  request.file = "/bin/sh";
  request.args = {"sh", "-c", script};
  request.cwd = ".";
  request.stdio = {-1, -1, 2};
  request.isGuest = true;
  request.outlivesParent = true;
  return request;
}

mm::ChildExit wait(Tracer& tracer, const std::atomic<int>& notified) {
  mm::ChildExit exit;
  for (int waited = 0; waited < 20'000 && !tracer.take(exit); ++waited) usleep(1000);
  // The notification comes right behind.
  for (int waited = 0; waited < 1000 && notified.load() == 0; ++waited) usleep(1000);
  CHECK(notified.load() == 1);
  return exit;
}

void testEvents() {
  Tracer tracer;
  std::atomic<int> notified{0};
  const auto pid = tracer.start(shell("(exit 3); /bin/true; exit 4"), [&] { ++notified; });
  CHECK(pid.ok() && tracer.refusal() == 0);
  CHECK(wait(tracer, notified).code == 4);
  std::vector<TraceEvent> events;
  tracer.queue()->take(events);
  std::string kinds;
  for (const TraceEvent& event : events) kinds += "+x-"[static_cast<int>(event.kind)];
  CHECK(kinds == "++-+x--");
  CHECK(events[0].pid == pid.value && std::string(events[0].command) == "sh");
  CHECK(events[1].parent == pid.value && events[2].pid == events[1].pid && events[2].code == 3);
  CHECK(events[2].highWaterBytes > 0 && events[4].pid == events[3].pid && std::string(events[4].name) == "true");
  CHECK(events[5].code == 0 && events[6].pid == pid.value && events[6].code == 4);
}

void testFailedStarts() {
  Tracer tracer;
  std::atomic<int> notified{0};
  mm::SpawnRequest request = shell("exit 9");
  for (const char* file : {"/no/such/program", "/etc/passwd", "/"}) {
    request.file = file;
    const auto failed = tracer.start(request, [&] { ++notified; });
    CHECK(!failed.ok() && (failed.status.error == ENOENT || failed.status.error == EACCES));
  }
  request.file = "/bin/sh";
  CHECK(tracer.start(request, [&] { ++notified; }).ok());
  CHECK(wait(tracer, notified).code == 9);
}

/// The program ends with the tracer; what it started goes on, untraced.
void testStop() {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  pid_t child = 0;
  {
    Tracer tracer;
    CHECK(tracer.start(shell("sleep 30 & wait"), [] {}).ok());
    std::vector<TraceEvent> events;
    for (int waited = 0; waited < 5000 && child == 0; ++waited) {
      usleep(1000);
      tracer.queue()->take(events);
      for (const TraceEvent& event : events) {
        if (event.kind == TraceEvent::Kind::executed) child = event.pid;
      }
    }
    CHECK(child != 0);
  }
  CHECK(child != 0 && kill(child, 0) == 0);
  if (child != 0) kill(child, SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0) {
  }
}

bool refusePtrace() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Last: it is for good. Without a process of its own, LeakSanitizer could not trace this one either.
void testRefused() {
  const pid_t child = fork();
  if (child == 0) {
    if (!refusePtrace()) _exit(0);
    Tracer tracer;
    std::atomic<int> notified{0};
    const bool isStarted = tracer.start(shell("(exit 3); exit 4"), [&] { ++notified; }).ok();
    std::vector<TraceEvent> events;
    const bool isRight = isStarted && wait(tracer, notified).code == 4 && tracer.refusal() == EPERM;
    tracer.queue()->take(events);
    _exit(isRight && events.empty() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace

int main() {
  testEvents();
  testFailedStarts();
  testStop();
  testRefused();
  return checkResult();
}
