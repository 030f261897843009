#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"
#include "field_table.h"
#include "name_index.h"

namespace mm {

/// What src/ddex/compile-columns.ts makes, as it came.
struct CompiledColumns {
  std::span<const uint8_t> text;
  std::span<const uint32_t> strings, nodes, edges, columns;
};

/// What a key of a record leads to.
struct ColumnNode {
  uint32_t firstEdge;
  uint32_t edges;
  /// Of a value there, or kNone.
  uint32_t column;
  /// Of an object there: the cells of this scope and of those inside of it are its own. kNone when it begins none.
  uint32_t begins;
  /// 1 when an object there is a row.
  uint32_t isRow;
  /// The last cell of such a row, or kNone.
  uint32_t as;
};

struct Column {
  uint32_t header;
  uint32_t scope;
};

/// The columns of a table of CSV, and where records have them. Checked: every number in it leads to something that is there.
class ColumnTable {
 public:
  static size_t memoryBytes(const CompiledColumns& compiled);
  /// Copies it. False when the memory is too small or the table contradicts itself.
  bool start(const CompiledColumns& compiled, Grant& memory);

  std::span<const Column> columns() const { return columns_; }
  std::span<const uint8_t> string(uint32_t number) const {
    return text_.subspan(strings_[2 * number], strings_[2 * number + 1]);
  }
  /// 0 is the record's own.
  const ColumnNode& node(uint32_t node) const { return nodes_[node]; }
  /// key: as JSON with its colon. kNone where no column is inside.
  uint32_t child(uint32_t node, std::span<const uint8_t> key) const {
    const uint32_t edge = index_.find(node, key);
    return edge == kNone ? kNone : edges_[2 * edge + 1];
  }

 private:
  bool isConsistent() const;
  bool index(Grant& memory);

  std::span<const uint8_t> text_;
  std::span<const uint32_t> strings_;
  std::span<const ColumnNode> nodes_;
  std::span<const uint32_t> edges_;
  std::span<const Column> columns_;
  NameIndex index_;
};

}  // namespace mm
