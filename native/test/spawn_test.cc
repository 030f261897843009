// Children of spawnProcess: what they get, what they do not get, and how their end is told.

#include "../core/linux/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "../core/linux/child.h"
#include "../core/linux/pipe.h"
#include "../core/linux/procfs.h"
#include "check.h"

namespace {

mm::SpawnRequest shell(const std::string& script) {
  mm::SpawnRequest request;
  request.file = "/bin/sh";
  request.args = {"sh", "-c", script};
  request.env = {"ONLY=this"};
  request.cwd = "/";
  request.stdio = {-1, -1, -1};
  return request;
}

int statusOf(const mm::SpawnRequest& request) {
  const auto pid = mm::spawnProcess(request);
  int status = -1;
  if (CHECK(pid.ok())) waitpid(pid.value, &status, 0);
  return status;
}

std::string outputOf(mm::SpawnRequest request) {
  mm::Pipe pipe = std::move(mm::openPipe(0).value);
  request.stdio[1] = pipe.writer.get();
  const auto pid = mm::spawnProcess(request);
  CHECK(pid.ok());
  pipe.writer.reset();
  std::string output;
  char bytes[4096];
  ssize_t length;
  while ((length = read(pipe.reader.get(), bytes, sizeof(bytes))) > 0)
    output.append(bytes, static_cast<size_t>(length));
  waitpid(pid.value, nullptr, 0);
  return output;
}

void failuresNameTheirStep() {
  mm::SpawnRequest request = shell("exit 0");
  request.file = "/no/such/program";
  const auto missing = mm::spawnProcess(request);
  CHECK(missing.status.error == ENOENT && std::string(missing.status.operation) == "execve");
  request = shell("exit 0");
  request.cwd = "/no/such/folder";
  const auto folder = mm::spawnProcess(request);
  CHECK(folder.status.error == ENOENT && std::string(folder.status.operation) == "chdir");
  request = shell("exit 0");
  request.stdio = {9999};
  const auto descriptor = mm::spawnProcess(request);
  CHECK(descriptor.status.error == EBADF && std::string(descriptor.status.operation) == "dup2");
  request.file = "/etc/passwd";
  request.stdio = {};
  CHECK(mm::spawnProcess(request).status.error == EACCES);
  // Nothing is left to be waited for.
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD);
}

void environmentAndFolderAreTheGivenOnes() {
  mm::SpawnRequest request = shell("pwd; echo $ONLY; echo ${HOME-none}");
  request.cwd = "/usr";
  CHECK(outputOf(request) == "/usr\nthis\nnone\n");
}

void onlyItsDescriptorsAreOpen() {
  // Inheritable on purpose: high, low, and just above the range.
  const int high = fcntl(0, F_DUPFD, 200);
  const int next = fcntl(0, F_DUPFD, 4);
  mm::SpawnRequest request = shell("");
  request.file = "/bin/ls";
  request.args = {"ls", "/proc/self/fd"};
  request.stdio = {-1, -1, 2, high};
  // 4 is the folder that ls itself has open.
  CHECK(outputOf(request) == "0\n1\n2\n3\n4\n");
  close(high);
  close(next);
}

void descriptorsMayCrossOver() {
  // Sources that are each other's targets.
  mm::Pipe first = std::move(mm::openPipe(0).value);
  mm::Pipe second = std::move(mm::openPipe(0).value);
  const int seven = dup2(first.writer.get(), 7);
  const int eight = dup2(second.writer.get(), 8);
  mm::SpawnRequest request = shell("echo to-first >&8; echo to-second >&7");
  request.stdio.resize(9, -1);
  request.stdio[8] = seven;
  request.stdio[7] = eight;
  CHECK(statusOf(request) == 0);
  char bytes[32] = {};
  CHECK(read(first.reader.get(), bytes, 31) == 9 && std::string(bytes, 9) == "to-first\n");
  CHECK(read(second.reader.get(), bytes, 31) == 10 && std::string(bytes, 10) == "to-second\n");
  close(seven);
  close(eight);
}

void limitsAndPrioritiesAreSet() {
  mm::SpawnRequest request = shell(
      "ulimit -c; ulimit -n; ulimit -t; ulimit -f; ulimit -d; cat /proc/self/oom_score_adj; nice; "
      "grep NoNewPrivs /proc/self/status");
  request.env = {"PATH=/usr/bin:/bin"};
  request.limits.coreBytes = 0;
  request.limits.openFiles = 64;
  request.limits.cpuSeconds = 100;
  request.limits.fileSizeBytes = 512 * 1000;
  request.limits.dataBytes = 64 << 20;
  request.oomScoreAdj = 500;
  request.niceness = 3;
  CHECK(outputOf(request) == "0\n64\n100\n1000\n65536\n500\n3\nNoNewPrivs:\t1\n");
}

/// What main() does when it is started again with the argument "sockets": tells how this process and a child of it fare.
int reportSockets() {
  const pid_t child = fork();
  if (child > 0) waitpid(child, nullptr, 0);
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
    printf("%d ", socket(family, SOCK_DGRAM, 0) >= 0 ? 0 : errno);
  }
  syscall(SYS_io_uring_setup, 1, nullptr);
  printf("%d\n", errno);
  return 0;
}

