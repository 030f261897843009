#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace mm::profile {

/// The tables that the sampler writes. Columns as in src/profile/capture/records.ts.
enum class TableId { tree, resident, measured };
inline constexpr size_t kTableCount = 3;
inline constexpr size_t kTableColumns[kTableCount] = {9, 7, 15};

enum class EventKind { process, exec, exit };

struct Event {
  EventKind kind;
  int32_t process;
  int32_t parent;
  pid_t pid;
  double atMs;
  /// -1: nobody could tell.
  int code;
  int signal;
  uint64_t highWaterBytes;
  char name[16];
  /// argv in the batch's text, each word ended by 0.
  uint32_t textAt;
  uint32_t textBytes;
};

/// What the sampler saw between two drains, in memory that is reserved once.
class Batch {
 public:
  Batch();

  /// False when the table is full.
  bool addRow(TableId table, std::span<const double> row);
  /// False when there is no more room. `command` is copied.
  bool addEvent(Event event, std::string_view command);
  void clear();

  const std::vector<double>& rows(TableId table) const { return rows_[static_cast<size_t>(table)]; }
  const std::vector<Event>& events() const { return events_; }
  std::string_view textOf(const Event& event) const { return {text_.data() + event.textAt, event.textBytes}; }

 private:
  std::vector<double> rows_[kTableCount];
  std::vector<Event> events_;
  std::vector<char> text_;
};

/// Two batches: one is written by the sampler's thread while the other is read.
class BatchExchange {
 public:
  bool addRow(TableId table, std::span<const double> row);
  bool addEvent(const Event& event, std::string_view command);
  /// What came since the last call; valid until the next, by one thread.
  const Batch& drain();

 private:
  std::mutex mutex_;
  Batch batches_[2];
  size_t writing_ = 0;
};

}  // namespace mm::profile
