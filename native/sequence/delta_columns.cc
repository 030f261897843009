#include "delta_columns.h"

#include <algorithm>

#include "column_coder.h"

namespace mm {

namespace {

/// What the widest entry can add to one column, and to all: edits are bounded by kMostDeltaBytes, masks and inserts by
/// kEntryBytes.
constexpr size_t kWidestColumn = size_t{256} << 10;
constexpr size_t kWidestEntry = size_t{1} << 20;

}  // namespace

bool ColumnWriters::allocate(Grant& memory) {
  for (ByteWriter& column : columns_) {
    const std::span<uint8_t> bytes = memory.take<uint8_t>(kColumnBytes);
    if (bytes.empty()) return false;
    column = ByteWriter(bytes);
  }
  return true;
}

bool ColumnWriters::hasRoom() const {
  size_t all = 0;
  for (const ByteWriter& column : columns_) {
    if (column.size() > kColumnBytes - kWidestColumn) return false;
    all += column.size();
  }
  return all <= kBlockColumnBytes - kWidestEntry;
}

bool ColumnWriters::ok() const {
  for (const ByteWriter& column : columns_) {
    if (!column.ok()) return false;
  }
  return true;
}

void ColumnWriters::clear() {
  for (ByteWriter& column : columns_) column.truncate(0);
}

bool ColumnReaders::read(ByteReader& in, size_t begin, size_t end, std::span<uint8_t> arena) {
  if (begin == 0) used_ = 0;
  const size_t scratchBytes = std::min(arena.size() / 2, kColumnBytes);
  for (size_t column = begin; column < end; ++column) {
    const std::span<uint8_t> rest = arena.first(arena.size() - scratchBytes).subspan(used_);
    size_t bytes = 0;
    if (!decodeColumn(in, arena.last(scratchBytes), rest.first(std::min(rest.size(), kColumnBytes)), bytes))
      return false;
    columns_[column] = ByteReader(rest.first(bytes));
    used_ += bytes;
  }
  return true;
}

bool ColumnReaders::atEnd() const {
  for (const ByteReader& column : columns_) {
    if (!column.atEnd()) return false;
  }
  return true;
}

}  // namespace mm
