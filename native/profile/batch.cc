#include "batch.h"

namespace mm::profile {
namespace {

/// Room for 10 s of ticks of 50 ms with a few hundred processes that all change, or for half a second with 4096.
constexpr size_t kTableRows[kTableCount] = {1024, 40 * 1024, 8 * 1024};
constexpr size_t kEvents = 16 * 1024;
constexpr size_t kTextBytes = 2 * 1024 * 1024;

}  // namespace

Batch::Batch() {
  for (size_t table = 0; table < kTableCount; ++table) rows_[table].reserve(kTableRows[table] * kTableColumns[table]);
  events_.reserve(kEvents);
  text_.reserve(kTextBytes);
}

bool Batch::addRow(TableId table, std::span<const double> row) {
  std::vector<double>& rows = rows_[static_cast<size_t>(table)];
  if (rows.size() + row.size() > rows.capacity()) return false;
  rows.insert(rows.end(), row.begin(), row.end());
  return true;
}

bool Batch::addEvent(Event event, std::string_view command) {
  if (events_.size() == events_.capacity() || text_.size() + command.size() > text_.capacity()) return false;
  event.textAt = static_cast<uint32_t>(text_.size());
  event.textBytes = static_cast<uint32_t>(command.size());
  text_.insert(text_.end(), command.begin(), command.end());
  events_.push_back(event);
  return true;
}

void Batch::clear() {
  for (auto& rows : rows_) rows.clear();
  events_.clear();
  text_.clear();
}

bool BatchExchange::addRow(TableId table, std::span<const double> row) {
  const std::lock_guard lock(mutex_);
  return batches_[writing_].addRow(table, row);
}

bool BatchExchange::addEvent(const Event& event, std::string_view command) {
  const std::lock_guard lock(mutex_);
  return batches_[writing_].addEvent(event, command);
}

const Batch& BatchExchange::drain() {
  const std::lock_guard lock(mutex_);
  const Batch& full = batches_[writing_];
  writing_ = 1 - writing_;
  batches_[writing_].clear();
  return full;
}

}  // namespace mm::profile
