#pragma once

#include "composite_walk.h"
#include "mapper.h"
#include "message_outline.h"
#include "parse_failure.h"

namespace mm {

/// Why a pass over a message came back: at the tape's end; behind the root's start tag, where the outline is to be given its table; with a record that is whole; where
/// the message has too much of something; where captures have no room.
enum class PassStop : uint8_t { tapeEnd, root, record, rootTooLong, tooManyElements, tooDeep, valueTooLong, noRoom };

/// tapeEnd for what does not stop a pass.
PassStop stopOf(MapState state);
PassStop stopOf(CompositeWalk::Stop stop);

/// Says so where a message is refused for it; the outline is at the composite in hand.
void describe(PassStop stop, const MessageOutline& outline, ParseFailure& failure);

}  // namespace mm
