#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "batch.h"
#include "new_pids.h"
#include "process_table.h"
#include "trace_queue.h"

namespace mm::profile {

struct TreeOptions {
  pid_t root = 0;
  /// Orphans of the tree become children of this process (PR_SET_CHILD_SUBREAPER): they are found, and reaped when they end.
  bool adoptsOrphans = false;
  /// For a tree whose orphans go elsewhere: they are recognised by a session that one of the tree leads.
  bool followsSessions = false;
  /// A Tracer says who comes, executes and ends (`apply`): here only sizes are read, and nobody is reaped.
  bool isTraced = false;
};

/// How a process ended: -1 and 0 where nobody could tell.
struct ExitFacts {
  int code = -1;
  int signal = 0;
};

/// The processes below a root as they come and go, with their resident sizes.
class ProcessTree {
 public:
  ProcessTree(const TreeOptions& options, BatchExchange& out);

  /// Finds who came, reads everybody (those who are idle in turn, unless it is to be thorough), says who left.
  void update(double nowMs, bool isThorough);
  /// Before update(), in order. `atMs` is the event's time.
  void apply(const TraceEvent& event, double atMs);
  /// The root was reaped by whoever started it.
  void rootEnded(ExitFacts facts);
  /// Nothing more is coming: a root whose end nobody explained has ended all the same.
  void close();

  /// Called on a thread that was just started, with its id. Before that, and where the counter of pids is another's, /proc is looked through.
  void checkPidCounter(pid_t newest) { newPids_.checkCounter(newest); }
  ProcessTable& table() { return table_; }
  uint64_t pageBytes() const { return pageBytes_; }
  /// Grows when somebody who shares memory comes, goes or changes: measurements of those who share are then out of date.
  uint64_t sharingChanges() const { return sharingChanges_; }
  /// Processes and events for which there was no room or no descriptor.
  uint64_t losses() const { return losses_; }

 private:
  enum class Reading { same, changed, gone };
  struct Zombie {
    pid_t pid;
    uint64_t startTicks;
  };

  void findNew(double nowMs);
  bool consider(pid_t pid, double nowMs);
  bool belongs(const ProcessStat& stat);
  bool follow(const ProcessStat& stat, ProcFile statFile, double nowMs);
  int32_t indexOf(pid_t pid);
  int32_t writeCame(pid_t pid, int32_t parent, double atMs, const char (&name)[16], std::string_view command);
  void writeExec(int32_t process, double atMs, const char (&name)[16], std::string_view command);
  Origin originOf(const Process& process, const Process* parent) const;
  bool mayWait(const Process& process, size_t position, double nowMs) const;
  Reading read(Process& process, double nowMs);
  Reading readStat(Process& process, double nowMs);
  /// The first thread may end before the others: then another one has to show the memory.
  bool findMemory(Process& process);
  void stopBorrowing(Process& process) const;
  void becomeProgram(Process& process, const ProcessStat& stat, double nowMs);
  void writeRow(Process& process, double nowMs);
  void leave(const Process& process, double nowMs);
  void lookAfter(const Zombie& zombie);
  void reapZombies(double nowMs);
  ExitFacts reap(const Process& process, const ProcessStat& stat) const;
  void write(const Event& event, std::string_view command);
  std::string_view readCommand(pid_t pid);

  const TreeOptions options_;
  BatchExchange& out_;
  const pid_t ownPid_;
  const uint64_t pageBytes_;
  const double tickMs_;
  ProcessTable table_;
  NewPids newPids_;
  std::vector<pid_t> candidates_;
  std::vector<char> command_;
  int32_t nextIndex_ = 0;
  uint64_t rootStartTicks_ = 0;
  uint64_t sharingChanges_ = 0;
  uint64_t updates_ = 0;
  /// Ended, and waited for by a parent who may die before that: then they are ours to reap.
  std::vector<Zombie> zombies_;
  double lastReapMs_ = 0;
  uint64_t losses_ = 0;
  /// Of a traced tree: those that are not in the table, because they have ended or because nobody has looked yet, until the tracer says how
  /// they ended.
  std::unordered_map<pid_t, Event> unseen_;
  std::optional<ExitFacts> rootFacts_;
  /// The root's end, until its facts are here.
  std::optional<Event> rootEnd_;
};

}  // namespace mm::profile
