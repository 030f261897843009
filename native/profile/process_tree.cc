#include "process_tree.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "estimate.h"

namespace mm::profile {
namespace {

/// A process whose memory does not change is asked for its processor time so often.
constexpr double kStatMs = 250;
/// One whose memory changes, no more often than this.
constexpr double kChangedStatMs = 100;
/// A process that has not changed for so long is looked at less often, where there are many.
constexpr double kQuietMs = 1000;
constexpr size_t kFew = 32;
constexpr size_t kMostSkipped = 8;
/// It has a row all the same.
constexpr double kRowMs = 1000;
/// Zombies are looked after so often.
constexpr double kReapMs = 1000;
/// Of a command line, so much is kept.
constexpr size_t kCommandBytes = 4096;

bool hasEnded(const ProcessStat& stat) {
  return (stat.state == 'Z' || stat.state == 'X') && stat.threads <= 1;
}

ExitFacts factsOf(int status) {
  if (WIFEXITED(status)) return {WEXITSTATUS(status), 0};
  return WIFSIGNALED(status) ? ExitFacts{-1, WTERMSIG(status)} : ExitFacts{};
}

}  // namespace

ProcessTree::ProcessTree(const TreeOptions& options, BatchExchange& out)
    : options_(options),
      out_(out),
      ownPid_(getpid()),
      pageBytes_(static_cast<uint64_t>(sysconf(_SC_PAGESIZE))),
      tickMs_(1000.0 / static_cast<double>(sysconf(_SC_CLK_TCK))),
      command_(kCommandBytes) {}

void ProcessTree::update(double nowMs, bool isThorough) {
  findNew(nowMs);
  ++updates_;
  for (size_t position = 0; position < table_.size();) {
    Process& process = table_[position];
    if (!isThorough && mayWait(process, position, nowMs)) {
      ++position;
      continue;
    }
    const Reading reading = read(process, nowMs);
    if (reading == Reading::gone) {
      leave(process, nowMs);
      continue;
    }
    if (reading == Reading::changed) process.lastChangeMs = nowMs;
    if (reading == Reading::changed || nowMs - process.lastRowMs >= kRowMs) writeRow(process, nowMs);
    ++position;
  }
  reapZombies(nowMs);
}

/// So that many idle processes cost little: each has its turn after a few ticks.
bool ProcessTree::mayWait(const Process& process, size_t position, double nowMs) const {
  const size_t turns = std::min(table_.size() / kFew + 1, kMostSkipped);
  return nowMs - process.lastChangeMs > kQuietMs && (updates_ + position) % turns != 0;
}

void ProcessTree::findNew(double nowMs) {
  if (nextIndex_ == 0 && !consider(options_.root, nowMs)) {
    // It ended before anybody could look.
    const int32_t index = writeCame(options_.root, -1, nowMs, {}, {});
    rootEnd_ = Event{EventKind::exit, index, -1, options_.root, nowMs, -1, 0, 0, {}, 0, 0};
  }
  const bool isUnordered = newPids_.collect(nowMs, candidates_);
  bool hasFound;
  do {
    hasFound = false;
    for (const pid_t pid : candidates_) hasFound = consider(pid, nowMs) || hasFound;
    // A parent may come behind its child there.
  } while (hasFound && isUnordered);
}

bool ProcessTree::consider(pid_t pid, double nowMs) {
  if (pid == ownPid_ || table_.find(pid) != nullptr) return false;
  ProcFile file;
  ProcessStat stat;
  char text[1024];
  if (!file.open(ProcPath(pid, "stat").text)) {
    if (errno == EMFILE || errno == ENFILE) ++losses_;
    return false;
  }
  if (!parseStat(file.read(text), stat)) return false;
  if (pid != options_.root && !belongs(stat)) return false;
  if (hasEnded(stat)) {
    // It came and went unseen.
    if (pid != options_.root) lookAfter({pid, stat.startTicks});
    return false;
  }
  // /proc answers for a thread as if it were a process.
  ProcessStatus status;
  char lines[4096];
  if (!parseStatus(readProcFile(ProcPath(pid, "status").text, lines), status) || status.threadGroup != pid)
    return false;
  return follow(stat, std::move(file), nowMs);
}

bool ProcessTree::belongs(const ProcessStat& stat) {
  if (table_.find(stat.parent) != nullptr) return true;
  // An older one is what an earlier target left behind.
  if (options_.adoptsOrphans && stat.parent == ownPid_) return stat.startTicks >= rootStartTicks_;
  if (!options_.followsSessions) return false;
  const Process* leader = table_.find(stat.session);
  return leader != nullptr && leader->session == leader->pid;
}

bool ProcessTree::follow(const ProcessStat& stat, ProcFile statFile, double nowMs) {
  ProcFile statmFile;
  if (!statmFile.open(ProcPath(stat.pid, "statm").text)) {
    if (errno == EMFILE || errno == ENFILE) ++losses_;
    return false;
  }
  const Process* parent = table_.find(stat.parent);
  const int32_t parentIndex = parent == nullptr ? -1 : parent->index;
  Process* process = table_.add(stat.pid);
  if (process == nullptr) {
    ++losses_;
    return false;
  }
  const auto announced = unseen_.find(stat.pid);
  process->index = announced == unseen_.end() ? -1 : announced->second.process;
  process->parent = parentIndex;
  process->parentPid = stat.parent;
  process->session = stat.session;
  process->memoryThread = stat.pid;
  process->startTicks = stat.startTicks;
  if (stat.pid == options_.root) rootStartTicks_ = stat.startTicks;
  process->image = stat.image;
  std::memcpy(process->name, stat.name, sizeof(stat.name));
  process->statFile = std::move(statFile);
  process->statmFile = std::move(statmFile);
  process->lastChangeMs = nowMs;
  process->lastRowMs = -kRowMs;
  process->lastStatMs = -kStatMs;
  process->origin = originOf(*process, table_.find(stat.parent));
  if (Process* from = table_.find(stat.parent)) from->hasForked = true;
  if (process->origin == Origin::copy) ++sharingChanges_;
  if (process->index < 0) process->index = writeCame(stat.pid, parentIndex, nowMs, stat.name, readCommand(stat.pid));
  if (announced != unseen_.end()) unseen_.erase(announced);
  return true;
}

int32_t ProcessTree::writeCame(pid_t pid, int32_t parent, double atMs, const char (&name)[16],
                               std::string_view command) {
  Event event{EventKind::process, nextIndex_++, parent, pid, atMs, -1, 0, 0, {}, 0, 0};
  std::memcpy(event.name, name, sizeof(name));
  write(event, command);
  return event.process;
}

void ProcessTree::writeExec(int32_t process, double atMs, const char (&name)[16], std::string_view command) {
  Event event{EventKind::exec, process, -1, 0, atMs, -1, 0, 0, {}, 0, 0};
  std::memcpy(event.name, name, sizeof(name));
  write(event, command);
}

int32_t ProcessTree::indexOf(pid_t pid) {
  if (const Process* process = table_.find(pid)) return process->index;
  const auto unseen = unseen_.find(pid);
  return unseen == unseen_.end() ? -1 : unseen->second.process;
}

void ProcessTree::apply(const TraceEvent& event, double atMs) {
  const std::string_view command(event.command, event.commandBytes);
  const int32_t index = indexOf(event.pid);
  if (event.kind == TraceEvent::Kind::came && index < 0) {
    const int32_t came = writeCame(event.pid, indexOf(event.parent), atMs, event.name, command);
    unseen_[event.pid] = {EventKind::exit, came, -1, event.pid, atMs, -1, 0, 0, {}, 0, 0};
  }
  if (event.kind == TraceEvent::Kind::executed && index >= 0) writeExec(index, atMs, event.name, command);
  if (event.kind != TraceEvent::Kind::ended || index < 0) return;
  // What update() finds of it later is gone.
  if (Process* process = table_.find(event.pid)) leave(*process, atMs);
  Event end = unseen_[event.pid];
  unseen_.erase(event.pid);
  end.atMs = atMs;
  end.code = event.code;
  end.signal = event.signal;
  end.highWaterBytes = std::max(end.highWaterBytes, event.highWaterBytes);
  write(end, {});
}

Origin ProcessTree::originOf(const Process& process, const Process* parent) const {
  if (parent == nullptr || process.image == 0 || process.image != parent->image) return Origin::program;
  const SameMemory same = compareMemory(process.pid, parent->pid);
  if (same != SameMemory::unknown) return same == SameMemory::yes ? Origin::borrowed : Origin::copy;
  // A fork does not copy the entries of mapped files, so that its sizes are seldom those of its parent.
  char text[256];
  Statm own;
  Statm its;
  if (!parseStatm(process.statmFile.read(text), own) || !parseStatm(parent->statmFile.read(text), its))
    return Origin::copy;
  return own == its ? Origin::borrowed : Origin::copy;
}

ProcessTree::Reading ProcessTree::read(Process& process, double nowMs) {
  char text[256];
  Statm statm;
  const bool isThere = parseStatm(process.statmFile.read(text), statm) && statm.size > 0;
  if (!isThere) {
    if (readStat(process, nowMs) == Reading::gone) return Reading::gone;
    // Else it is on its way out: its memory is gone, its end can be seen at the next tick.
    if (!findMemory(process) || !parseStatm(process.statmFile.read(text), statm)) statm = {};
  }
  const bool isFirst = process.sightings == 0;
  const bool isSame = !isFirst && statm == process.statm;
  if (process.origin == Origin::borrowed) stopBorrowing(process);
  if (!isSame && isSharing(process)) ++sharingChanges_;
  Reading reading = isSame ? Reading::same : Reading::changed;
  // Another program always has another size.
  const bool mayBeOther = statm.size != process.statm.size || process.origin != Origin::program;
  const double statMs = isSame ? kStatMs : mayBeOther ? 0 : kChangedStatMs;
  if (nowMs - process.lastStatMs >= statMs) {
    const Reading stat = readStat(process, nowMs);
    if (stat == Reading::gone) return stat;
    if (stat == Reading::changed) reading = stat;
  }
  process.statm = statm;
  if (isFirst) process.firstAnonPages = statm.resident - std::min(statm.resident, statm.shared);
  ++process.sightings;
  if (process.hasOwnHighWater()) process.highWaterBytes = std::max(process.highWaterBytes, statm.resident * pageBytes_);
  return reading;
}

void ProcessTree::stopBorrowing(Process& process) const {
  const SameMemory same = compareMemory(process.pid, process.parentPid);
  if (same == SameMemory::no) process.origin = Origin::program;
  // Where nobody says: what has not become another program by the third look is taken for a copy.
  if (same == SameMemory::unknown && process.sightings >= 2) process.origin = Origin::copy;
}

ProcessTree::Reading ProcessTree::readStat(Process& process, double nowMs) {
  char text[1024];
  ProcessStat stat;
  if (!parseStat(process.statFile.read(text), stat) || hasEnded(stat)) return Reading::gone;
  process.lastStatMs = nowMs;
  process.parentPid = stat.parent;
  process.session = stat.session;
  const bool isProgram = stat.image != 0 ? stat.image != process.image : std::strcmp(stat.name, process.name) != 0;
  // Of a first thread that has ended nothing is shown.
  if (isProgram && stat.state != 'Z') becomeProgram(process, stat, nowMs);
  const bool hasFaulted = stat.minorFaults != process.minorFaults || stat.majorFaults != process.majorFaults;
  const bool isSame = stat.cpuTicks == process.cpuTicks && !hasFaulted;
  if (hasFaulted && isSharing(process)) ++sharingChanges_;
  process.cpuTicks = stat.cpuTicks;
  process.minorFaults = stat.minorFaults;
  process.majorFaults = stat.majorFaults;
  return isSame ? Reading::same : Reading::changed;
}

bool ProcessTree::findMemory(Process& process) {
  DIR* threads = opendir(ProcPath(process.pid, "task").text);
  if (threads == nullptr) return false;
  bool isFound = false;
  while (const dirent* entry = readdir(threads)) {
    pid_t thread = 0;
    std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), thread);
    Statm statm;
    char text[256];
    ProcFile file;
    if (thread <= 0 || !file.open(ProcPath(thread, "statm").text)) continue;
    if (!parseStatm(file.read(text), statm) || statm.size == 0) continue;
    process.memoryThread = thread;
    process.statmFile = std::move(file);
    isFound = true;
    break;
  }
  closedir(threads);
  return isFound;
}

