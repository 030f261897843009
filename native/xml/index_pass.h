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
  uint64_t parties = 0;
  /// By CompositeRole.
  CompositeSize largest[6];
  uint64_t elements = 0;
  uint32_t maxDepth = 0;
};

/// The first look at a message: where its composites are, by their references, and what it says of itself.
class IndexPass {
 public:
  /// outline: at the document's start.
  void begin(MessageOutline& outline, CompositeIndex& index, const MapLimits& limits);
  /// Where it stopped, and Outcomes of the index.
  enum class Stop : uint8_t { tapeEnd, root, rootTooLong, tooManyElements, valueTooLong, mapper };
  /// Takes what is on the reader's tape from the token at `from`, which becomes the number of the first that was not taken: behind the root's start tag, where
  /// the outline is to be given its table and read() to be called, and where the message has too much of something.
  Outcome take(MessageReader& reader, size_t& from);
  Stop stop() const { return stop_; }
  /// `message` has begun with the message itself.
  void read(Mapper& message) { message_ = &message; }
  /// At the end of the message.
  const MessageContents& contents() const { return contents_; }

 private:
  Outcome takeComposite(MessageReader& reader, size_t& from);
  void endComposite(uint64_t end);
  bool map(MessageReader& reader, size_t from, size_t until);

  MessageOutline* outline_ = nullptr;
  CompositeIndex* index_ = nullptr;
  Mapper* message_ = nullptr;
  MapLimits limits_;
  Stop stop_ = Stop::tapeEnd;
  MessageContents contents_;
  bool isInComposite_ = false;
  bool hasReference_ = false;
  CompositeWalk walk_;
};

}  // namespace mm