void socketsAreRefusedWhereAsked() {
  mm::SpawnRequest request = shell("");
  request.file = "/proc/self/exe";
  request.args = {"spawn_test", "sockets"};
  CHECK(outputOf(request).find("0 0 0 0 ") == 0);
  request.limits.noSockets = true;
  std::string refused;
  for (int family = 0; family < 4; ++family) refused += std::to_string(EACCES) + " ";
  refused += std::to_string(ENOSYS) + "\n";
  CHECK(outputOf(request) == refused + refused);
}

void cpuLimitEndsWithItsOwnSignal() {
  mm::SpawnRequest request = shell("while :; do :; done");
  request.limits.cpuSeconds = 1;
  const int status = statusOf(request);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
}

void signalsStartFresh() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  mm::SpawnRequest request = shell("grep -E 'SigBlk|SigIgn' /proc/self/status | tr '\\n' ' '");
  request.env = {"PATH=/usr/bin:/bin"};
  CHECK(outputOf(request) == "SigBlk:\t0000000000000000 SigIgn:\t0000000000000000 ");
  sigprocmask(SIG_SETMASK, &before, nullptr);
  signal(SIGPIPE, SIG_DFL);
}

void childDiesWithTheThreadThatStartedIt() {
  pid_t child = 0;
  std::thread starter([&] { child = mm::spawnProcess(shell("sleep 60")).value; });
  starter.join();
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

mm::ChildExit exitOf(mm::ChildWaiter& waiter, const std::atomic<int>& notes) {
  while (notes.load() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  mm::ChildExit exit;
  CHECK(waiter.take(exit));
  return exit;
}

void waiterTellsCodeSignalAndUsage() {
  std::atomic<int> notes{0};
  mm::ChildWaiter ended(mm::spawnProcess(shell("exit 7")).value, true);
  CHECK(ended.start([&] { ++notes; }).ok());
  const mm::ChildExit exit = exitOf(ended, notes);
  CHECK(exit.code == 7 && exit.signal == 0 && exit.maxResidentBytes > 0);

  notes = 0;
  mm::ChildWaiter killed(mm::spawnProcess(shell("kill -TERM $$")).value, true);
  CHECK(killed.start([&] { ++notes; }).ok());
  const mm::ChildExit end = exitOf(killed, notes);
  CHECK(end.code == -1 && end.signal == SIGTERM && notes == 1);
}

void groupEndsWithTheChild() {
  // The child ends at once and leaves a process behind that still holds its standard output.
  mm::Pipe pipe = std::move(mm::openPipe(0).value);
  mm::SpawnRequest request = shell("/bin/sleep 60 &");
  request.stdio[1] = pipe.writer.get();
  std::atomic<int> notes{0};
  mm::ChildWaiter ended(mm::spawnProcess(request).value, true);
  pipe.writer.reset();
  CHECK(ended.start([&] { ++notes; }).ok());
  CHECK(exitOf(ended, notes).code == 0);
  char byte;
  CHECK(read(pipe.reader.get(), &byte, 1) == 0);
}

void droppedWaiterKillsAndReaps() {
  const pid_t pid = mm::spawnProcess(shell("sleep 60")).value;
  {
    mm::ChildWaiter waiter(pid, true);
    CHECK(waiter.start([] {}).ok());
  }
  CHECK(kill(pid, 0) == -1 && errno == ESRCH);
}

void dataLimitOfARunningChild() {
  const pid_t pid = mm::spawnProcess(shell("sleep 60")).value;
  CHECK(mm::setDataLimit(pid, 1 << 20).ok());
  struct rlimit limit;
  CHECK(prlimit(pid, RLIMIT_DATA, nullptr, &limit) == 0 && limit.rlim_cur == 1 << 20 &&
        limit.rlim_max == RLIM_INFINITY);
  CHECK(mm::setDataLimit(pid, 1 << 30).ok());
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  CHECK(mm::setDataLimit(pid, 1 << 20).error == ESRCH);
}

void treeAndMemoryOfChildren() {
  const pid_t pid = mm::spawnProcess(shell("/bin/sleep 60 & /bin/sleep 60; true")).value;
  std::vector<pid_t> tree;
  for (int attempt = 0; attempt < 200 && tree.size() < 3; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    tree = mm::listProcessTree(pid);
  }
  CHECK(tree.size() == 3 && tree[0] == pid);
  const auto memory = mm::readProcessMemory(pid);
  CHECK(memory.ok() && memory.value.anonBytes > 0 && memory.value.fileBytes > 0 && memory.value.threads == 1);
  for (const pid_t member : tree) kill(member, SIGKILL);
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  const auto zombie = mm::readProcessMemory(pid);
  CHECK(zombie.ok() && zombie.value.anonBytes == 0);
  waitpid(pid, nullptr, 0);
  CHECK(mm::readProcessMemory(pid).status.error == ESRCH);
  CHECK(mm::listProcessTree(pid).empty());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "sockets") == 0) return reportSockets();
  failuresNameTheirStep();
  environmentAndFolderAreTheGivenOnes();
  onlyItsDescriptorsAreOpen();
  descriptorsMayCrossOver();
  limitsAndPrioritiesAreSet();
  socketsAreRefusedWhereAsked();
  cpuLimitEndsWithItsOwnSignal();
  signalsStartFresh();
  childDiesWithTheThreadThatStartedIt();
  waiterTellsCodeSignalAndUsage();
  groupEndsWithTheChild();
  droppedWaiterKillsAndReaps();
  dataLimitOfARunningChild();
  treeAndMemoryOfChildren();
  return checkResult();
}