void ProcessTree::becomeProgram(Process& process, const ProcessStat& stat, double nowMs) {
  if (process.origin == Origin::copy || isSharing(process)) ++sharingChanges_;
  process.image = stat.image;
  std::memcpy(process.name, stat.name, sizeof(stat.name));
  process.origin = Origin::program;
  process.isMeasured = false;
  process.rollup = {};
  process.highWaterBytes = 0;
  process.memoryThread = process.pid;
  if (!options_.isTraced) writeExec(process.index, nowMs, stat.name, readCommand(process.pid));
}

void ProcessTree::writeRow(Process& process, double nowMs) {
  process.lastRowMs = nowMs;
  const double row[] = {nowMs,
                        static_cast<double>(process.index),
                        static_cast<double>(process.statm.resident * pageBytes_),
                        static_cast<double>(process.statm.shared * pageBytes_),
                        static_cast<double>(process.cpuTicks) * tickMs_,
                        static_cast<double>(process.minorFaults),
                        static_cast<double>(process.majorFaults)};
  if (!out_.addRow(TableId::resident, row)) ++losses_;
}

void ProcessTree::leave(const Process& process, double nowMs) {
  char text[1024];
  ProcessStat stat;
  ExitFacts facts;
  if (!options_.isTraced && parseStat(process.statFile.read(text), stat)) facts = reap(process, stat);
  const Event event{EventKind::exit,
                    process.index,
                    process.parent,
                    process.pid,
                    nowMs,
                    facts.code,
                    facts.signal,
                    process.highWaterBytes,
                    {},
                    0,
                    0};
  const bool isRoot = process.pid == options_.root;
  if (process.origin == Origin::copy || isSharing(process)) ++sharingChanges_;
  // Reaped or not: what is left of it is seen to later.
  if (!isRoot) lookAfter({process.pid, process.startTicks});
  table_.remove(process.pid);
  if (options_.isTraced) {
    unseen_[event.pid] = event;
    return;
  }
  if (!isRoot || facts.code >= 0 || facts.signal != 0) return write(event, {});
  rootEnd_ = event;
  if (rootFacts_) rootEnded(*rootFacts_);
}

