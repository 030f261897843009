#include "message_outline.h"

namespace mm {

namespace {

/// Of the '<' in front of a name; the window may begin with the name.
TextPosition tagPosition(MessageReader& reader, size_t nameOffset) {
  TextPosition position = reader.positionAt(nameOffset);
  --position.offset;
  --position.column;
  return position;
}

}  // namespace

void MessageOutline::beginDocument() {
  table_ = nullptr;
  isInRootTag_ = false;
  depth_ = 0;
  elements_ = 0;
}

void MessageOutline::beginList(const MessageTable& table) {
  beginDocument();
  table_ = &table;
  depth_ = 1;
}

size_t MessageOutline::take(MessageReader& reader, size_t from) {
  const Tape& tape = reader.tape();
  stop_ = Stop::tapeEnd;
  for (; from < tape.count; ++from) {
    if (isInRootTag_ && !root_.take(reader.window(), tape, from)) {
      isInRootTag_ = false;
      stop_ = root_.isFull() ? Stop::rootTooLong : Stop::root;
      return from;
    }
    const auto kind = static_cast<TokenKind>(tape.kinds[from]);
    if (kind == TokenKind::startTag) {
      startTag(reader, from);
      if (stop_ == Stop::composite) return from;
    } else if (kind == TokenKind::endTag) {
      if (depth_ == 1) {
        stop_ = Stop::end;
        return from;
      }
      --depth_;
    }
  }
  return from;
}

void MessageOutline::startTag(MessageReader& reader, size_t token) {
  const size_t offset = reader.tape().offsets[token];
  const std::span<const uint8_t> name = localName(reader.window().subspan(offset, reader.tape().lengths[token]));
  position_ = tagPosition(reader, offset);
  if (depth_ == 0) {
    root_.begin(position_);
    root_.take(reader.window(), reader.tape(), token);
    isInRootTag_ = true;
  } else if (depth_ == 1) {
    listName_ = table_->listNamed(name);
    listPosition_ = position_;
    composite_ = listName_.empty() ? table_->find({}, name) : nullptr;
    if (listName_.empty()) stop_ = Stop::composite;
  } else {
    composite_ = table_->find(listName_, name);
    stop_ = Stop::composite;
  }
  if (stop_ == Stop::composite) return;
  ++depth_;
  ++elements_;
}

}  // namespace mm
