#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "captures.h"
#include "field_table.h"
#include "tape.h"
#include "value_interner.h"

namespace mm {

/// What is more than these is refused before it is kept.
struct MapLimits {
  /// Open elements of one composite.
  uint32_t depth = 100;
  uint32_t valueBytes = 1 << 20;
  /// Of one composite, its own element included.
  uint64_t elements = 1'000'000;
};

enum class MapState : uint8_t {
  /// The composite goes on behind the tape.
  open,
  complete,
  tooManyElements,
  tooDeep,
  valueTooLong,
  /// The captures do not fit where they go.
  noRoom,
};

/// Maps one composite after the other: tokens of a tape become captures.
class Mapper {
 public:
  /// Where captures go is given to begin().
  static size_t memoryBytes(const MapLimits& limits);
  /// False when the memory does not hold that. The table outlives the mapper.
  bool start(const FieldTable& table, const MapLimits& limits, Grant& memory);

  /// Whether equal values of a composite are kept once, from the next one on: captures of 747 deals are 28 % smaller then, those of a catalogue 6 %, and
  /// mapping takes 8 % longer.
  void internValues(bool interns) { interns_ = interns; }

  /// The next token to take is the start tag of a composite, which is at `position`; no other is taken. Its captures go into `words` and `bytes`.
  void begin(const TableRoot& root, TextPosition position, std::span<uint32_t> words, std::span<uint8_t> bytes);
  /// Takes the tokens from `from` up to `until`; the number of the first that was not taken. Stops behind the composite's end tag, and before the
  /// token that is against a limit.
  size_t take(std::span<const uint8_t> window, const Tape& tape, size_t from, size_t until);
  MapState state() const { return state_; }
  /// So far.
  uint64_t elements() const { return elements_; }
  /// By so much captures were shorter since start().
  uint64_t internedBytes() const { return internedBytes_; }
  /// No attribute of the tag that was taken last follows: for captures() of what is still open. False: noRoom.
  bool endAttributes() { return endAttribute(); }
  /// Once complete, or behind endAttributes() what was taken so far. What it is made of lies where begin() was told.
  Captures captures() const { return {words_.first(usedWords_), bytes_.first(usedBytes_), position_}; }

 private:
  /// Where a value is in the bytes.
  struct Value {
    uint32_t offset;
    uint32_t length;
  };
  /// An open element of which something is read.
  struct Frame {
    uint32_t node;
    /// So many of the node's actions have opened an object.
    uint32_t opens;
    bool readsText;
    /// The text so far, and the room that is kept for it.
    Value text;
    uint32_t capacity;
    /// What stands in the text's place for codes; empty when nothing does.
    Value userDefined;
  };

  bool startTag(std::span<const uint8_t> name);
  bool enter(uint32_t node);
  bool open(const TableAction& action);
  void beginAttribute(std::span<const uint8_t> name);
  bool addToAttribute(TokenKind kind, uint32_t offset, std::span<const uint8_t> window, uint32_t length);
  bool endAttribute();
  bool addToText(TokenKind kind, uint32_t offset, std::span<const uint8_t> window, uint32_t length);
  bool makeRoom(Frame& frame, uint32_t bytes);
  bool endTag();
  bool keepTexts(Frame& frame);

  uint32_t ownerOf(uint32_t up, uint32_t slot, bool isForObjects) const;
  bool isFree(uint32_t owner, uint32_t slot, uint32_t flags) const {
    return owner != kNone && (flags & kList || words_[owner + Captures::kObjectWords + slot] == 0);
  }
  bool isBlank(Value value) const;
  void link(uint32_t owner, uint32_t slot, uint32_t item);
  bool addValue(uint32_t up, uint32_t slot, uint32_t flags, Value value);
  bool addName(const TableAction& action);
  uint32_t addObject(uint32_t shape);
  bool refuse(MapState state) {
    state_ = state;
    return false;
  }

  void intern(Value& value, size_t roomBytes);

  const FieldTable* table_ = nullptr;
  ValueInterner interner_;
  bool interns_ = false;
  MapLimits limits_;
  std::span<Frame> frames_;
  std::span<uint32_t> objects_;
  std::span<uint32_t> words_;
  std::span<uint8_t> bytes_;
  size_t usedWords_ = 0;
  size_t usedBytes_ = 0;
  TextPosition position_;
  TableRoot root_{};
  MapState state_ = MapState::open;
  uint64_t elements_ = 0;
  uint64_t internedBytes_ = 0;
  uint32_t depth_ = 0;
  uint32_t openObjects_ = 0;
  /// Open elements of which nothing is read.
  uint32_t skipped_ = 0;
  /// What the attribute whose pieces come is for; empty when it is for nothing.
  std::span<const TableAttribute> attribute_;
  uint32_t attributeOffset_ = 0;
};

}  // namespace mm
