#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../status.h"
#include "region.h"

namespace mm {

/// What one job has written into the ledger.
struct JobEntry {
  pid_t pid = 0;
  uint64_t startTicks = 0;
  /// What it may take without asking again, kernel memory included.
  uint64_t heldBytes = 0;
  uint64_t kernelBytes = 0;
  /// Program text that has to stay in memory while it runs.
  uint64_t textBytes = 0;
  /// What its process tree was last measured at.
  uint64_t treeBytes = 0;
  /// Its place in the queue; 0 = it does not wait.
  uint64_t ticket = 0;
  /// It holds memory and waits for more.
  bool isStalled = false;
  std::string command;
};

/// How much a claim wants to be granted: whatever is there already, what is needed now, and what one can do without.
enum class Claim { forced, needed, optional };

struct LedgerTable;

/// The ledger that all jobs of one user in one cgroup share: a table in shared memory under a lock that a killed owner lets go of. Entries of
/// jobs that are gone are cleared by whoever needs their room. Used from one thread; every call but `publish` takes the lock and fails with
/// ETIMEDOUT where another process keeps it for a second, ESTALE where our entry is no longer ours.
class JobLedger {
 public:
  static constexpr size_t kMostJobs = 128;

  static Result<std::unique_ptr<JobLedger>> create();
  /// Maps one that was handed over. EBADMSG unless size, seals and marks are those of a ledger.
  static Result<std::unique_ptr<JobLedger>> open(int fd);
  static size_t byteLength();
  ~JobLedger();
  JobLedger(const JobLedger&) = delete;
  JobLedger& operator=(const JobLedger&) = delete;

  int fd() const { return region_->fd(); }

  /// Takes an entry for this process, with what it holds already. False when every entry is taken.
  Result<bool> enter(const std::string& command, uint64_t heldBytes, uint64_t kernelBytes, uint64_t textBytes);
  /// Changes what is held. Less, forced, or with nobody else in the ledger it is always granted; more only while all together stay within
  /// `limitBytes`, and optional memory only while nobody waits.
  Result<bool> hold(uint64_t heldBytes, uint64_t kernelBytes, uint64_t limitBytes, Claim claim);
  /// Goes to the end of the queue, unless it is in it.
  Status queue();
  /// Whether nobody waits for longer. One that has not asked for two seconds is passed over until it asks again: it has its turn, and takes
  /// long over it, or is stopped.
  Result<bool> isFirst();
  Status leaveQueue();
  Status setStalled(bool isStalled);
  /// What the process tree was measured at: no lock.
  void publish(uint64_t treeBytes);
  /// Jobs that live, the own one among them.
  Result<std::vector<JobEntry>> entries();
  /// Clears the entry. The mapping stays, so that it can still be handed to others.
  void leave();

 private:
  explicit JobLedger(std::shared_ptr<Region> region);
  bool isEntered() const;

  std::shared_ptr<Region> region_;
  LedgerTable* table_;
  pid_t pid_;
  uint64_t startTicks_ = 0;
  /// The own entry; kMostJobs = none.
  size_t slot_ = kMostJobs;
};

}  // namespace mm
