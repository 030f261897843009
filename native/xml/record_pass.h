#pragma once

#include <cstdint>
#include <span>

#include "composite_walk.h"
#include "mapper.h"
#include "message_outline.h"
#include "pass_stop.h"

namespace mm {

/// Maps the composites of a message, one after the other, as they come.
class RecordPass {
 public:
  /// Which composites are mapped: those of which a record is written in that mode.
  enum class Wanted : uint8_t { releases, all };
  /// outline: at the start of a document or of a list. Captures go into words and bytes.
  void begin(MessageOutline& outline, Wanted wanted, const MapLimits& limits, Mapper& mapper, std::span<uint32_t> words, std::span<uint8_t> bytes);
  /// What the message says of itself goes to this mapper, which has begun with it; otherwise to none.
  void mapMessage(Mapper& message) { message_ = &message; }

  /// Takes what is on the reader's tape from the token at `from`; the number of the first that was not taken.
  size_t take(MessageReader& reader, size_t from);
  PassStop stop() const { return stop_; }

  const MessageComposite& composite() const { return *outline_->composite(); }
  Captures captures() const { return mapper_->captures(); }
  uint64_t elements() const { return elements_; }
  uint32_t maxDepth() const { return maxDepth_; }

 private:
  size_t takeComposite(MessageReader& reader, size_t from);
  bool isWanted(const MessageComposite* composite) const;
  bool map(Mapper& mapper, MessageReader& reader, size_t from, size_t until);

  MessageOutline* outline_ = nullptr;
  Wanted wanted_ = Wanted::all;
  MapLimits limits_;
  Mapper* mapper_ = nullptr;
  Mapper* message_ = nullptr;
  std::span<uint32_t> words_;
  std::span<uint8_t> bytes_;
  PassStop stop_ = PassStop::tapeEnd;
  bool isInComposite_ = false;
  CompositeWalk walk_;
  uint64_t elements_ = 0;
  uint32_t maxDepth_ = 0;
};

}  // namespace mm
