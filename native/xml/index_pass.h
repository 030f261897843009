#pragma once

#include <algorithm>
#include <cstdint>

#include "composite_index.h"
#include "message_outline.h"

namespace mm {

/// The largest composite of a kind, each figure for itself.
struct LargestComposite {
  uint64_t bytes = 0;
  uint64_t elements = 0;
  void add(const LargestComposite& other) {
    bytes = std::max(bytes, other.bytes);
    elements = std::max(elements, other.elements);
  }
};

/// What the first look at a message found out.
struct MessageContents {
  /// Offset 0: none; the first counts.
  TextPosition header;
  /// The last list of releases that has some, and how many lists have.
  TextPosition releaseList;
  uint64_t releaseLists = 0;
  uint64_t releases = 0;
  uint64_t purged = 0;
  LargestComposite largestHeader;
  /// Of releases, also those that are purged.
  LargestComposite largestRelease;
  LargestComposite largestParty, largestResource, largestDeal;
  uint64_t elements = 0;
  uint32_t maxDepth = 0;
};

enum class IndexStop : uint8_t { tapeEnd, root, tooManyElements };

/// The first look at a message: where its composites are, by their references.
class IndexPass {
 public:
  /// References that are longer lead nowhere.
  static constexpr size_t kMostReferenceBytes = 1024;

  explicit IndexPass(CompositeIndex& index) : index_(index) {}
  void begin(uint64_t maxElements);
  /// Takes what is on the reader's tape from the token at `from`, the number of the first that was not taken into it. Stops at the tape's end, once
  /// behind the root's start tag, and where a composite has too many elements.
  Outcome take(MessageReader& reader, size_t& from);
  IndexStop stop() const { return stop_; }
  const MessageRoot& root() const { return outline_.root(); }
  /// Of the composite in hand.
  const CompositeStart& composite() const { return outline_.composite(); }
  /// At the end of the message.
  MessageContents contents() const;

 private:
  void beginComposite();
  Outcome takeComposite(MessageReader& reader, size_t& from);
  void beginChild(const MessageReader& reader, size_t token);
  void appendText(std::span<const uint8_t> piece);
  void appendCharacter(uint32_t codePoint);
  Outcome endReference();
  void endComposite(uint64_t end);

  CompositeIndex& index_;
  uint64_t maxElements_ = 0;
  IndexStop stop_ = IndexStop::tapeEnd;
  MessageOutline outline_;
  MessageContents contents_;

  bool isInComposite_ = false;
  /// Open elements of the composite in hand, itself included.
  uint32_t depth_ = 0;
  uint64_t elements_ = 0;
  std::string_view referenceName_;
  bool hasReference_ = false;
  bool isInReference_ = false;
  bool isTooLong_ = false;
  size_t referenceBytes_ = 0;
  uint8_t reference_[kMostReferenceBytes];
};

}  // namespace mm
