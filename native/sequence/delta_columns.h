#pragma once

#include <array>

#include "../core/bytes.h"
#include "../core/job.h"
#include "delta_format.h"

namespace mm {

/// The columns of the block that is being filled.
class ColumnWriters {
 public:
  /// False when the memory is too small.
  bool allocate(Grant& memory);
  static constexpr size_t kBytes = kColumns * kColumnBytes;

  ByteWriter& operator[](Column column) { return columns_[static_cast<size_t>(column)]; }
  const ByteWriter& operator[](Column column) const { return columns_[static_cast<size_t>(column)]; }

  /// Whether one more entry of any kind fits.
  bool hasRoom() const;
  bool ok() const;
  void clear();

 private:
  std::array<ByteWriter, kColumns> columns_;
};

/// The columns of a block that is being restored.
class ColumnReaders {
 public:
  ByteReader& operator[](Column column) { return columns_[static_cast<size_t>(column)]; }

  /// Decodes the columns [begin, end), behind those before them in `arena`, whose last kColumnBytes are scratch. False
  /// when the bytes are none.
  bool read(ByteReader& in, size_t begin, size_t end, std::span<uint8_t> arena);
  /// Whether every column was read exactly to its end.
  bool atEnd() const;

 private:
  std::array<ByteReader, kColumns> columns_;
  size_t used_ = 0;
};

}  // namespace mm
