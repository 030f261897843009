#include "mapper.h"

#include <algorithm>
#include <cstring>

#include "value_text.h"

namespace mm {

namespace {

/// Also how deep a writer of captures goes.
constexpr size_t kMostObjects = 512;

std::span<const uint8_t> localName(std::span<const uint8_t> name) {
  const void* colon = std::memchr(name.data(), ':', name.size());
  if (colon == nullptr) return name;
  return name.subspan(static_cast<size_t>(static_cast<const uint8_t*>(colon) - name.data()) + 1);
}

}  // namespace

size_t Mapper::memoryBytes(const MapLimits& limits) {
  return limits.depth * sizeof(Frame) + kMostObjects * sizeof(uint32_t) + alignof(Frame);
}

bool Mapper::start(const FieldTable& table, const MapLimits& limits, Grant& memory) {
  table_ = &table;
  limits_ = limits;
  frames_ = memory.take<Frame>(limits.depth);
  objects_ = memory.take<uint32_t>(kMostObjects);
  return !frames_.empty() && !objects_.empty();
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
  values_ = codes_ = 0;
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
        isTaken = startTag(window.subspan(offset, length));
        break;
      case TokenKind::attribute:
        isTaken = attribute(window.subspan(offset, length));
        break;
      case TokenKind::valueText:
      case TokenKind::valueCharacter:
        isTaken = values_ + codes_ == 0 || addToValue(kind, offset, window, length);
        break;
      case TokenKind::text:
      case TokenKind::character:
        isTaken = skipped_ > 0 || !frames_[depth_ - 1].hasText() || addToText(kind, offset, window, length);
        break;
      case TokenKind::endTag:
        endTag();
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
  Frame& parent = frames_[depth_ - 1];
  const TableEdge* edge = table_->edge(parent.node, name);
  if (edge == nullptr) {
    const std::span<const uint8_t> local = localName(name);
    if (local.size() < name.size()) edge = table_->edge(parent.node, local);
  }
  uint32_t node = kNone;
  if (edge != nullptr && edge->seen == kNone) {
    node = edge->others;
  } else if (edge != nullptr) {
    const uint32_t bit = uint32_t{1} << edge->seen;
    node = parent.seen & bit ? edge->others : edge->first;
    parent.seen |= bit;
  }
  if (node != kNone) return enter(node);
  skipped_ = 1;
  return true;
}

bool Mapper::enter(uint32_t number) {
  if (depth_ == frames_.size()) return refuse(MapState::tooDeep);
  Frame& frame = frames_[depth_++];
  frame = {.node = number, .seen = 0, .opens = 0, .firstText = 0, .texts = 0, .codes = 0, .offset = 0, .length = 0,
           .capacity = 0};
  for (const TableAction& action : table_->actions(table_->node(number))) {
    if (action.flags & kOpens) {
      if (!open(action)) return false;
      ++frame.opens;
      continue;
    }
    const uint32_t owner = ownerOf(action.up, action.slot);
    if (!isFree(owner, action.slot, action.flags)) continue;
    if (!frame.hasText()) frame.firstText = static_cast<uint32_t>(usedWords_);
    if (!addValue(owner, action.slot)) return false;
    ++(action.flags & kCode ? frame.codes : frame.texts);
  }
  return true;
}

/// What is not the first where one is held is open too, and nothing of it is kept.
bool Mapper::open(const TableAction& action) {
  if (openObjects_ == objects_.size()) return refuse(MapState::tooDeep);
  const uint32_t owner = ownerOf(action.up, action.slot);
  uint32_t object = kNone;
  if (isFree(owner, action.slot, action.flags)) {
    object = addObject(action.shape);
    if (object == kNone) return false;
    link(owner, action.slot, object);
  }
  objects_[openObjects_++] = object;
  return true;
}

bool Mapper::attribute(std::span<const uint8_t> name) {
  values_ = codes_ = 0;
  if (skipped_ > 0) return true;
  Frame& frame = frames_[depth_ - 1];
  for (const TableAttribute& row : table_->attribute(frame.node, name)) {
    if (row.flags & kInTextsPlace) {
      firstCode_ = frame.firstText + frame.texts * Captures::kValueWords;
      codes_ = frame.codes;
      frame.codes = 0;
      continue;
    }
    const uint32_t owner = ownerOf(row.up, row.slot);
    if (!isFree(owner, row.slot, row.flags)) continue;
    if (values_ == 0) firstValue_ = static_cast<uint32_t>(usedWords_);
    if (!addValue(owner, row.slot)) return false;
    ++values_;
  }
  valueOffset_ = static_cast<uint32_t>(usedBytes_);
  return true;
}

bool Mapper::addToValue(TokenKind kind, uint32_t offset, std::span<const uint8_t> window, uint32_t length) {
  if (length > bytes_.size() - usedBytes_) return refuse(MapState::noRoom);
  uint8_t* to = bytes_.data() + usedBytes_;
  usedBytes_ += kind == TokenKind::valueText ? copyValue(window.subspan(offset, length), to) : encodeUtf8(offset, to);
  const auto valueLength = static_cast<uint32_t>(usedBytes_ - valueOffset_);
  if (valueLength > limits_.valueBytes) return refuse(MapState::valueTooLong);
  setValues(firstValue_, values_, valueOffset_, valueLength);
  setValues(firstCode_, codes_, valueOffset_, valueLength);
  return true;
}

bool Mapper::addToText(TokenKind kind, uint32_t offset, std::span<const uint8_t> window, uint32_t length) {
  Frame& frame = frames_[depth_ - 1];
  if (!makeRoom(frame, length)) return false;
  uint8_t* to = bytes_.data() + frame.offset + frame.length;
  frame.length += static_cast<uint32_t>(kind == TokenKind::text ? copyText(window.subspan(offset, length), to)
                                                                : encodeUtf8(offset, to));
  return frame.length <= limits_.valueBytes || refuse(MapState::valueTooLong);
}

/// A text that goes on behind other captures moves to their end, where it gets room for as much again: to move it at every piece would take
/// quadratic time.
bool Mapper::makeRoom(Frame& frame, uint32_t bytes) {
  if (frame.capacity == 0) frame.offset = static_cast<uint32_t>(usedBytes_);
  const size_t needed = size_t{frame.length} + bytes;
  if (needed <= frame.capacity) return true;
  const bool isLast = frame.offset + frame.capacity == usedBytes_;
  const size_t start = isLast ? frame.offset : usedBytes_;
  const size_t capacity = isLast ? needed : 2 * needed;
  if (capacity > bytes_.size() - start) return refuse(MapState::noRoom);
  if (!isLast) std::memcpy(bytes_.data() + start, bytes_.data() + frame.offset, frame.length);
  frame.offset = static_cast<uint32_t>(start);
  frame.capacity = static_cast<uint32_t>(capacity);
  usedBytes_ = start + capacity;
  return true;
}

void Mapper::endTag() {
  if (skipped_ > 0) {
    --skipped_;
    return;
  }
  const Frame& frame = frames_[--depth_];
  setValues(frame.firstText, frame.texts, frame.offset, frame.length);
  setValues(frame.firstText + frame.texts * Captures::kValueWords, frame.codes, frame.offset, frame.length);
  openObjects_ -= frame.opens;
  if (depth_ == 0) state_ = MapState::complete;
}

/// kNone where nothing is kept.
uint32_t Mapper::ownerOf(uint32_t up, uint32_t slot) const {
  if (up >= openObjects_) return kNone;
  const uint32_t owner = objects_[openObjects_ - 1 - up];
  return owner != kNone && slot < table_->slots(words_[owner + 1]) ? owner : kNone;
}

void Mapper::link(uint32_t owner, uint32_t slot, uint32_t item) {
  uint32_t& last = words_[owner + Captures::kObjectWords + slot];
  words_[item] = last == 0 ? item : words_[last];
  if (last != 0) words_[last] = item;
  last = item;
}

bool Mapper::addValue(uint32_t owner, uint32_t slot) {
  if (!hasRoomForWords(Captures::kValueWords)) return false;
  const auto value = static_cast<uint32_t>(usedWords_);
  usedWords_ += Captures::kValueWords;
  words_[value + 1] = words_[value + 2] = 0;
  link(owner, slot, value);
  return true;
}

uint32_t Mapper::addObject(uint32_t shape) {
  const size_t count = Captures::kObjectWords + table_->slots(shape);
  if (!hasRoomForWords(count)) return kNone;
  const auto object = static_cast<uint32_t>(usedWords_);
  words_[object] = 0;
  words_[object + 1] = shape;
  std::fill_n(words_.data() + object + Captures::kObjectWords, count - Captures::kObjectWords, 0);
  usedWords_ += count;
  return object;
}

void Mapper::setValues(uint32_t first, uint32_t count, uint32_t offset, uint32_t length) {
  for (uint32_t value = first; count > 0; --count, value += Captures::kValueWords) {
    words_[value + 1] = offset;
    words_[value + 2] = length;
  }
}

}  // namespace mm