/// Of a process that nobody has waited for yet.
ExitFacts ProcessTree::reap(const Process& process, const ProcessStat& stat) const {
  if (process.pid != options_.root && options_.adoptsOrphans && stat.parent == ownPid_) {
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(process.pid), &ended, WEXITED | WNOHANG) != 0 || ended.si_pid == 0) return {};
    return ended.si_code == CLD_EXITED ? ExitFacts{ended.si_status, 0} : ExitFacts{-1, ended.si_status};
  }
  // The kernel shows 0 to those who may not look into the process: of strangers nothing is believed but what is not 0.
  return stat.exitStatus != 0 || process.image != 0 ? factsOf(stat.exitStatus) : ExitFacts{};
}

void ProcessTree::lookAfter(const Zombie& zombie) {
  if (!options_.adoptsOrphans || options_.isTraced) return;
  const auto isKnown = [&](const Zombie& known) { return known.pid == zombie.pid; };
  if (std::none_of(zombies_.begin(), zombies_.end(), isKnown)) zombies_.push_back(zombie);
}

void ProcessTree::reapZombies(double nowMs) {
  if (nowMs - lastReapMs_ < kReapMs) return;
  lastReapMs_ = nowMs;
  std::erase_if(zombies_, [this](const Zombie& zombie) {
    char text[1024];
    ProcessStat stat;
    if (!parseStat(readProcFile(ProcPath(zombie.pid, "stat").text, text), stat)) return true;
    if (stat.startTicks != zombie.startTicks || !hasEnded(stat)) return true;
    if (stat.parent != ownPid_) return false;
    siginfo_t ended;
    waitid(P_PID, static_cast<id_t>(zombie.pid), &ended, WEXITED | WNOHANG);
    return true;
  });
}

void ProcessTree::rootEnded(ExitFacts facts) {
  rootFacts_ = facts;
  if (!rootEnd_) return;
  rootEnd_->code = facts.code;
  rootEnd_->signal = facts.signal;
  close();
}

void ProcessTree::close() {
  if (rootEnd_) write(*rootEnd_, {});
  rootEnd_.reset();
  for (const auto& [pid, end] : unseen_) write(end, {});
  unseen_.clear();
}

void ProcessTree::write(const Event& event, std::string_view command) {
  if (!out_.addEvent(event, command)) ++losses_;
}

std::string_view ProcessTree::readCommand(pid_t pid) {
  return readProcFile(ProcPath(pid, "cmdline").text, command_);
}

}  // namespace mm::profile
