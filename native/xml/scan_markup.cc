// XmlScanner: what a '<' begins, and what leaves no tags: comments, instructions, the declaration, CDATA sections.

#include <cstring>
#include <string_view>

#include "scanner_run.h"

namespace mm {

namespace {

constexpr std::string_view kComment = "<!--";
constexpr std::string_view kCdata = "<![CDATA[";
constexpr std::string_view kDoctype = "<!DOCTYPE";

bool isXmlInAnyCase(std::span<const uint8_t> name) {
  return name.size() == 3 && (name[0] | 0x20) == 'x' && (name[1] | 0x20) == 'm' && (name[2] | 0x20) == 'l';
}

}  // namespace

XmlScanner::Match XmlScanner::match(std::string_view text) const {
  const size_t bytes = std::min(text.size(), window_.size() - cursor_);
  if (std::memcmp(begin() + cursor_, text.data(), bytes) != 0) return Match::no;
  return bytes == text.size() ? Match::yes : Match::cutOff;
}

bool XmlScanner::scanMarkup() {
  construct_ = WindowPositions::unsettled(positions_.offsetOf(cursor_));
  isInConstruct_ = true;
  if (window_.size() - cursor_ < 2) return wait();
  const uint8_t next = window_[cursor_ + 1];
  if (next == '/') {
    if (open_.depth() == 0) return refuseAt(XmlError::markup, cursor_);
    return beginName(State::endName, cursor_ + 2);
  }
  if (next == '?') return beginName(State::target, cursor_ + 2);
  if (next != '!') {
    if (next < 0x80 && !isAsciiNameStart(next)) return refuseAt(XmlError::markup, cursor_);
    if (open_.depth() == 0 && hasRoot_) return refuseAt(XmlError::secondRoot, cursor_);
    return beginName(State::startName, cursor_ + 1);
  }
  const Match comment = match(kComment);
  const Match cdata = match(kCdata);
  const Match doctype = match(kDoctype);
  if (comment == Match::yes) return goTo(State::comment, cursor_ + kComment.size());
  if (doctype == Match::yes) return refuseAt(XmlError::doctype, cursor_);
  if (cdata == Match::yes) {
    if (open_.depth() == 0) return refuseAt(XmlError::textOutside, cursor_);
    return goTo(State::cdata, cursor_ + kCdata.size());
  }
  if (comment == Match::no && cdata == Match::no && doctype == Match::no) return refuseAt(XmlError::markup, cursor_);
  return wait();
}

bool XmlScanner::scanComment() {
  const uint8_t* at = begin() + cursor_;
  for (;;) {
    const Stop stop = run<'-', '-', '-'>(at);
    if (stop == Stop::refused) return false;
    cursor_ = offsetOf(at);
    const size_t rest = window_.size() - cursor_;
    if (stop == Stop::windowEnd || rest < 2) return wait();
    if (at[1] == '-') {
      if (rest < 3) return wait();
      return at[2] == '>' ? goOnBehind(cursor_ + 3) : refuseAt(XmlError::comment, cursor_);
    }
    ++at;
  }
}

bool XmlScanner::scanTarget() {
  if (!readName()) return false;
  const std::span<const uint8_t> target = nameText();
  const uint8_t next = window_[cursor_];
  const size_t rest = window_.size() - cursor_;
  if (next == '?' && rest < 2) return wait();
  const bool ends = next == '?' && window_[cursor_ + 1] == '>';
  if (colon_ != 0 || (!ends && !isXmlSpace(next))) return refuse(XmlError::processingInstruction, construct_, target);
  if (isXmlInAnyCase(target)) {
    const bool isFirst = !isPart_ && !hasRoot_ && construct_.offset == documentStart_;
    if (!isFirst || target[0] != 'x' || target[1] != 'm' || target[2] != 'l') {
      return refuse(XmlError::processingInstruction, construct_, target);
    }
    declaration_.clear();
    return goTo(State::declaration, cursor_);
  }
  return ends ? goOnBehind(cursor_ + 2) : goTo(State::instruction, cursor_);
}

bool XmlScanner::scanInstruction() {
  const uint8_t* at = begin() + cursor_;
  for (;;) {
    const Stop stop = run<'?', '?', '?'>(at);
    if (stop == Stop::refused) return false;
    cursor_ = offsetOf(at);
    if (stop == Stop::windowEnd || window_.size() - cursor_ < 2) return wait();
    if (at[1] == '>') return goOnBehind(cursor_ + 2);
    ++at;
  }
}

bool XmlScanner::scanDeclaration() {
  for (; cursor_ < window_.size(); ++cursor_) {
    const uint8_t byte = window_[cursor_];
    if (byte == '?') {
      if (window_.size() - cursor_ < 2) return wait();
      const XmlError error = window_[cursor_ + 1] == '>' ? declaration_.check() : XmlError::declaration;
      return error == XmlError::none ? goOnBehind(cursor_ + 2) : refuse(error, construct_);
    }
    if (!declaration_.append(byte)) return refuse(XmlError::declaration, construct_);
  }
  return wait();
}

bool XmlScanner::scanCdata() {
  const uint8_t* at = begin() + cursor_;
  const uint8_t* const piece = at;
  Stop stop = run<']', ']', ']'>(at);
  bool ends = false;
  while (stop == Stop::byte) {
    const size_t rest = static_cast<size_t>(end() - at);
    ends = rest > 2 && at[1] == ']' && at[2] == '>';
    // Too few to tell.
    if (ends || (!isEnd_ && (rest < 2 || (rest < 3 && at[1] == ']')))) break;
    ++at;
    stop = run<']', ']', ']'>(at);
  }
  if (stop == Stop::refused) return false;
  if (at != piece) tape_->add(TokenKind::text, offsetOf(piece), static_cast<size_t>(at - piece));
  cursor_ = offsetOf(at);
  return ends ? goOnBehind(cursor_ + 3) : wait();
}

}  // namespace mm
