#include "scanner.h"

#include <cstring>

#include "byte_runs.h"
#include "names.h"
#include "utf8.h"

namespace mm {

size_t XmlScanner::memoryBytes(const XmlLimits& limits) {
  return OpenElements::memoryBytes(limits.depth, limits.nameBytes) +
         TagAttributes::memoryBytes(limits.attributes, limits.attributeBytes) +
         Namespaces::memoryBytes(limits.namespaces, limits.namespaceBytes);
}

bool XmlScanner::start(Grant& memory, const XmlLimits& limits) {
  limits_ = limits;
  return open_.start(memory, limits.depth, limits.nameBytes) &&
         attributes_.start(memory, limits.attributes, limits.attributeBytes) &&
         namespaces_.start(memory, limits.namespaces, limits.namespaceBytes);
}

void XmlScanner::beginDocument() {
  beginElement({});
  namespaces_.clear();
  rootSpace_ = Namespaces::kNone;
  state_ = State::documentStart;
  isPart_ = false;
}

void XmlScanner::beginElement(TextPosition at) {
  open_.clear();
  attributes_.clear();
  positions_.start(at);
  window_ = {};
  isPaused_ = hasRoot_ = isSpaced_ = isDeclaring_ = isInConstruct_ = false;
  isPart_ = true;
  state_ = State::markup;
  cursor_ = 0;
  quote_ = 0;
  error_ = XmlError::none;
  errorPosition_ = openPosition_ = {};
  errorName_ = openName_ = {};
}

void XmlScanner::scan(std::span<const uint8_t> window, bool isEnd, Tape& tape) {
  window_ = window;
  isEnd_ = isEnd;
  tape_ = &tape;
  isPaused_ = false;
  while (step()) {
  }
}

void XmlScanner::drop(size_t bytes) {
  const uint64_t newStart = positions_.offsetOf(bytes);
  open_.settle(positions_, window_);
  if (isInConstruct_ && construct_.offset < newStart) positions_.settle(window_, construct_);
  attributes_.settle(positions_, window_);
  if (state_ == State::codePoint) positions_.settle(window_, reference_);
  positions_.drop(window_, bytes);
  window_ = window_.subspan(bytes);
  cursor_ -= bytes;
  nameStart_ -= bytes;
}

bool XmlScanner::step() {
  if (!hasRoom()) {
    isPaused_ = true;
    return false;
  }
  switch (state_) {
    case State::documentStart:
      return beginDocumentText();
    case State::outside:
      return scanOutside();
    case State::content:
      return scanContent();
    case State::markup:
      return scanMarkup();
    case State::startName:
      return scanStartName();
    case State::tag:
      return scanTag();
    case State::attributeName:
      return scanAttributeName();
    case State::equals:
      return scanEquals();
    case State::quote:
      return scanQuote();
    case State::value:
      return quote_ == '"' ? scanValue<'"'>() : scanValue<'\''>();
    case State::emptyEnd:
      return scanEmptyEnd();
    case State::endName:
      return scanEndName();
    case State::endTail:
      return scanEndTail();
    case State::comment:
      return scanComment();
    case State::target:
      return scanTarget();
    case State::instruction:
      return scanInstruction();
    case State::declaration:
      return scanDeclaration();
    case State::cdata:
      return scanCdata();
    case State::reference:
      return scanReference();
    case State::codePoint:
      return scanCodePoint();
    case State::ended:
    case State::failed:
      return false;
  }
  return false;
}

bool XmlScanner::wait() {
  if (isEnd_) refuseAt(XmlError::unclosed, window_.size());
  return false;
}

bool XmlScanner::refuseAt(XmlError error, size_t windowOffset, std::span<const uint8_t> name) {
  return refuse(error, WindowPositions::unsettled(positions_.offsetOf(windowOffset)), name);
}

bool XmlScanner::refuse(XmlError error, const TextPosition& position, std::span<const uint8_t> name) {
  error_ = error;
  errorName_ = name;
  errorPosition_ = position;
  // The earlier places first: positions are counted forward.
  if (error == XmlError::tagMismatch || error == XmlError::unclosed) {
    open_.settle(positions_, window_);
    const bool isElement = error == XmlError::tagMismatch || !isInConstruct_;
    if (isElement && open_.depth() > 0) {
      openPosition_ = open_.position();
      openName_ = open_.name();
    } else {
      positions_.settle(window_, construct_);
      openPosition_ = construct_;
    }
  }
  positions_.settle(window_, errorPosition_);
  state_ = State::failed;
  return false;
}

bool XmlScanner::beginName(State state, size_t start) {
  nameStart_ = start;
  colon_ = 0;
  return goTo(state, start);
}

bool XmlScanner::readName() {
  const uint8_t* at = begin() + cursor_;
  for (;;) {
    at = runEnd<NameBytes>(at, end());
    cursor_ = offsetOf(at);
    if (cursor_ - nameStart_ > limits_.nameBytes) return refuseAt(XmlError::nameLimit, nameStart_);
    if (at == end()) return wait();
    if (*at == ':') {
      if (colon_ != 0 || cursor_ == nameStart_) return refuseAt(XmlError::name, cursor_);
      colon_ = cursor_ - nameStart_;
      ++at;
    } else if (*at >= 0x80) {
      const Utf8Character character = decodeUtf8(at, end());
      if (character.isWrong) return refuseAt(XmlError::utf8, cursor_);
      if (character.length == 0) return isEnd_ ? refuseAt(XmlError::utf8, cursor_) : false;
      if (!isNameCharacter(character.codePoint)) return refuseAt(XmlError::name, cursor_);
      at += character.length;
    } else {
      break;
    }
  }
  return isQualifiedName(nameText(), colon_) || refuseAt(XmlError::name, nameStart_);
}

bool XmlScanner::skipSpace() {
  while (cursor_ < window_.size() && isXmlSpace(window_[cursor_])) {
    ++cursor_;
    isSpaced_ = true;
  }
  return cursor_ < window_.size() || wait();
}

}  // namespace mm
