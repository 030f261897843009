#include "process_table.h"

namespace mm::profile {

ProcessTable::ProcessTable() {
  // References into the table stay good: it never grows beyond this.
  processes_.reserve(kCapacity);
}

Process* ProcessTable::find(pid_t pid) {
  const auto found = positions_.find(pid);
  return found == positions_.end() ? nullptr : &processes_[found->second];
}

Process* ProcessTable::add(pid_t pid) {
  if (processes_.size() == kCapacity) return nullptr;
  positions_[pid] = processes_.size();
  Process& process = processes_.emplace_back();
  process.pid = pid;
  return &process;
}

void ProcessTable::remove(pid_t pid) {
  const auto found = positions_.find(pid);
  if (found == positions_.end()) return;
  const size_t position = found->second;
  positions_.erase(found);
  if (position + 1 != processes_.size()) {
    processes_[position] = std::move(processes_.back());
    positions_[processes_[position].pid] = position;
  }
  processes_.pop_back();
}

}  // namespace mm::profile
