#pragma once

#include <cstdint>
#include <span>

#include "captures.h"
#include "composite_index.h"
#include "field_table.h"
#include "record_problems.h"

namespace mm {

/// A resource that a release mentions.
struct Mention {
  /// Of the release's captures: its reference as a value, and the group's item it is in; 0: none mentions it.
  uint32_t reference;
  uint32_t item;
  /// Which of the release's components that is in, from 1, and the number it has; 0: none.
  uint32_t component;
  int64_t disc;

  bool isFound;
  ResourceList into;
  CompositeIndex::Found resource;
};

/// Which resources a release mentions, in the order of docs/PARSE.md.
class ReleaseMentions {
 public:
  /// For a release of so many elements.
  static size_t memoryBytes(uint64_t elements);
  bool start(uint64_t elements, Grant& memory);

  /// Sequence numbers that do not ascend are added to the problems, at the release.
  void collect(const FieldTable& table, CapturedObject release, RecordProblems& problems);
  std::span<Mention> mentions() const { return mentions_.first(count_); }

 private:
  /// The slots of a shape that are read here.
  struct Group {
    uint32_t shape = kNone;
    uint32_t seq = kNone, type = kNone, groups = kNone, items = kNone, linked = kNone;
  };
  struct Item {
    uint32_t shape = kNone;
    uint32_t ref = kNone, seq = kNone, linked = kNone;
  };
  struct Component {
    uint32_t number = 0;
    int64_t disc = 0;
  };

  enum class Level : uint8_t { onlyTop, component, inside };
  void walk(CapturedObject group, Level level, Component component);
  void addItems(CapturedObject group, Component component);
  void addAll(CapturedObject owner, uint32_t slot);
  void add(uint32_t reference, uint32_t item, Component component);
  void dropRepeated();
  Component componentOf(CapturedObject group, uint32_t number);
  /// Of a type that groups what is within one component.
  bool isPart(CapturedObject group);
  bool hasComponents(CapturedObject group);
  const Group& slotsOfGroup(CapturedObject group);
  const Item& slotsOfItem(CapturedObject item);

  const FieldTable* table_ = nullptr;
  CapturedObject release_;
  RecordProblems* problems_ = nullptr;
  Group group_;
  Item item_;
  /// Those of groups' items from the start; the others from the end, backwards.
  std::span<Mention> mentions_;
  size_t count_ = 0;
  size_t others_ = 0;
  uint32_t components_ = 0;
  /// Of mentions by their references.
  std::span<uint32_t> order_;
};

}  // namespace mm
