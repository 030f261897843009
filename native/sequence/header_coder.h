#pragma once

#include <span>

#include "delta_columns.h"

namespace mm {

/// A header as steps from the one before it in the block: fields that stay, numbers that grow, and what is new. A field
/// is a run of at most 18 digits, or a run of other bytes that ends with the first of " |_=,;:./-" or tab in it.
class HeaderEncoder {
 public:
  /// False when the memory is too small.
  bool allocate(Grant& memory);
  static constexpr size_t kBytes = kMostHeaderTextBytes;

  void startBlock() { previousBytes_ = 0; }
  /// header: at most kMostHeaderTextBytes, without '>' and line end.
  void add(std::span<const uint8_t> header, ColumnWriters& columns);

 private:
  std::span<uint8_t> previous_;
  size_t previousBytes_ = 0;
};

class HeaderDecoder {
 public:
  void startBlock() { previous_ = {}; }
  /// Writes the header into the start of `out`. False when the columns hold none, or it is longer than `out`.
  bool next(ColumnReaders& columns, std::span<uint8_t> out, size_t& byteLength);

 private:
  /// Where the last header was written; it stays there until the block is done.
  std::span<const uint8_t> previous_;
};

}  // namespace mm
