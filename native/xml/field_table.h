#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "../core/job.h"

namespace mm {

inline constexpr uint32_t kNone = UINT32_MAX;

enum class FieldKind : uint32_t { text, texts, code, codes, flag, integer, milliseconds, object, objects, chosen, joined };

/// One field of a shape. What `slot` and `argument` are depends on the kind.
struct CompiledField {
  uint32_t key;
  FieldKind kind;
  /// Of the captures; of `chosen`, those it chooses from; kNone of `joined`.
  uint32_t slot;
  /// The shape of object and objects, and of joined where it has one; the choice of chosen.
  uint32_t shape;
  /// The join of joined, by the order of the words in src/ddex/shape.ts.
  uint32_t join;
  uint32_t flags;

  static constexpr uint32_t kHidden = 1;
  static constexpr uint32_t kIfMany = 2;
};

struct TableRoot {
  uint32_t node = kNone;
  uint32_t shape = kNone;
};

/// The compiled table of src/ddex/compile-table.ts as it comes, and where it lies.
struct FieldTableSource {
  std::span<const uint8_t> text;
  std::span<const uint32_t> names, nodes, actions, edges, attributes, fields, shapes, choices, roots;
};

/// A field table that has been checked: every number in it leads to something that is there.
class FieldTable {
 public:
  static size_t memoryBytes(const FieldTableSource& source);
  /// False when the memory is too small or the table is none; the spans of the source are not used later.
  bool start(const FieldTableSource& source, Grant& memory);

  /// Of an element by its local name; node kNone when there is none.
  TableRoot root(std::span<const uint8_t> localName) const;
  /// In the order they are written.
  std::span<const CompiledField> fields(uint32_t shape) const;
  std::span<const uint8_t> key(uint32_t key) const;
  /// The field of a shape by its key, hidden ones too; null when the shape has none.
  const CompiledField* field(uint32_t shape, std::span<const uint8_t> key) const;
  /// How many slots an object of the shape has.
  uint32_t slots(uint32_t shape) const;
  /// What captures of a composite of so many elements and bytes never exceed.
  uint64_t mostCaptureBytes(uint64_t elements, uint64_t bytes) const;
};

}  // namespace mm
