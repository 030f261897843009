#include "composite_walk.h"

#include "byte_runs.h"
#include "names.h"
#include "value_text.h"

namespace mm {

void CompositeWalk::begin(std::span<const uint8_t> referenceName, const MapLimits& limits) {
  referenceName_ = referenceName;
  limits_ = limits;
  textBytes_ = 0;
  elements_ = attributes_ = 0;
  depth_ = maxDepth_ = 0;
  isInReference_ = false;
}

size_t CompositeWalk::take(std::span<const uint8_t> window, const Tape& tape, size_t from) {
  stop_ = Stop::tapeEnd;
  for (; from < tape.count; ++from) {
    const auto kind = static_cast<TokenKind>(tape.kinds[from]);
    switch (kind) {
      case TokenKind::startTag:
        if (elements_ == limits_.elements) {
          stop_ = Stop::tooManyElements;
          return from;
        }
        ++elements_;
        textBytes_ = 0;
        maxDepth_ = std::max(maxDepth_, ++depth_);
        if (depth_ == 2) beginChild(window.subspan(tape.offsets[from], tape.lengths[from]));
        break;
      case TokenKind::attribute:
        ++attributes_;
        break;
      case TokenKind::text:
      case TokenKind::character:
        textBytes_ += tape.lengths[from];
        if (textBytes_ > limits_.valueBytes) {
          stop_ = Stop::valueTooLong;
          return from;
        }
        if (isInReference_ && depth_ == 2) append(window, kind, tape.offsets[from], tape.lengths[from]);
        break;
      case TokenKind::endTag:
        --depth_;
        textBytes_ = 0;
        if (depth_ == 0) {
          stop_ = Stop::end;
          return from + 1;
        }
        if (depth_ == 1 && isInReference_) {
          isInReference_ = false;
          if (isTooLong_ || std::ranges::all_of(reference(), isXmlSpace)) break;
          stop_ = Stop::reference;
          return from + 1;
        }
        break;
      default:
        break;
    }
  }
  return from;
}

void CompositeWalk::beginChild(std::span<const uint8_t> name) {
  const std::span<const uint8_t> local = localName(name);
  isInReference_ = !referenceName_.empty() && std::ranges::equal(local, referenceName_);
  isTooLong_ = false;
  referenceBytes_ = 0;
}

void CompositeWalk::append(std::span<const uint8_t> window, TokenKind kind, uint32_t offset, uint32_t length) {
  isTooLong_ = isTooLong_ || length > kMostReferenceBytes - referenceBytes_;
  if (isTooLong_) return;
  uint8_t* to = reference_ + referenceBytes_;
  referenceBytes_ += kind == TokenKind::character ? encodeUtf8(offset, to) : copyText(window.subspan(offset, length), to);
}

}  // namespace mm
