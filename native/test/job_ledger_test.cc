// The ledger that jobs share: who may hold what, in which order, and that a job that is killed anywhere leaves nothing behind. Between
// processes, which the thread sanitizer does not follow.

#include "../core/linux/job_ledger.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "../core/linux/abstract_socket.h"
#include "../core/linux/procfs.h"
#include "check.h"

namespace {

constexpr uint64_t kLimit = 100;

/// Another job: enters, says so, and does what it is told.
class Other {
 public:
  Other(int ledgerFd, uint64_t held) {
    int toChild[2], toParent[2];
    CHECK(pipe(toChild) == 0 && pipe(toParent) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      const auto ledger = mm::JobLedger::open(ledgerFd);
      char answer = ledger.ok() && ledger.value->enter("other", held, 1, 2).value ? 'y' : 'n';
      char word;
      do {
        if (write(toParent[1], &answer, 1) != 1 || read(toChild[0], &word, 1) != 1) _exit(1);
        if (word == 'q') answer = ledger.value->queue().ok() ? 'y' : 'n';
        if (word == 'f') answer = ledger.value->isFirst().value ? 'y' : 'n';
        if (word == 'l') answer = ledger.value->leaveQueue().ok() ? 'y' : 'n';
        if (word == '+') answer = ledger.value->hold(held + 50, 1, kLimit, mm::Claim::needed).value ? 'y' : 'n';
        if (word == 's') answer = ledger.value->setStalled(true).ok() ? 'y' : 'n';
      } while (word != 'e');
      ledger.value->leave();
      _exit(0);
    }
    words_ = toChild[1];
    answers_ = toParent[0];
    close(toChild[0]);
    close(toParent[1]);
    entered = hear();
  }
  ~Other() { end(SIGKILL); }
  bool tell(char word) {
    CHECK(write(words_, &word, 1) == 1);
    return hear();
  }
  void end(int signal) {
    if (pid_ == 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    forget();
  }
  /// Dead, and nobody waits for it: a zombie.
  void becomeZombie() {
    kill(pid_, SIGKILL);
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  bool entered = false;
  pid_t pid() const { return pid_; }

 private:
  bool hear() {
    char answer = 0;
    return read(answers_, &answer, 1) == 1 && answer == 'y';
  }
  void forget() {
    close(words_);
    close(answers_);
    pid_ = 0;
  }
  pid_t pid_ = 0;
  int words_ = -1;
  int answers_ = -1;
};

void theSumStaysWithinTheLimit() {
  const auto ledger = mm::JobLedger::create();
  if (!CHECK(ledger.ok())) return;
  mm::JobLedger& own = *ledger.value;
  CHECK(own.enter("transcode", 10, 4, 64).value);
  CHECK(own.hold(1000, 4, kLimit, mm::Claim::needed).value);  // Alone.
  CHECK(own.hold(40, 4, kLimit, mm::Claim::needed).value);
  Other other(own.fd(), 30);
  CHECK(other.entered);
  CHECK(own.hold(70, 4, kLimit, mm::Claim::needed).value);
  CHECK(!own.hold(71, 4, kLimit, mm::Claim::needed).value);
  CHECK(own.hold(71, 4, kLimit, mm::Claim::forced).value);
  CHECK(own.hold(60, 4, kLimit, mm::Claim::needed).value);  // Less is always granted.
  CHECK(!other.tell('+'));
  CHECK(own.hold(20, 4, kLimit, mm::Claim::needed).value);
  CHECK(other.tell('+'));
  own.publish(12345);
  const auto entries = own.entries();
  if (!CHECK(entries.ok() && entries.value.size() == 2)) return;
  CHECK(entries.value[0].command == "transcode" && entries.value[0].treeBytes == 12345 && entries.value[0].heldBytes == 20);
  CHECK(entries.value[1].pid == other.pid() && entries.value[1].heldBytes == 80 && entries.value[1].textBytes == 2);
  other.becomeZombie();
  CHECK(own.hold(100, 4, kLimit, mm::Claim::needed).value);
}

void turnsAreInOrderOfArrival() {
  const auto ledger = mm::JobLedger::create();
  mm::JobLedger& own = *ledger.value;
  CHECK(own.enter("own", 1, 1, 1).value);
  Other first(own.fd(), 1);
  Other second(own.fd(), 1);
  CHECK(first.tell('q') && second.tell('q'));
  CHECK(own.queue().ok() && own.queue().ok());
  CHECK(first.tell('f') && !second.tell('f') && !own.isFirst().value);
  CHECK(own.hold(2, 1, kLimit, mm::Claim::needed).value && !own.hold(3, 1, kLimit, mm::Claim::optional).value);
  CHECK(first.tell('l'));
  CHECK(second.tell('f') && !first.tell('f'));
  second.end(SIGKILL);
  CHECK(own.isFirst().value && own.leaveQueue().ok() && !own.isFirst().value);
  CHECK(own.hold(3, 1, kLimit, mm::Claim::optional).value);
  CHECK(first.tell('s') && own.entries().value[1].isStalled);
  // Whoever does not ask any more is passed over, and has its place again when it does.
  CHECK(first.tell('q') && own.queue().ok() && !own.isFirst().value);
  usleep(2'100'000);
  CHECK(own.isFirst().value);
  CHECK(first.tell('f') && !own.isFirst().value);
}

void aPidThatIsSomebodyElsesByNowIsNoJob() {
  const auto ledger = mm::JobLedger::create();
  mm::JobLedger& own = *ledger.value;
  CHECK(own.enter("own", 1, 1, 1).value);
  Other other(own.fd(), 90);
  CHECK(!own.hold(20, 1, kLimit, mm::Claim::needed).value);
  // The same pid, another start.
  auto* bytes = static_cast<uint8_t*>(mmap(nullptr, mm::JobLedger::byteLength(), PROT_READ | PROT_WRITE, MAP_SHARED, own.fd(), 0));
  const uint64_t start = mm::readStartTicks(other.pid()).value;
  bool found = false;
  const auto pid = static_cast<int32_t>(other.pid());
  for (size_t at = 0; at + 16 < mm::JobLedger::byteLength(); at += 8) {
    if (std::memcmp(bytes + at, &pid, 4) != 0 || std::memcmp(bytes + at + 8, &start, 8) != 0) continue;
    bytes[at + 8] ^= 1;
    found = true;
  }
  CHECK(found);
  CHECK(own.hold(20, 1, kLimit, mm::Claim::needed).value);
  CHECK(!other.tell('+'));  // Its entry is gone: ESTALE, which ends the sharing and not the job.
  munmap(bytes, mm::JobLedger::byteLength());
}

void aFullTableTakesNobodyElse() {
  const auto ledger = mm::JobLedger::create();
  mm::JobLedger& own = *ledger.value;
  std::vector<pid_t> children;
  int ready[2];
  CHECK(pipe(ready) == 0);
  constexpr int kJobs = 200;
  for (int at = 0; at < kJobs; ++at) {
    const pid_t pid = fork();
    if (pid == 0) {
      const auto mine = mm::JobLedger::open(own.fd());
      const char answer = mine.ok() && mine.value->enter("many", 1, 0, 0).value ? 'y' : 'n';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    children.push_back(pid);
  }
  int entered = 0;
  for (int at = 0; at < kJobs; ++at) {
    char answer = 0;
    CHECK(read(ready[0], &answer, 1) == 1);
    entered += answer == 'y';
  }
  CHECK(entered == static_cast<int>(mm::JobLedger::kMostJobs));
  CHECK(own.enter("late", 1, 0, 0).value == false);
  for (const pid_t pid : children) kill(pid, SIGKILL);
  for (const pid_t pid : children) waitpid(pid, nullptr, 0);
  CHECK(own.enter("late", 1, 0, 0).value);
  CHECK(own.entries().value.size() == 1);
  close(ready[0]);
  close(ready[1]);
}

/// Jobs that take the lock all the time are killed at any instruction, so also with the lock in their hands.
void killedOwnersLetGoOfTheLock() {
  const auto ledger = mm::JobLedger::create();
  mm::JobLedger& own = *ledger.value;
  CHECK(own.enter("own", 1, 0, 0).value);
  for (int round = 0; round < 60; ++round) {
    pid_t children[3];
    for (pid_t& pid : children) {
      pid = fork();
      if (pid != 0) continue;
      const auto mine = mm::JobLedger::open(own.fd());
      if (!mine.ok() || !mine.value->enter("victim", 10, 0, 0).value) _exit(1);
      for (uint64_t bytes = 0;; bytes = (bytes + 1) % 30) {
        static_cast<void>(mine.value->hold(bytes, 0, kLimit, mm::Claim::needed).ok());
        static_cast<void>(mine.value->queue().ok());
        static_cast<void>(mine.value->leaveQueue().ok());
      }
    }
    usleep(static_cast<useconds_t>(500 + 137 * round));
    for (const pid_t pid : children) kill(pid, SIGKILL);
    for (const pid_t pid : children) waitpid(pid, nullptr, 0);
    CHECK(own.hold(90, 0, kLimit, mm::Claim::needed).value);
    CHECK(own.hold(1, 0, kLimit, mm::Claim::needed).value);
  }
  CHECK(own.entries().value.size() == 1);
}

void onlyALedgerIsOpened() {
  CHECK(mm::JobLedger::open(-1).status.error == EBADF);
  const mm::UniqueFd small(memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CHECK(ftruncate(small.get(), 100) == 0);
  CHECK(mm::JobLedger::open(small.get()).status.error == EBADMSG);
  CHECK(ftruncate(small.get(), static_cast<off_t>(mm::JobLedger::byteLength())) == 0);
  CHECK(mm::JobLedger::open(small.get()).status.error == EBADMSG);  // Not sealed.
  CHECK(fcntl(small.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
  CHECK(mm::JobLedger::open(small.get()).status.error == EBADMSG);  // No marks.
}

/// Whoever has the door is alone, and it opens when its owner is killed.
void theDoorIsOneAtATime() {
  const std::string name = "mm.test.door." + std::to_string(getpid());
  int ready[2];
  CHECK(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto door = mm::listenAbstract(name);
    const char answer = door.ok() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char answer = 0;
  CHECK(read(ready[0], &answer, 1) == 1 && answer == 'y');
  CHECK(mm::listenAbstract(name).status.error == EADDRINUSE);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(mm::listenAbstract(name).ok());
  close(ready[0]);
  close(ready[1]);
}

}  // namespace

int main() {
  theSumStaysWithinTheLimit();
  turnsAreInOrderOfArrival();
  aPidThatIsSomebodyElsesByNowIsNoJob();
  aFullTableTakesNobodyElse();
  killedOwnersLetGoOfTheLock();
  onlyALedgerIsOpened();
  theDoorIsOneAtATime();
  return checkResult();
}
