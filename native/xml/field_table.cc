#include "field_table.h"

#include <algorithm>

#include "captures.h"
#include "copied_rows.h"

namespace mm {

namespace {

/// Of all shapes.
constexpr uint32_t kMostSlots = 1 << 16;
constexpr size_t kRowsAlignment = alignof(uint32_t);

bool isNoneOr(uint32_t value, size_t size) {
  return value == kNone || value < size;
}

}  // namespace

size_t FieldTable::memoryBytes(const CompiledTable& compiled) {
  size_t bytes = compiled.text.size();
  for (const auto& rows : {compiled.strings, compiled.nodes, compiled.actions, compiled.edges, compiled.attributes,
                           compiled.fields, compiled.shapes, compiled.choices, compiled.roots}) {
    bytes += rows.size_bytes() + kRowsAlignment;
  }
  // Of the last shape: where its slots begin, how many it has.
  if (compiled.shapes.size() > 1) {
    bytes += std::min<uint64_t>(uint64_t{compiled.shapes.end()[-2]} + compiled.shapes.back(), kMostSlots);
  }
  return bytes + NameIndex::memoryBytes(compiled.edges.size_bytes() / sizeof(TableEdge)) +
         NameIndex::memoryBytes(compiled.attributes.size_bytes() / sizeof(TableAttribute));
}

bool FieldTable::start(const CompiledTable& compiled, Grant& memory) {
  *this = {};
  const bool isSound = copyRows(compiled.text, text_, memory) && copyRows(compiled.strings, strings_, memory) &&
                       copyRows(compiled.nodes, nodes_, memory) && copyRows(compiled.actions, actions_, memory) &&
                       copyRows(compiled.edges, edges_, memory) && copyRows(compiled.attributes, attributes_, memory) &&
                       copyRows(compiled.fields, fields_, memory) && copyRows(compiled.shapes, shapes_, memory) &&
                       copyRows(compiled.choices, choices_, memory) && copyRows(compiled.roots, roots_, memory) &&
                       isConsistent() && markSlots(memory) && index(memory);
  if (isSound) measure();
  return isSound;
}

const TableField* FieldTable::field(uint32_t shape, std::span<const uint8_t> key) const {
  for (const TableField& field : fields(shape)) {
    const std::span<const uint8_t> quoted = quotedKey(field);
    if (std::ranges::equal(quoted.subspan(1, quoted.size() - 3), key)) return &field;
  }
  return nullptr;
}

std::span<const TableAttribute> FieldTable::attribute(uint32_t node, std::span<const uint8_t> name) const {
  const uint32_t first = attributeIndex_.find(node, name);
  if (first == kNone) return {};
  const size_t end = nodes_[node].firstAttribute + nodes_[node].attributes;
  size_t count = 1;
  while (first + count < end && attributes_[first + count].name == attributes_[first].name) ++count;
  return attributes_.subspan(first, count);
}

void FieldTable::measure() {
  for (const TableNode& node : nodes_) {
    uint64_t words = 0;
    uint64_t names = 0;
    for (const TableAction& action : actions(node)) {
      words += action.flags & kOpens ? Captures::kObjectWords + slots(action.argument) : Captures::kValueWords;
      names += (action.flags & kName) != 0;
    }
    most_.words = std::max(most_.words, words);
    most_.names = std::max(most_.names, names);
    most_.ofAttribute = std::max<uint64_t>(most_.ofAttribute, node.attributes);
  }
  for (const TableRoot& root : roots_) most_.rootSlots = std::max<uint64_t>(most_.rootSlots, slots(root.shape));
}

uint64_t FieldTable::mostCaptureBytes(uint64_t elements, uint64_t attributes, uint64_t bytes) const {
  const uint64_t words = Captures::kObjectWords + most_.rootSlots + elements * most_.words +
                         attributes * most_.ofAttribute * Captures::kValueWords;
  // A text between whose pieces others were captured has moved: it has twice its length, and left halves of that behind.
  return words * sizeof(uint32_t) + (4 + most_.names) * bytes;
}

bool FieldTable::isConsistent() const {
  if (!areStrings(strings_, text_.size())) return false;
  const size_t strings = strings_.size() / 2;
  uint64_t slots = 0;
  for (const TableShape& shape : shapes_) {
    if (!isWithin(shape.firstField, shape.fields, fields_.size()) || shape.firstSlot != slots) return false;
    slots += shape.slots;
    if (slots > kMostSlots) return false;
  }
  for (const TableShape& shape : shapes_) {
    for (const TableField& field : fields_.subspan(shape.firstField, shape.fields)) {
      if (field.key >= strings || !isConsistent(shape, field)) return false;
    }
  }
  for (const TableRoot& root : roots_) {
    if (root.name >= strings || root.node >= nodes_.size() || root.shape >= shapes_.size()) return false;
  }
  for (const TableEdge& edge : edges_) {
    if (edge.name >= strings || edge.node >= nodes_.size()) return false;
  }
  for (const TableAttribute& attribute : attributes_) {
    if (attribute.name >= strings) return false;
  }
  return std::ranges::all_of(nodes_, [this](const TableNode& node) { return isConsistent(node); });
}

/// Slots of actions and attributes are those of the object that is open when they come: the mapper checks them.
bool FieldTable::isConsistent(const TableNode& node) const {
  if (!isWithin(node.firstAction, node.actions, actions_.size()) ||
      !isWithin(node.firstEdge, node.edges, edges_.size()) ||
      !isWithin(node.firstAttribute, node.attributes, attributes_.size())) {
    return false;
  }
  bool allAreOpen = false;
  for (const TableAction& action : actions(node)) {
    const bool opens = (action.flags & kOpens) != 0;
    if (opens && (allAreOpen || action.argument >= shapes_.size())) return false;
    if (action.flags & kName && action.argument >= strings_.size() / 2) return false;
    allAreOpen = allAreOpen || !opens;
  }
  return true;
}

bool FieldTable::isConsistent(const TableShape& shape, const TableField& field) const {
  const std::span<const uint8_t> key = quotedKey(field);
  if (key.size() < 3 || key[0] != '"' || key[key.size() - 2] != '"' || key.back() != ':') return false;
  if (!isNoneOr(field.slot, shape.slots) || !isNoneOr(field.shape, shapes_.size())) return false;
  switch (field.kind) {
    case FieldKind::object:
    case FieldKind::objects:
      return field.shape != kNone;
    case FieldKind::constant:
      return field.argument < strings_.size() / 2;
    case FieldKind::chosen:
      return isWithin(field.argument, field.choices, choices_.size()) &&
             std::ranges::all_of(choices(field),
                                 [&](const TableChoice& choice) { return isConsistent(shape, choice); });
    default:
      return field.kind <= FieldKind::joined;
  }
}

bool FieldTable::isConsistent(const TableShape& shape, const TableChoice& choice) const {
  if (!isNoneOr(choice.slot, shape.slots) || choice.shape >= shapes_.size()) return false;
  const TableShape& variant = shapes_[choice.shape];
  return isNoneOr(choice.field, variant.fields) && isNoneOr(choice.isDefault, variant.slots) &&
         isNoneOr(choice.territory, variant.slots) && isNoneOr(choice.territories, variant.slots);
}

/// False when a slot is said to be for both, or for something that is not read.
bool FieldTable::markSlots(Grant& memory) {
  const size_t count = shapes_.empty() ? 0 : size_t{shapes_.back().firstSlot} + shapes_.back().slots;
  holdsObjects_ = memory.take<uint8_t>(count);
  if (holdsObjects_.size() < count) return false;
  std::ranges::fill(holdsObjects_, 0);
  const auto isOfObjects = [](const TableField& field) {
    return field.kind == FieldKind::object || field.kind == FieldKind::objects;
  };
  for (const TableShape& shape : shapes_) {
    const auto own = holdsObjects_.subspan(shape.firstSlot, shape.slots);
    const auto fields = fields_.subspan(shape.firstField, shape.fields);
    for (const TableField& field : fields) {
      if (isOfObjects(field) && field.slot != kNone) own[field.slot] = 1;
    }
    for (const TableField& field : fields) {
      const bool isOfValues = field.kind < FieldKind::constant;
      if (isOfValues && field.slot != kNone && own[field.slot] != 0) return false;
      if (field.kind != FieldKind::chosen) continue;
      for (const TableChoice& choice : choices(field)) {
        if (choice.slot != kNone && own[choice.slot] == 0) return false;
      }
    }
  }
  for (const TableChoice& choice : choices_) {
    if (choice.shape >= shapes_.size()) continue;
    for (const uint32_t slot : {choice.isDefault, choice.territory, choice.territories}) {
      if (slot < slots(choice.shape) && holdsObjects(choice.shape, slot)) return false;
    }
  }
  return true;
}

bool FieldTable::index(Grant& memory) {
  if (!edgeIndex_.start(edges_.size(), memory) || !attributeIndex_.start(attributes_.size(), memory)) return false;
  size_t attributes = 0;
  size_t edges = 0;
  for (uint32_t number = 0; number < nodes_.size(); ++number) {
    const TableNode& node = nodes_[number];
    attributes += node.attributes;
    edges += node.edges;
    // Rows of two nodes would be more than the index has room for.
    if (attributes > attributes_.size() || edges > edges_.size()) return false;
    for (uint32_t at = node.firstEdge; at < node.firstEdge + node.edges; ++at) {
      if (!edgeIndex_.add(number, string(edges_[at].name), at)) return false;
    }
    for (uint32_t at = node.firstAttribute; at < node.firstAttribute + node.attributes; ++at) {
      const bool isFirst = at == node.firstAttribute || attributes_[at].name != attributes_[at - 1].name;
      if (isFirst && !attributeIndex_.add(number, string(attributes_[at].name), at)) return false;
    }
  }
  return true;
}

}  // namespace mm
