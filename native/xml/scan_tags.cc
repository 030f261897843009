// XmlScanner: tags, attributes, and what they declare.

#include <algorithm>

#include "scanner_run.h"

namespace mm {

/// `tagEnd` is behind its '>'.
void XmlScanner::closeElement(size_t tagEnd) {
  tape_->add(TokenKind::endTag, tagEnd, 0);
  // Those of the root stay: who has the tokens asks for its namespace.
  if (open_.depth() > 1) namespaces_.leave(open_.depth());
  open_.pop();
}

bool XmlScanner::scanStartName() {
  if (!readName()) return false;
  if (open_.isFull()) return refuse(XmlError::depthLimit, construct_, nameText());
  open_.push(nameText(), construct_);
  hasRoot_ = true;
  tagColon_ = colon_;
  tape_->add(TokenKind::startTag, nameStart_, cursor_ - nameStart_);
  isSpaced_ = false;
  return goTo(State::tag, cursor_);
}

bool XmlScanner::scanTag() {
  if (!skipSpace()) return false;
  const uint8_t byte = window_[cursor_];
  if (byte == '>') return endStartTag() && goOnBehind(cursor_ + 1);
  if (byte == '/') return goTo(State::emptyEnd, cursor_);
  if (byte < 0x80 && (!isSpaced_ || !isAsciiNameStart(byte))) return refuseAt(XmlError::tag, cursor_);
  if (!isSpaced_) return refuseAt(XmlError::name, cursor_);
  return beginName(State::attributeName, cursor_);
}

bool XmlScanner::scanAttributeName() {
  if (!readName()) return false;
  const std::span<const uint8_t> name = nameText();
  if (const XmlError added = attributes_.add(name, colon_, positions_.offsetOf(nameStart_)); added != XmlError::none) {
    return refuseAt(added, nameStart_, name);
  }
  isDeclaring_ = !isPart_ && Namespaces::isDeclaration(name, colon_);
  if (isDeclaring_) {
    const std::span<const uint8_t> prefix = colon_ == 0 ? name.first(0) : name.subspan(colon_ + 1);
    const XmlError begun = namespaces_.begin(prefix, open_.depth());
    if (begun != XmlError::none) return refuseAt(begun, nameStart_, name);
  }
  tape_->add(TokenKind::attribute, nameStart_, name.size());
  return goTo(State::equals, cursor_);
}

bool XmlScanner::scanEquals() {
  if (!skipSpace()) return false;
  if (window_[cursor_] != '=') return refuseAt(XmlError::attribute, cursor_);
  return goTo(State::quote, cursor_ + 1);
}

bool XmlScanner::scanQuote() {
  if (!skipSpace()) return false;
  quote_ = window_[cursor_];
  if (quote_ != '"' && quote_ != '\'') return refuseAt(XmlError::attribute, cursor_);
  return goTo(State::value, cursor_ + 1);
}

template <uint8_t quote>
bool XmlScanner::scanValue() {
  const uint8_t* at = begin() + cursor_;
  const Stop stop = run<quote, '<', '&'>(at);
  const std::span<const uint8_t> piece = window_.subspan(cursor_, offsetOf(at) - cursor_);
  if (attributes_.countBytes(piece.size()) != XmlError::none) {
    return refuse(XmlError::attributeBytesLimit, construct_, open_.name());
  }
  if (!piece.empty()) tape_->add(TokenKind::valueText, cursor_, piece.size());
  if (isDeclaring_) {
    const XmlError appended = namespaces_.append(piece);
    if (appended != XmlError::none) return refuse(appended, construct_, open_.name());
  }
  if (stop == Stop::refused) return false;
  cursor_ = offsetOf(at);
  if (stop == Stop::windowEnd) return wait();
  if (*at == '<') return refuseAt(XmlError::attributeLessThan, cursor_);
  if (*at == '&') return goTo(State::reference, cursor_);
  if (isDeclaring_) {
    const XmlError finished = namespaces_.finish();
    if (finished != XmlError::none) return refuseAt(finished, cursor_);
  }
  isDeclaring_ = isSpaced_ = false;
  quote_ = 0;
  return goTo(State::tag, cursor_ + 1);
}

template bool XmlScanner::scanValue<'"'>();
template bool XmlScanner::scanValue<'\''>();

/// At the '>' of a start tag, or the '/' of an empty element.
bool XmlScanner::endStartTag() {
  const bool isRight = isPart_ || checkNamespaces();
  attributes_.clear();
  return isRight;
}

bool XmlScanner::checkNamespaces() {
  const TagAttributes::Attribute* wrong = nullptr;
  if (!attributes_.isEmpty()) {
    const XmlError error = attributes_.check(namespaces_, wrong);
    if (error != XmlError::none) return refuse(error, wrong->position, attributes_.nameOf(*wrong));
  }
  if (tagColon_ == 0 && open_.depth() > 1) return true;
  const std::span<const uint8_t> name = open_.name();
  const Namespaces::Id space = namespaces_.find(name.first(tagColon_));
  if (space == Namespaces::kUndeclared) return refuse(XmlError::prefixUndeclared, construct_, name);
  if (space == Namespaces::kXmlns) return refuse(XmlError::namespaceReserved, construct_, name);
  if (open_.depth() == 1) rootSpace_ = space;
  return true;
}

bool XmlScanner::scanEmptyEnd() {
  if (window_.size() - cursor_ < 2) return wait();
  if (window_[cursor_ + 1] != '>') return refuseAt(XmlError::tag, cursor_);
  if (!endStartTag()) return false;
  closeElement(cursor_ + 2);
  return goOnBehind(cursor_ + 2);
}

bool XmlScanner::scanEndName() {
  if (!readName()) return false;
  const std::span<const uint8_t> name = nameText();
  if (!std::equal(name.begin(), name.end(), open_.name().begin(), open_.name().end())) {
    return refuse(XmlError::tagMismatch, construct_, name);
  }
  return goTo(State::endTail, cursor_);
}

bool XmlScanner::scanEndTail() {
  if (!skipSpace()) return false;
  if (window_[cursor_] != '>') return refuseAt(XmlError::tag, cursor_);
  closeElement(cursor_ + 1);
  return goOnBehind(cursor_ + 1);
}

}  // namespace mm
