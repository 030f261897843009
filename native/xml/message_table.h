#pragma once

#include <cstdint>
#include <span>

#include "field_table.h"

namespace mm {

/// In the order of src/binding/parse-types.ts.
enum class CompositeRole : uint32_t { party, resource, release, deal, purge, catalog };
enum class ResourceList : uint32_t { tracks, videos, images, texts, none };

/// A part of a message that is read on its own, as src/ddex/shape.ts says.
struct MessageComposite {
  /// Its place among the table's composites.
  uint8_t number;
  std::span<const uint8_t> element;
  /// The child of the root it is in; empty when that is the root itself.
  std::span<const uint8_t> list;
  /// The children it is referred to by; empty when it is not.
  std::span<const uint8_t> reference;
  CompositeRole role;
  ResourceList into;
  const TableRoot* root;
};

/// The field table of a family and mode, with the composites it reads.
struct MessageTable {
  FieldTable fields;
  /// What is read of the root itself.
  const TableRoot* message = nullptr;
  std::span<const MessageComposite> composites;

  /// The table's own copy of a name that a list has; empty when no list has it.
  std::span<const uint8_t> listNamed(std::span<const uint8_t> rootChild) const;
  /// Null when nothing of it is read.
  const MessageComposite* find(std::span<const uint8_t> list, std::span<const uint8_t> element) const;
};

}  // namespace mm
