#pragma once

// Field tables made by hand, and messages of plain elements as tapes.

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "../xml/field_table.h"
#include "../xml/tape.h"

namespace mm_test {

using Words = std::vector<uint32_t>;

inline std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// Collects what a node has, which a compiled table keeps in one stretch of rows each.
class TableBuilder {
 public:
  uint32_t string(std::string_view text) {
    strings_.push_back(static_cast<uint32_t>(text_.size()));
    strings_.push_back(static_cast<uint32_t>(text.size()));
    text_ += text;
    return static_cast<uint32_t>(strings_.size() / 2 - 1);
  }
  uint32_t node() {
    nodes_.emplace_back();
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  /// A new node, below that one.
  uint32_t child(uint32_t parent, std::string_view name) {
    const uint32_t number = node();
    leads(parent, name, number);
    return number;
  }
  void leads(uint32_t parent, std::string_view name, uint32_t to) { add(nodes_[parent].edges, {string(name), to}); }
  void act(uint32_t node, uint32_t flags, uint32_t up, uint32_t slot, uint32_t argument = mm::kNone) {
    add(nodes_[node].actions, {flags, up, slot, argument});
  }
  void attribute(uint32_t node, std::string_view name, uint32_t flags, uint32_t up, uint32_t slot) {
    add(nodes_[node].attributes, {string(name), flags, up, slot});
  }
  struct Field {
    std::string_view key;
    mm::FieldKind kind;
    uint32_t slot = mm::kNone;
    uint32_t shape = mm::kNone;
    uint32_t argument = mm::kNone;
    uint32_t choices = 0;
    uint32_t flags = 0;
  };
  uint32_t shape(uint32_t slots, const std::vector<Field>& fields) {
    add(shapes_, {static_cast<uint32_t>(fields_.size() / 7), static_cast<uint32_t>(fields.size()), slots_, slots});
    slots_ += slots;
    for (const Field& field : fields) {
      const uint32_t key = string('"' + std::string(field.key) + "\":");
      add(fields_, {key, static_cast<uint32_t>(field.kind), field.slot, field.shape, field.argument, field.choices, field.flags});
    }
    return static_cast<uint32_t>(shapes_.size() / 4 - 1);
  }
  uint32_t choice(const mm::TableChoice& choice) {
    add(choices_, {choice.slot, choice.field, choice.shape, choice.isDefault, choice.territory, choice.territories});
    return static_cast<uint32_t>(choices_.size() / 6 - 1);
  }
  void root(std::string_view name, uint32_t node, uint32_t shape) { add(roots_, {string(name), node, shape}); }

  /// Valid until the next call of anything.
  mm::CompiledTable compiled() {
    nodeRows_.clear(), actions_.clear(), edges_.clear(), attributes_.clear();
    for (const Node& node : nodes_) {
      append(nodeRows_, actions_, node.actions, 4);
      append(nodeRows_, edges_, node.edges, 2);
      append(nodeRows_, attributes_, node.attributes, 4);
    }
    return {bytesOf(text_), strings_, nodeRows_, actions_, edges_, attributes_, fields_, shapes_, choices_, roots_};
  }

 private:
  struct Node {
    Words actions, edges, attributes;
  };
  static void add(Words& rows, std::initializer_list<uint32_t> row) { rows.insert(rows.end(), row); }
  static void append(Words& nodes, Words& all, const Words& own, uint32_t width) {
    add(nodes, {static_cast<uint32_t>(all.size() / width), static_cast<uint32_t>(own.size() / width)});
    all.insert(all.end(), own.begin(), own.end());
  }

  std::string text_;
  std::vector<Node> nodes_;
  uint32_t slots_ = 0;
  Words strings_, nodeRows_, actions_, edges_, attributes_, fields_, shapes_, choices_, roots_;
};

/// A table that has been started, and the memory it lies in.
struct StartedTable {
  explicit StartedTable(const mm::CompiledTable& compiled) : memory(mm::FieldTable::memoryBytes(compiled)) {
    mm::Grant grant{memory};
    isStarted = table.start(compiled, grant);
  }
  std::vector<uint8_t> memory;
  mm::FieldTable table;
  bool isStarted = false;
};

}  // namespace mm_test
