#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "zstd_bits.h"

namespace mm {

/// Of a table of finite state entropy decoding (RFC 8878, 4.1).
struct FseCell {
  uint16_t baseline;
  uint8_t bits;
  uint8_t symbol;
};

/// What any table is filled through.
struct FseRoom {
  std::span<FseCell> cells;
  uint8_t& log;
  /// Largest that may occur.
  uint8_t lastSymbol;
};

template <unsigned MaxLog>
struct FseTable {
  std::array<FseCell, size_t{1} << MaxLog> cells;
  uint8_t log;

  FseRoom room(uint8_t lastSymbol) { return {cells, log, lastSymbol}; }
};

/// Reads a table's description (4.1.1). Bytes of it, or nothing when it is none.
std::optional<size_t> readFseTable(std::span<const uint8_t> bytes, FseRoom room);
/// From probabilities that are known to be right; -1 is "less than 1".
void buildFseTable(std::span<const int16_t> probabilities, unsigned log, FseRoom room);
/// Of one symbol, which takes no bits. False when it may not occur.
bool repeatFseSymbol(uint8_t symbol, FseRoom room);

class FseState {
 public:
  template <unsigned MaxLog>
  FseState(const FseTable<MaxLog>& table, BackwardBits& bits) : cells_(table.cells.data()), at_(bits.read(table.log)) {}

  uint8_t symbol() const { return cells_[at_].symbol; }
  void advance(BackwardBits& bits) { at_ = cells_[at_].baseline + bits.read(cells_[at_].bits); }

 private:
  const FseCell* cells_;
  uint32_t at_;
};

/// A prefix code of literals (4.2.1).
struct HuffmanTable {
  static constexpr unsigned kMaxLog = 11;
  struct Cell {
    uint8_t symbol;
    uint8_t bits;
  };

  std::array<Cell, size_t{1} << kMaxLog> cells;
  /// 0: there is none yet.
  uint8_t log;
};

/// Reads a code's description. Bytes of it, or nothing when it is none.
std::optional<size_t> readHuffmanTable(std::span<const uint8_t> bytes, HuffmanTable& table);
/// Fills `target` from one stream (4.2.2). False when it does not hold just that.
bool decodeHuffman(const HuffmanTable& table, std::span<const uint8_t> stream, std::span<uint8_t> target);

}  // namespace mm
