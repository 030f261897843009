#pragma once

#include <cstdint>

#include "composite_index.h"
#include "composite_walk.h"
#include "mapper.h"
#include "message_outline.h"

namespace mm {

/// What the first look at a message found out.
struct MessageContents {
  /// The last list of releases that has some, and how many lists have.
  TextPosition releaseList;
  uint64_t releaseLists = 0;
  uint64_t releases = 0;
  uint64_t purged = 0;
  /// By CompositeRole.
  CompositeSize largest[6];
  uint64_t elements = 0;
  uint32_t maxDepth = 0;
};

/// The first look at a message: where its composites are, by their references, and what it says of itself.
class IndexPass {
 public:
  static size_t memoryBytes(const XmlLimits& limits) { return MessageOutline::memoryBytes(limits); }
  bool start(Grant& memory, const XmlLimits& limits) { return outline_.start(memory, limits); }

  void begin(CompositeIndex& index, uint64_t maxElements);
  /// Where it stopped, and Outcomes of the index.
  enum class Stop : uint8_t { tapeEnd, root, rootTooLong, tooManyElements, mapper };
  /// Takes what is on the reader's tape from the token at `from`, which becomes the number of the first that was not taken: behind the root's start tag, where
  /// read() must be called next, and where the message has too much of something.
  Outcome take(MessageReader& reader, size_t& from);
  Stop stop() const { return stop_; }

  const RootTag& root() const { return outline_.root(); }
  /// What it is; `mapper` has begun with the message itself.
  void read(const MessageTable& table, Mapper& mapper);
  /// Of the composite in hand.
  TextPosition composite() const { return outline_.position(); }
  /// At the end of the message.
  const MessageContents& contents() const { return contents_; }

 private:
  Outcome takeComposite(MessageReader& reader, size_t& from);
  void endComposite(uint64_t end);
  bool map(MessageReader& reader, size_t from, size_t until);

  CompositeIndex* index_ = nullptr;
  Mapper* mapper_ = nullptr;
  uint64_t maxElements_ = 0;
  Stop stop_ = Stop::tapeEnd;
  MessageOutline outline_;
  MessageContents contents_;
  bool isInComposite_ = false;
  bool hasReference_ = false;
  CompositeWalk walk_;
};

}  // namespace mm
