#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "../core/job.h"
#include "name_index.h"

namespace mm {

/// Stands for a row or a slot that is none.
inline constexpr uint32_t kNone = UINT32_MAX;

/// In the order of src/ddex/compile-table.ts.
enum class FieldKind : uint32_t {
  text,
  texts,
  code,
  codes,
  element,
  flag,
  integer,
  milliseconds,
  isExplicit,
  constant,
  object,
  objects,
  chosen,
  joined,
};

struct TableNode {
  uint32_t firstAction;
  uint32_t actions;
  uint32_t firstEdge;
  uint32_t edges;
  uint32_t firstAttribute;
  uint32_t attributes;
};

/// Flags of actions and attributes.
inline constexpr uint32_t kList = 1;
inline constexpr uint32_t kOpens = 2;
inline constexpr uint32_t kCode = 4;
inline constexpr uint32_t kName = 8;
inline constexpr uint32_t kInTextsPlace = 16;

/// What is made of an element. Actions that open objects come first.
struct TableAction {
  uint32_t flags;
  /// How many open objects are inside the one whose slot it is.
  uint32_t up;
  uint32_t slot;
  /// kOpens: the object's shape. kName: the string.
  uint32_t argument;
};

struct TableEdge {
  uint32_t name;
  uint32_t node;
};

struct TableAttribute {
  uint32_t name;
  uint32_t flags;
  uint32_t up;
  uint32_t slot;
};

struct TableField {
  /// As JSON with its colon.
  uint32_t key;
  FieldKind kind;
  /// Of the owner's captures; of joined, the one it starts from. kNone where these versions have no such thing, and of chosen.
  uint32_t slot;
  /// Of object and objects; of joined where it has one.
  uint32_t shape;
  /// chosen: its first choice. constant: a string. joined: its place in JOINS (src/ddex/shape.ts).
  uint32_t argument;
  /// chosen: how many.
  uint32_t choices;
  uint32_t flags;

  static constexpr uint32_t kHidden = 1;
  static constexpr uint32_t kIfMany = 2;
  /// Of chosen: [] where nothing is there.
  static constexpr uint32_t kList = 4;
};

struct TableShape {
  uint32_t firstField;
  uint32_t fields;
  /// Slots of all shapes are counted through.
  uint32_t firstSlot;
  uint32_t slots;
};

/// The default of the variants of a slot, or what it has for a field.
struct TableChoice {
  uint32_t slot;
  /// Counted in the variants' shape; kNone for the variant itself.
  uint32_t field;
  uint32_t shape;
  /// Slots of the variants.
  uint32_t isDefault;
  uint32_t territory;
  uint32_t territories;
};

struct TableRoot {
  uint32_t name;
  uint32_t node;
  uint32_t shape;
};

/// What src/ddex/compile-table.ts makes, as it came.
struct CompiledTable {
  std::span<const uint8_t> text;
  std::span<const uint32_t> strings, nodes, actions, edges, attributes, fields, shapes, choices, roots;
};

/// A field table that is checked: every number in it leads to something that is there.
class FieldTable {
 public:
  static size_t memoryBytes(const CompiledTable& compiled);
  /// Copies it. False when the memory is too small or the table contradicts itself.
  bool start(const CompiledTable& compiled, Grant& memory);

  /// In the order of compileTable's composites.
  std::span<const TableRoot> roots() const { return roots_; }
  /// In the order they are written.
  std::span<const TableField> fields(uint32_t shape) const {
    return fields_.subspan(shapes_[shape].firstField, shapes_[shape].fields);
  }
  /// Also a hidden one; null when the shape has none of that key.
  const TableField* field(uint32_t shape, std::span<const uint8_t> key) const;
  /// "key":
  std::span<const uint8_t> quotedKey(const TableField& field) const { return string(field.key); }
  uint32_t slots(uint32_t shape) const { return shapes_[shape].slots; }
  /// Of a slot there is: whether objects are kept in it, or values.
  bool holdsObjects(uint32_t shape, uint32_t slot) const { return holdsObjects_[shapes_[shape].firstSlot + slot] != 0; }
  /// What a chosen field is chosen from: the first that is there.
  std::span<const TableChoice> choices(const TableField& chosen) const {
    return choices_.subspan(chosen.argument, chosen.choices);
  }
  std::span<const uint8_t> string(uint32_t number) const {
    return text_.subspan(strings_[2 * number], strings_[2 * number + 1]);
  }

  /// More than captures of a composite of so many elements, attributes and bytes ever take.
  uint64_t mostCaptureBytes(uint64_t elements, uint64_t attributes, uint64_t bytes) const;

  const TableNode& node(uint32_t node) const { return nodes_[node]; }
  std::span<const TableAction> actions(const TableNode& node) const {
    return actions_.subspan(node.firstAction, node.actions);
  }
  /// The node of a child; kNone when nothing of it is read.
  uint32_t child(uint32_t node, std::span<const uint8_t> name) const {
    const uint32_t edge = edgeIndex_.find(node, name);
    return edge == kNone ? kNone : edges_[edge].node;
  }
  /// All that is made of an attribute.
  std::span<const TableAttribute> attribute(uint32_t node, std::span<const uint8_t> name) const;

 private:
  bool isConsistent() const;
  bool isConsistent(const TableNode& node) const;
  bool isConsistent(const TableShape& shape, const TableField& field) const;
  bool isConsistent(const TableShape& shape, const TableChoice& choice) const;
  bool markSlots(Grant& memory);
  bool index(Grant& memory);
  void measure();

  std::span<const uint8_t> text_;
  std::span<const uint32_t> strings_;
  std::span<const TableNode> nodes_;
  std::span<const TableAction> actions_;
  std::span<const TableEdge> edges_;
  std::span<const TableAttribute> attributes_;
  std::span<const TableField> fields_;
  std::span<const TableShape> shapes_;
  std::span<const TableChoice> choices_;
  std::span<const TableRoot> roots_;
  std::span<uint8_t> holdsObjects_;
  /// What one element, its names, one attribute and a root come to at most.
  struct {
    uint64_t words = 0;
    uint64_t names = 0;
    uint64_t ofAttribute = 0;
    uint64_t rootSlots = 0;
  } most_;
  NameIndex edgeIndex_;
  /// The first of each name.
  NameIndex attributeIndex_;
};

}  // namespace mm
