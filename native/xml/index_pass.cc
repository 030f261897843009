#include "index_pass.h"

#include <algorithm>

#include "value_text.h"

namespace mm {

namespace {

/// The child by which a composite is found.
std::string_view referenceName(Section section) {
  switch (section) {
    case Section::parties:
      return "PartyReference";
    case Section::resources:
      return "ResourceReference";
    case Section::releases:
      return "ReleaseReference";
    case Section::deals:
      return "DealReleaseReference";
    default:
      return {};
  }
}

ReferenceKind referenceKind(Section section) {
  switch (section) {
    case Section::parties:
      return ReferenceKind::party;
    case Section::resources:
      return ReferenceKind::resource;
    case Section::deals:
      return ReferenceKind::deal;
    default:
      return ReferenceKind::release;
  }
}

}  // namespace

void IndexPass::begin(uint64_t maxElements) {
  maxElements_ = maxElements;
  outline_.begin();
  contents_ = {};
  isInComposite_ = false;
}

Outcome IndexPass::take(MessageReader& reader, size_t& from) {
  stop_ = IndexStop::tapeEnd;
  while (from < reader.tape().count) {
    if (isInComposite_) {
      if (const Outcome taken = takeComposite(reader, from); !taken.ok()) return taken;
      if (stop_ == IndexStop::tooManyElements) break;
      continue;
    }
    from = outline_.take(reader, from);
    if (outline_.stop() == MessageOutline::Stop::root) {
      stop_ = IndexStop::root;
      break;
    }
    if (outline_.stop() == MessageOutline::Stop::composite) beginComposite();
  }
  return {};
}

MessageContents IndexPass::contents() const {
  MessageContents whole = contents_;
  whole.elements += outline_.elements();
  whole.maxDepth = std::max(whole.maxDepth, outline_.maxDepth());
  return whole;
}

void IndexPass::beginComposite() {
  isInComposite_ = true;
  depth_ = 0;
  elements_ = 0;
  hasReference_ = false;
  isInReference_ = false;
  referenceName_ = referenceName(outline_.composite().section);
}

Outcome IndexPass::takeComposite(MessageReader& reader, size_t& from) {
  const Tape& tape = reader.tape();
  for (; from < tape.count; ++from) {
    switch (static_cast<TokenKind>(tape.kinds[from])) {
      case TokenKind::startTag:
        if (++elements_ > maxElements_) {
          stop_ = IndexStop::tooManyElements;
          return {};
        }
        ++depth_;
        contents_.maxDepth = std::max(contents_.maxDepth, outline_.depth() + depth_);
        if (depth_ == 2) beginChild(reader, from);
        break;
      case TokenKind::endTag:
        if (depth_ == 2 && isInReference_) {
          if (const Outcome ended = endReference(); !ended.ok()) return ended;
        }
        if (--depth_ > 0) break;
        endComposite(reader.offsetOf(tape.offsets[from]));
        ++from;
        return {};
      case TokenKind::text:
        if (isInReference_ && depth_ == 2) appendText(reader.window().subspan(tape.offsets[from], tape.lengths[from]));
        break;
      case TokenKind::character:
        if (isInReference_ && depth_ == 2) appendCharacter(tape.offsets[from]);
        break;
      default:
        break;
    }
  }
  return {};
}

void IndexPass::beginChild(const MessageReader& reader, size_t token) {
  const Section section = outline_.composite().section;
  // A composite has one reference; the deals of one may be those of many releases.
  if (referenceName_.empty() || (hasReference_ && section != Section::deals)) return;
  isInReference_ = isNamed(reader.window().subspan(reader.tape().offsets[token], reader.tape().lengths[token]), referenceName_);
  referenceBytes_ = 0;
  isTooLong_ = false;
}

void IndexPass::appendText(std::span<const uint8_t> piece) {
  if (piece.size() > kMostReferenceBytes - referenceBytes_) {
    isTooLong_ = true;
  } else {
    referenceBytes_ += copyText(piece, reference_ + referenceBytes_);
  }
}

void IndexPass::appendCharacter(uint32_t codePoint) {
  constexpr size_t kMostBytes = 4;
  if (kMostBytes > kMostReferenceBytes - referenceBytes_) {
    isTooLong_ = true;
  } else {
    referenceBytes_ += encodeUtf8(codePoint, reference_ + referenceBytes_);
  }
}

Outcome IndexPass::endReference() {
  isInReference_ = false;
  hasReference_ = true;
  if (isTooLong_) return {};
  const CompositeStart& start = outline_.composite();
  return index_.add(referenceKind(start.section), {reference_, referenceBytes_}, start.position);
}

void IndexPass::endComposite(uint64_t end) {
  isInComposite_ = false;
  const CompositeStart& start = outline_.composite();
  const LargestComposite size{end - start.position.offset, elements_};
  contents_.elements += elements_;
  switch (start.section) {
    case Section::header:
      if (contents_.header.offset == 0) contents_.header = start.position;
      contents_.largestHeader.add(size);
      break;
    case Section::parties:
      contents_.largestParty.add(size);
      break;
    case Section::resources:
      contents_.largestResource.add(size);
      break;
    case Section::deals:
      contents_.largestDeal.add(size);
      break;
    case Section::releases:
      if (contents_.releaseList.offset != outline_.sectionPosition().offset) {
        contents_.releaseList = outline_.sectionPosition();
        ++contents_.releaseLists;
      }
      ++contents_.releases;
      contents_.largestRelease.add(size);
      break;
    case Section::purge:
      ++contents_.purged;
      contents_.largestRelease.add(size);
      break;
    case Section::other:
      break;
  }
}

}  // namespace mm
