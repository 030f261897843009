#include "column_table.h"

#include "copied_rows.h"

namespace mm {

size_t ColumnTable::memoryBytes(const CompiledColumns& compiled) {
  size_t bytes = compiled.text.size();
  for (const auto& rows : {compiled.strings, compiled.nodes, compiled.edges, compiled.columns}) {
    bytes += rows.size_bytes() + alignof(uint32_t);
  }
  return bytes + NameIndex::memoryBytes(compiled.edges.size() / 2);
}

bool ColumnTable::start(const CompiledColumns& compiled, Grant& memory) {
  *this = {};
  return copyRows(compiled.text, text_, memory) && copyRows(compiled.strings, strings_, memory) &&
         copyRows(compiled.nodes, nodes_, memory) && copyRows(compiled.edges, edges_, memory) &&
         copyRows(compiled.columns, columns_, memory) && isConsistent() && index(memory);
}

bool ColumnTable::isConsistent() const {
  if (nodes_.empty() || edges_.size() % 2 != 0 || !areStrings(strings_, text_.size())) return false;
  const size_t strings = strings_.size() / 2;
  for (const ColumnNode& node : nodes_) {
    if (!isWithin(node.firstEdge, node.edges, edges_.size() / 2)) return false;
    if (node.column != kNone && node.column >= columns_.size()) return false;
    if (node.as != kNone && node.as >= strings) return false;
  }
  for (size_t at = 0; at < edges_.size(); at += 2) {
    if (edges_[at] >= strings || edges_[at + 1] >= nodes_.size()) return false;
  }
  for (const Column& column : columns_) {
    if (column.header >= strings) return false;
  }
  return true;
}

bool ColumnTable::index(Grant& memory) {
  if (!index_.start(edges_.size() / 2, memory)) return false;
  size_t edges = 0;
  for (uint32_t number = 0; number < nodes_.size(); ++number) {
    const ColumnNode& node = nodes_[number];
    edges += node.edges;
    // Edges of two nodes would be more than the index has room for.
    if (edges > edges_.size() / 2) return false;
    for (uint32_t at = node.firstEdge; at < node.firstEdge + node.edges; ++at) {
      if (!index_.add(number, string(edges_[2 * at]), at)) return false;
    }
  }
  return true;
}

}  // namespace mm
