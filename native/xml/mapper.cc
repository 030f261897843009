#include "mapper.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "byte_runs.h"
#include "names.h"
#include "value_text.h"

namespace mm {

namespace {

/// Also how deep a writer of captures goes.
constexpr size_t kMostObjects = 512;

}  // namespace

size_t Mapper::memoryBytes(const MapLimits& limits) {
  return limits.depth * sizeof(Frame) + kMostObjects * sizeof(uint32_t) + alignof(Frame) + ValueInterner::kMemoryBytes;
}

bool Mapper::start(const FieldTable& table, const MapLimits& limits, Grant& memory) {
  table_ = &table;
  limits_ = limits;
  interns_ = false;
  internedBytes_ = 0;
  frames_ = memory.take<Frame>(limits.depth);
  objects_ = memory.take<uint32_t>(kMostObjects);
  return !frames_.empty() && !objects_.empty() && interner_.start(memory);
}

void Mapper::begin(const TableRoot& root, TextPosition position, std::span<uint32_t> words, std::span<uint8_t> bytes) {
  root_ = root;
  position_ = position;
  words_ = words.first(std::min<size_t>(words.size(), kNone - 1));
  bytes_ = bytes.first(std::min<size_t>(bytes.size(), kNone - 1));
  usedWords_ = usedBytes_ = 0;
  state_ = MapState::open;
  elements_ = 0;
  depth_ = openObjects_ = skipped_ = 0;
  attribute_ = {};
  if (interns_) interner_.begin();
}

size_t Mapper::take(std::span<const uint8_t> window, const Tape& tape, size_t from, size_t until) {
  for (; from < until && state_ == MapState::open; ++from) {
    const auto kind = static_cast<TokenKind>(tape.kinds[from]);
    const uint32_t offset = tape.offsets[from];
    const uint32_t length = tape.lengths[from];
    if (depth_ == 0 && kind != TokenKind::startTag) break;
    bool isTaken = true;
    switch (kind) {
      case TokenKind::startTag:
        isTaken = endAttribute() && startTag(window.subspan(offset, length));
        break;
      case TokenKind::attribute:
        isTaken = endAttribute();
        if (isTaken) beginAttribute(window.subspan(offset, length));
        break;
      case TokenKind::valueText:
      case TokenKind::valueCharacter:
        isTaken = attribute_.empty() || addToAttribute(kind, offset, window, length);
        break;
      case TokenKind::text:
      case TokenKind::character:
        isTaken = skipped_ > 0 || !frames_[depth_ - 1].readsText ||
                  (endAttribute() && addToText(kind, offset, window, length));
        break;
      case TokenKind::endTag:
        isTaken = endAttribute() && endTag();
        break;
    }
    if (!isTaken) break;
  }
  return from;
}

bool Mapper::startTag(std::span<const uint8_t> name) {
  if (elements_ == limits_.elements) return refuse(MapState::tooManyElements);
  ++elements_;
  if (depth_ == 0) {
    const uint32_t object = addObject(root_.shape);
    if (object == kNone) return false;
    objects_[openObjects_++] = object;
    return enter(root_.node);
  }
  if (skipped_ > 0) {
    ++skipped_;
    return true;
  }
  const uint32_t parent = frames_[depth_ - 1].node;
  uint32_t node = table_->child(parent, name);
  if (node == kNone) {
    const std::span<const uint8_t> local = localName(name);
    if (local.size() < name.size()) node = table_->child(parent, local);
  }
  if (node != kNone) return enter(node);
  skipped_ = 1;
  return true;
}

bool Mapper::enter(uint32_t number) {
  if (depth_ == frames_.size()) return refuse(MapState::tooDeep);
  Frame& frame = frames_[depth_++];
  frame = {.node = number, .opens = 0, .readsText = false, .text = {}, .capacity = 0, .userDefined = {}};
  for (const TableAction& action : table_->actions(table_->node(number))) {
    if (action.flags & kOpens) {
      if (!open(action)) return false;
      ++frame.opens;
    } else if (!(action.flags & kName) && isFree(ownerOf(action.up, action.slot, false), action.slot, action.flags)) {
      frame.readsText = true;
      break;
    }
  }
  return true;
}

/// What is not the first where one is held is open too, and nothing of it is kept.
bool Mapper::open(const TableAction& action) {
  if (openObjects_ == objects_.size()) return refuse(MapState::tooDeep);
  const uint32_t owner = ownerOf(action.up, action.slot, true);
  uint32_t object = kNone;
  if (isFree(owner, action.slot, action.flags)) {
    object = addObject(action.argument);
    if (object == kNone) return false;
    link(owner, action.slot, object);
  }
  objects_[openObjects_++] = object;
  return true;
}

void Mapper::beginAttribute(std::span<const uint8_t> name) {
  if (skipped_ > 0) return;
  attribute_ = table_->attribute(frames_[depth_ - 1].node, name);
  attributeOffset_ = static_cast<uint32_t>(usedBytes_);
}

bool Mapper::addToAttribute(TokenKind kind, uint32_t offset, std::span<const uint8_t> window, uint32_t length) {
  if (length > bytes_.size() - usedBytes_) return refuse(MapState::noRoom);
  uint8_t* to = bytes_.data() + usedBytes_;
  usedBytes_ += kind == TokenKind::valueText ? copyValue(window.subspan(offset, length), to) : encodeUtf8(offset, to);
  return usedBytes_ - attributeOffset_ <= limits_.valueBytes || refuse(MapState::valueTooLong);
}

bool Mapper::endAttribute() {
  if (attribute_.empty()) return true;
  Value value = {attributeOffset_, static_cast<uint32_t>(usedBytes_) - attributeOffset_};
  const std::span<const TableAttribute> rows = std::exchange(attribute_, {});
  if (isBlank(value)) return true;
  intern(value, value.length);
  for (const TableAttribute& row : rows) {
    if (row.flags & kInTextsPlace) {
      frames_[depth_ - 1].userDefined = value;
    } else if (!addValue(row.up, row.slot, row.flags, value)) {
      return false;
    }
  }
  return true;
}

bool Mapper::addToText(TokenKind kind, uint32_t offset, std::span<const uint8_t> window, uint32_t length) {
  Frame& frame = frames_[depth_ - 1];
  if (!makeRoom(frame, length)) return false;
  uint8_t* to = bytes_.data() + frame.text.offset + frame.text.length;
  frame.text.length += static_cast<uint32_t>(kind == TokenKind::text ? copyText(window.subspan(offset, length), to)
                                                                     : encodeUtf8(offset, to));
  return frame.text.length <= limits_.valueBytes || refuse(MapState::valueTooLong);
}

/// A text that goes on behind other captures moves to their end, where it gets room for as much again: to move it at every piece would take
/// quadratic time.
bool Mapper::makeRoom(Frame& frame, uint32_t bytes) {
  Value& text = frame.text;
  if (frame.capacity == 0) text.offset = static_cast<uint32_t>(usedBytes_);
  const size_t needed = size_t{text.length} + bytes;
  if (needed <= frame.capacity) return true;
  const bool isLast = text.offset + frame.capacity == usedBytes_;
  const size_t start = isLast ? text.offset : usedBytes_;
  const size_t capacity = isLast ? needed : 2 * needed;
  if (capacity > bytes_.size() - start) return refuse(MapState::noRoom);
  if (!isLast) std::memcpy(bytes_.data() + start, bytes_.data() + text.offset, text.length);
  text.offset = static_cast<uint32_t>(start);
  frame.capacity = static_cast<uint32_t>(capacity);
  usedBytes_ = start + capacity;
  return true;
}

bool Mapper::endTag() {
  if (skipped_ > 0) {
    --skipped_;
    return true;
  }
  Frame& frame = frames_[depth_ - 1];
  if (!keepTexts(frame)) return false;
  openObjects_ -= frame.opens;
  if (--depth_ == 0) state_ = MapState::complete;
  return true;
}

bool Mapper::keepTexts(Frame& frame) {
  const std::span<const TableAction> actions = table_->actions(table_->node(frame.node)).subspan(frame.opens);
  if (actions.empty()) return true;
  const bool hasText = !isBlank(frame.text);
  if (hasText) intern(frame.text, frame.capacity);
  for (const TableAction& action : actions) {
    if (action.flags & kName) {
      if (!addName(action)) return false;
    } else if (action.flags & kCode && frame.userDefined.length > 0) {
      if (!addValue(action.up, action.slot, action.flags, frame.userDefined)) return false;
    } else if (hasText && !addValue(action.up, action.slot, action.flags, frame.text)) {
      return false;
    }
  }
  return true;
}

/// kNone where nothing is kept, or the table would have something kept that is not there.
uint32_t Mapper::ownerOf(uint32_t up, uint32_t slot, bool isForObjects) const {
  if (up >= openObjects_) return kNone;
  const uint32_t owner = objects_[openObjects_ - 1 - up];
  if (owner == kNone) return kNone;
  const uint32_t shape = words_[owner + 1];
  return slot < table_->slots(shape) && table_->holdsObjects(shape, slot) == isForObjects ? owner : kNone;
}

void Mapper::link(uint32_t owner, uint32_t slot, uint32_t item) {
  uint32_t& last = words_[owner + Captures::kObjectWords + slot];
  words_[item] = last == 0 ? item : words_[last];
  if (last != 0) words_[last] = item;
  last = item;
}

/// Keeps a value that is the first where one is held. False when it has no room.
bool Mapper::addValue(uint32_t up, uint32_t slot, uint32_t flags, Value value) {
  const uint32_t owner = ownerOf(up, slot, false);
  if (!isFree(owner, slot, flags)) return true;
  if (Captures::kValueWords > words_.size() - usedWords_) return refuse(MapState::noRoom);
  const auto item = static_cast<uint32_t>(usedWords_);
  usedWords_ += Captures::kValueWords;
  words_[item + 1] = value.offset;
  words_[item + 2] = value.length;
  link(owner, slot, item);
  return true;
}

/// The element's own name, where no attribute has said another.
bool Mapper::addName(const TableAction& action) {
  if (!isFree(ownerOf(action.up, action.slot, false), action.slot, action.flags)) return true;
  const std::span<const uint8_t> name = table_->string(action.argument);
  if (name.size() > bytes_.size() - usedBytes_) return refuse(MapState::noRoom);
  const Value value = {static_cast<uint32_t>(usedBytes_), static_cast<uint32_t>(name.size())};
  std::ranges::copy(name, bytes_.begin() + value.offset);
  usedBytes_ += name.size();
  return addValue(action.up, action.slot, action.flags, value);
}

/// The same bytes where they are for the first time. The room of a value that lies last is free again when it is not that one.
void Mapper::intern(Value& value, size_t roomBytes) {
  if (!interns_) return;
  const uint32_t first = interner_.firstOf(bytes_, value.offset, value.length);
  if (first == value.offset) return;
  if (value.offset + roomBytes == usedBytes_) {
    usedBytes_ = value.offset;
    internedBytes_ += roomBytes;
  }
  value.offset = first;
}

/// Empty, or white space as XML has it.
bool Mapper::isBlank(Value value) const {
  return std::ranges::all_of(bytes_.subspan(value.offset, value.length), isXmlSpace);
}

uint32_t Mapper::addObject(uint32_t shape) {
  const size_t count = Captures::kObjectWords + table_->slots(shape);
  if (count > words_.size() - usedWords_) {
    refuse(MapState::noRoom);
    return kNone;
  }
  const auto object = static_cast<uint32_t>(usedWords_);
  words_[object] = 0;
  words_[object + 1] = shape;
  std::fill_n(words_.data() + object + Captures::kObjectWords, count - Captures::kObjectWords, 0);
  usedWords_ += count;
  return object;
}

}  // namespace mm
