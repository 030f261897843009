// XmlScanner: what stands outside of tags.

#include <algorithm>
#include <cstring>
#include <string_view>

#include "scanner_run.h"
#include "value_text.h"

namespace mm {

namespace {

/// More bytes than a name of those that are declared, and few enough to wait for.
constexpr size_t kEntityBytes = 32;

uint32_t predefinedEntity(std::string_view name) {
  if (name == "lt") return '<';
  if (name == "gt") return '>';
  if (name == "amp") return '&';
  if (name == "apos") return '\'';
  return name == "quot" ? '"' : 0;
}

constexpr uint32_t kNoDigit = 16;
uint32_t digitOf(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - uint32_t{'0'};
  const uint8_t lower = byte | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - uint32_t{'a'} + 10 : kNoDigit;
}

}  // namespace

bool XmlScanner::beginDocumentText() {
  if (window_.size() < 4 && !isEnd_) return false;
  std::string_view first(reinterpret_cast<const char*>(begin()), std::min<size_t>(window_.size(), 4));
  // UTF-16 and UTF-32 with and without a mark, and EBCDIC (XML 1.0, appendix F).
  const bool isOther = first.starts_with("\xFE\xFF") || first.starts_with("\xFF\xFE") || first == "\x4C\x6F\xA7\x94" ||
                       first.substr(0, 2).find('\0') != std::string_view::npos;
  if (isOther) return refuseAt(XmlError::encoding, 0);
  const bool hasMark = first.starts_with("\xEF\xBB\xBF");
  if (hasMark) positions_.skipMark();
  documentStart_ = hasMark ? 3 : 0;
  return goTo(State::outside, documentStart_);
}

bool XmlScanner::scanOutside() {
  while (cursor_ < window_.size() && isXmlSpace(window_[cursor_])) ++cursor_;
  if (cursor_ < window_.size()) {
    if (window_[cursor_] == '<') return goTo(State::markup, cursor_);
    return refuseAt(XmlError::textOutside, cursor_);
  }
  if (isEnd_ && !hasRoot_) return refuseAt(XmlError::noRoot, cursor_);
  if (isEnd_) state_ = State::ended;
  return false;
}

bool XmlScanner::scanContent() {
  const uint8_t* at = begin() + cursor_;
  while (hasRoom()) {
    const uint8_t* const piece = at;
    Stop stop = run<'<', '&', ']'>(at);
    while (stop == Stop::byte && *at == ']') {
      const size_t rest = static_cast<size_t>(end() - at);
      const bool mayEnd = rest < 2 || at[1] == ']';
      if (mayEnd && rest > 2 && at[2] == '>') {
        refuseAt(XmlError::cdataEnd, offsetOf(at));
        stop = Stop::refused;
      } else if (mayEnd && rest < 3 && !isEnd_) {
        stop = Stop::windowEnd;
      } else {
        ++at;
        stop = run<'<', '&', ']'>(at);
      }
    }
    if (stop == Stop::refused) return false;
    if (at != piece) tape_->add(TokenKind::text, offsetOf(piece), static_cast<size_t>(at - piece));
    cursor_ = offsetOf(at);
    if (stop == Stop::windowEnd) return wait();
    if (*at == '&') return goTo(State::reference, cursor_);

    // Tags of names in ASCII without a prefix and without attributes, all of them in the window. The steps read the
    // others.
    const uint8_t* const name = at + 1;
    if (name != end() && kByteSet<isAsciiNameStart>[*name]) {
      const uint8_t* const nameEnd = runEnd<NameBytes>(name, end());
      const size_t length = static_cast<size_t>(nameEnd - name);
      if (nameEnd == end() || *nameEnd != '>' || length > limits_.nameBytes || open_.isFull()) {
        return goTo(State::markup, cursor_);
      }
      tape_->add(TokenKind::startTag, offsetOf(name), length);
      open_.push({name, length}, WindowPositions::unsettled(positions_.offsetOf(cursor_)));
      at = nameEnd + 1;
      cursor_ = offsetOf(at);
      continue;
    }
    const std::span<const uint8_t> open = open_.name();
    const size_t tagBytes = open.size() + 3;
    if (static_cast<size_t>(end() - at) < tagBytes || at[1] != '/' || at[tagBytes - 1] != '>' ||
        std::memcmp(at + 2, open.data(), open.size()) != 0) {
      return goTo(State::markup, cursor_);
    }
    at += tagBytes;
    cursor_ = offsetOf(at);
    closeElement(cursor_);
    if (open_.depth() == 0) return goOnBehind(cursor_);
  }
  isPaused_ = true;
  return false;
}

bool XmlScanner::addCharacter(uint32_t codePoint) {
  uint8_t bytes[4];
  const bool isInValue = quote_ != 0;
  tape_->add(isInValue ? TokenKind::valueCharacter : TokenKind::character, codePoint, encodeUtf8(codePoint, bytes));
  if (!isDeclaring_) return true;
  const XmlError appended = namespaces_.appendCharacter(codePoint);
  return appended == XmlError::none || refuseAt(appended, cursor_);
}

bool XmlScanner::scanReference() {
  const std::span<const uint8_t> rest = window_.subspan(cursor_);
  const auto cutOff = [&] { return isEnd_ ? refuseAt(XmlError::reference, cursor_) : false; };
  if (rest.size() < 3) return cutOff();
  if (rest[1] == '#') {
    isHex_ = rest[2] == 'x';
    hasDigits_ = false;
    codePoint_ = 0;
    reference_ = WindowPositions::unsettled(positions_.offsetOf(cursor_));
    return goTo(State::codePoint, cursor_ + (isHex_ ? 3 : 2));
  }
  size_t length = 0;
  const auto isNameByte = [](uint8_t byte) { return isAsciiNameByte(byte) || byte == ':' || byte >= 0x80; };
  while (length < kEntityBytes && 1 + length < rest.size() && isNameByte(rest[1 + length])) ++length;
  const std::span<const uint8_t> name = rest.subspan(1, length);
  const bool isLong = length == kEntityBytes;
  if (1 + length == rest.size() && !isLong) return cutOff();
  const bool beginsName = length > 0 && (isAsciiNameStart(name[0]) || name[0] >= 0x80);
  if (!beginsName || (!isLong && rest[1 + length] != ';')) return refuseAt(XmlError::reference, cursor_);
  const uint32_t codePoint = predefinedEntity({reinterpret_cast<const char*>(name.data()), length});
  if (codePoint == 0 || isLong) return refuseAt(XmlError::entity, cursor_, name);
  if (quote_ != 0 && attributes_.countBytes(length + 2) != XmlError::none) {
    return refuseAt(XmlError::attributeBytesLimit, cursor_);
  }
  return addCharacter(codePoint) && goTo(quote_ != 0 ? State::value : State::content, cursor_ + length + 2);
}

bool XmlScanner::scanCodePoint() {
  constexpr uint32_t kTooHigh = 0x110000;
  const size_t start = cursor_;
  for (; cursor_ < window_.size(); ++cursor_) {
    const uint32_t digit = digitOf(window_[cursor_]);
    if (digit >= (isHex_ ? 16 : 10)) break;
    codePoint_ = std::min(codePoint_ * (isHex_ ? 16 : 10) + digit, kTooHigh);
    hasDigits_ = true;
  }
  if (quote_ != 0 && attributes_.countBytes(cursor_ - start) != XmlError::none) {
    return refuse(XmlError::attributeBytesLimit, reference_);
  }
  if (cursor_ == window_.size()) return isEnd_ ? refuse(XmlError::reference, reference_) : false;
  if (window_[cursor_] != ';' || !hasDigits_) return refuse(XmlError::reference, reference_);
  if (!isXmlCharacter(codePoint_)) return refuse(XmlError::characterReference, reference_);
  return addCharacter(codePoint_) && goTo(quote_ != 0 ? State::value : State::content, cursor_ + 1);
}

}  // namespace mm
