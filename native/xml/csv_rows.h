#pragma once

#include <cstdint>
#include <span>

#include "column_table.h"
#include "text_out.h"
#include "value_writer.h"

namespace mm {

/// Records as rows of CSV (RFC 4180): a value goes to the cell its keys lead to, and a row is written where the object that it is for ends. Values of a
/// list stand in one cell with '|' between them, also empty ones, so that cells of the same list can be told apart entry by entry.
class CsvRows final : public ValueWriter {
 public:
  /// With which any record of everyday size gets its cells.
  static constexpr size_t kFewestBytes = size_t{64} << 10;

  /// scratch: where the cells of a row wait for its end.
  bool start(const ColumnTable& table, TextOut& out, Grant& memory, size_t scratchBytes);
  static size_t memoryBytes(const ColumnTable& table, size_t scratchBytes);

  void writeHeader();
  /// memory when the cells of a row have been too long together: what was written of the record is not all of it.
  Outcome endRecord();

  void beginObject() override;
  void key(std::span<const uint8_t> quoted) override;
  void endObject() override;
  void beginList() override;
  void endList() override;
  void text(std::span<const uint8_t> value) override;
  void integer(int64_t value) override;
  void flag(bool value) override;
  void nothing() override;

 private:
  /// What is in a cell: pieces one behind the other.
  struct Piece {
    uint32_t next;
    uint32_t offset;
    uint32_t length;
  };
  struct Cell {
    uint32_t first = kNone;
    uint32_t last = kNone;
  };
  /// An open object or list.
  struct Level {
    uint32_t node;
    /// Open lists inside of the innermost scope.
    uint32_t lists;
    /// What was used of the scratch when it began.
    uint32_t pieces;
    uint32_t bytes;
  };
  static constexpr size_t kMostLevels = 2048;

  void push();
  bool pop();
  void addPiece(uint32_t column, std::span<const uint8_t> text);
  void clearFrom(uint32_t scope);
  void writeRow();
  void writeCell(const Cell& cell);
  bool needsQuotes(const Cell& cell) const;

  const ColumnTable* table_ = nullptr;
  TextOut* out_ = nullptr;
  std::span<Cell> cells_;
  std::span<Level> levels_;
  std::span<Piece> pieces_;
  std::span<uint8_t> bytes_;
  uint32_t usedPieces_ = 0;
  uint32_t usedBytes_ = 0;
  size_t level_ = 0;
  /// Levels beyond kMostLevels.
  size_t tooDeep_ = 0;
  uint32_t node_ = 0;
  uint32_t lists_ = 0;
  uint64_t lackingBytes_ = 0;
};

}  // namespace mm
