#include "job_ledger.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>

#include "procfs.h"

namespace mm {
namespace {

constexpr uint64_t kMagic = 0x31'72'65'67'64'65'6c'6d;  // "mledger1"
constexpr int kLockSeconds = 1;
/// Whoever has not asked for its turn for so long holds nobody up: it has it and plans for long, or is stopped.
constexpr uint64_t kPatienceMs = 2000;
constexpr size_t kCommandBytes = 16;
constexpr unsigned kSeals = F_SEAL_SHRINK | F_SEAL_GROW;

/// Shared between processes, so its fields have fixed sizes. Written under the lock but for treeBytes.
struct Slot {
  std::atomic<int32_t> pid;
  uint32_t isStalled;
  uint64_t startTicks;
  uint64_t heldBytes;
  uint64_t kernelBytes;
  uint64_t textBytes;
  std::atomic<uint64_t> treeBytes;
  uint64_t ticket;
  /// When it asked for its turn last.
  uint64_t askedMs;
  char command[kCommandBytes];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<int32_t>::is_always_lock_free);

}  // namespace

struct LedgerTable {
  uint64_t magic;
  /// What may differ from build to build.
  uint32_t mutexBytes;
  uint32_t slotBytes;
  pthread_mutex_t mutex;
  uint64_t lastTicket;
  Slot slots[JobLedger::kMostJobs];
};

namespace {

/// The lock, held. An owner that was killed left at most its own entry half written, and that entry is cleared with it.
class Lock {
 public:
  explicit Lock(LedgerTable& table) : table_(table) {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += kLockSeconds;
    error_ = pthread_mutex_timedlock(&table.mutex, &until);
    if (error_ == EOWNERDEAD) error_ = pthread_mutex_consistent(&table.mutex);
  }
  ~Lock() {
    if (error_ == 0) pthread_mutex_unlock(&table_.mutex);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  Status status() const { return {error_, "ledgerLock"}; }

 private:
  LedgerTable& table_;
  int error_;
};

void clear(Slot& slot) {
  slot.pid.store(0);
  slot.ticket = 0;
  slot.heldBytes = 0;
}

/// Clears what belongs to processes that are gone, whose pid may be another's by now, or that are dead and only not waited for.
void reap(LedgerTable& table) {
  for (Slot& slot : table.slots) {
    const pid_t pid = slot.pid.load();
    if (pid == 0) continue;
    const Result<uint64_t> start = readStartTicks(pid);
    // A /proc that cannot be read now says nothing about the process.
    if (start.ok() ? start.value != slot.startTicks : start.status.error == ESRCH) clear(slot);
  }
}

/// The same for all processes of the machine.
uint64_t nowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

/// Nobody can overflow the sum of others: what is there was written by other processes.
uint64_t plus(uint64_t a, uint64_t b) {
  return b > std::numeric_limits<uint64_t>::max() - a ? std::numeric_limits<uint64_t>::max() : a + b;
}

struct Others {
  size_t jobs = 0;
  uint64_t heldBytes = 0;
  bool isAnyWaiting = false;
  uint64_t firstTicket = std::numeric_limits<uint64_t>::max();
};

Others othersIn(const LedgerTable& table, size_t own) {
  Others others;
  const uint64_t now = nowMs();
  for (size_t at = 0; at < JobLedger::kMostJobs; ++at) {
    const Slot& slot = table.slots[at];
    if (at == own || slot.pid.load() == 0) continue;
    others.jobs += 1;
    others.heldBytes = plus(others.heldBytes, slot.heldBytes);
    if (slot.ticket == 0) continue;
    others.isAnyWaiting = true;
    if (now < plus(slot.askedMs, kPatienceMs)) others.firstTicket = std::min(others.firstTicket, slot.ticket);
  }
  return others;
}

}  // namespace

size_t JobLedger::byteLength() {
  return sizeof(LedgerTable);
}

JobLedger::JobLedger(std::shared_ptr<Region> region)
    : region_(std::move(region)), table_(reinterpret_cast<LedgerTable*>(region_->data())), pid_(getpid()) {}

JobLedger::~JobLedger() {
  leave();
}

Result<std::unique_ptr<JobLedger>> JobLedger::create() {
  const auto region = Region::shared("mm-ledger", sizeof(LedgerTable), PagePolicy::base);
  if (!region.ok()) return region.status;
  const Status sealed = region.value->addSeals(kSeals);
  if (!sealed.ok()) return sealed;
  std::unique_ptr<JobLedger> ledger(new JobLedger(region.value));
  LedgerTable& table = *ledger->table_;
  pthread_mutexattr_t attributes;
  if (const int error = pthread_mutexattr_init(&attributes)) return Status{error, "pthread_mutexattr_init"};
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = pthread_mutex_init(&table.mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (error != 0) return Status{error, "pthread_mutex_init"};
  table.mutexBytes = sizeof(pthread_mutex_t);
  table.slotBytes = sizeof(Slot);
  table.magic = kMagic;
  return ledger;
}

Result<std::unique_ptr<JobLedger>> JobLedger::open(int fd) {
  const Status refusal{EBADMSG, "ledgerOpen"};
  struct stat file;
  if (fstat(fd, &file) != 0) return Status::last("fstat");
  if (file.st_size != static_cast<off_t>(sizeof(LedgerTable))) return refusal;
  // Only memory can be sealed, so nothing behind it can make a read wait; and nobody can cut it off under us.
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (static_cast<unsigned>(seals) & kSeals) != kSeals) return refusal;
  const auto region = Region::fromFd(fd, sizeof(LedgerTable), true);
  if (!region.ok()) return region.status;
  std::unique_ptr<JobLedger> ledger(new JobLedger(region.value));
  const LedgerTable& table = *ledger->table_;
  if (table.magic != kMagic || table.mutexBytes != sizeof(pthread_mutex_t) || table.slotBytes != sizeof(Slot))
    return refusal;
  return ledger;
}

bool JobLedger::isEntered() const {
  if (slot_ == kMostJobs) return false;
  const Slot& slot = table_->slots[slot_];
  return slot.pid.load() == pid_ && slot.startTicks == startTicks_;
}

Result<bool> JobLedger::enter(const std::string& command, uint64_t heldBytes, uint64_t kernelBytes,
                              uint64_t textBytes) {
  const Result<uint64_t> start = readStartTicks(pid_);
  if (!start.ok()) return start.status;
  startTicks_ = start.value;
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  reap(*table_);
  for (size_t at = 0; at < kMostJobs; ++at) {
    Slot& slot = table_->slots[at];
    if (slot.pid.load() != 0) continue;
    slot.isStalled = 0;
    slot.startTicks = startTicks_;
    slot.heldBytes = heldBytes;
    slot.kernelBytes = kernelBytes;
    slot.textBytes = textBytes;
    slot.treeBytes.store(0);
    slot.ticket = 0;
    std::memset(slot.command, 0, kCommandBytes);
    command.copy(slot.command, kCommandBytes - 1);
    // Last: an entry without a pid is none.
    slot.pid.store(pid_);
    slot_ = at;
    return true;
  }
  return false;
}

Result<bool> JobLedger::hold(uint64_t heldBytes, uint64_t kernelBytes, uint64_t limitBytes, Claim claim) {
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  if (!isEntered()) return Status{ESTALE, "ledgerHold"};
  Slot& slot = table_->slots[slot_];
  const auto isGranted = [&] {
    if (claim == Claim::forced || heldBytes <= slot.heldBytes) return true;
    const Others others = othersIn(*table_, slot_);
    if (others.jobs == 0) return true;
    if (claim == Claim::optional && others.isAnyWaiting) return false;
    return plus(others.heldBytes, heldBytes) <= limitBytes;
  };
  bool granted = isGranted();
  if (!granted) {
    reap(*table_);
    if (!isEntered()) return Status{ESTALE, "ledgerHold"};
    granted = isGranted();
  }
  if (granted) {
    slot.heldBytes = heldBytes;
    slot.kernelBytes = kernelBytes;
  }
  return granted;
}

Status JobLedger::queue() {
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  if (!isEntered()) return {ESTALE, "ledgerQueue"};
  uint64_t& ticket = table_->slots[slot_].ticket;
  if (ticket == 0) ticket = ++table_->lastTicket;
  table_->slots[slot_].askedMs = nowMs();
  return {};
}

Result<bool> JobLedger::isFirst() {
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  if (!isEntered()) return Status{ESTALE, "ledgerQueue"};
  const uint64_t& ticket = table_->slots[slot_].ticket;
  table_->slots[slot_].askedMs = nowMs();
  if (othersIn(*table_, slot_).firstTicket < ticket) reap(*table_);
  if (!isEntered()) return Status{ESTALE, "ledgerQueue"};
  return ticket != 0 && othersIn(*table_, slot_).firstTicket > ticket;
}

Status JobLedger::leaveQueue() {
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  if (!isEntered()) return {ESTALE, "ledgerQueue"};
  table_->slots[slot_].ticket = 0;
  return {};
}

Status JobLedger::setStalled(bool isStalled) {
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  if (!isEntered()) return {ESTALE, "ledgerStall"};
  table_->slots[slot_].isStalled = isStalled ? 1 : 0;
  return {};
}

void JobLedger::publish(uint64_t treeBytes) {
  if (isEntered()) table_->slots[slot_].treeBytes.store(treeBytes, std::memory_order_relaxed);
}

Result<std::vector<JobEntry>> JobLedger::entries() {
  const Lock lock(*table_);
  if (!lock.status().ok()) return lock.status();
  reap(*table_);
  std::vector<JobEntry> found;
  for (const Slot& slot : table_->slots) {
    const pid_t pid = slot.pid.load();
    if (pid == 0) continue;
    const size_t length = strnlen(slot.command, kCommandBytes);
    found.push_back({pid, slot.startTicks, slot.heldBytes, slot.kernelBytes, slot.textBytes, slot.treeBytes.load(), slot.ticket,
                     slot.isStalled != 0, std::string(slot.command, length)});
  }
  return found;
}

void JobLedger::leave() {
  // A child between fork and exec has no mapping of it, and no business there.
  if (getpid() != pid_ || !isEntered()) return;
  const Lock lock(*table_);
  if (lock.status().ok() && isEntered()) clear(table_->slots[slot_]);
  slot_ = kMostJobs;
}

}  // namespace mm
