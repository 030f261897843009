#pragma once

#include <cstdint>

#include "composite_index.h"
#include "composite_walk.h"
#include "mapper.h"
#include "message_outline.h"
#include "pass_stop.h"

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
  /// Takes what is on the reader's tape from the token at `from`, which becomes the number of the first that was not taken. Behind the root's start tag read()
  /// is to be called. Fails as the index does.
  Outcome take(MessageReader& reader, size_t& from);
  PassStop stop() const { return stop_; }
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
  PassStop stop_ = PassStop::tapeEnd;
  MessageContents contents_;
  bool isInComposite_ = false;
  bool hasReference_ = false;
  CompositeWalk walk_;
};

}  // namespace mm
