#include "pass_stop.h"

namespace mm {

PassStop stopOf(MapState state) {
  switch (state) {
    case MapState::tooManyElements:
      return PassStop::tooManyElements;
    case MapState::tooDeep:
      return PassStop::tooDeep;
    case MapState::valueTooLong:
      return PassStop::valueTooLong;
    case MapState::noRoom:
      return PassStop::noRoom;
    default:
      return PassStop::tapeEnd;
  }
}

PassStop stopOf(CompositeWalk::Stop stop) {
  switch (stop) {
    case CompositeWalk::Stop::tooManyElements:
      return PassStop::tooManyElements;
    case CompositeWalk::Stop::valueTooLong:
      return PassStop::valueTooLong;
    default:
      return PassStop::tapeEnd;
  }
}

void describe(PassStop stop, const MessageOutline& outline, ParseFailure& failure) {
  switch (stop) {
    case PassStop::rootTooLong:
      return failure.set("XML_LIMIT_ATTRIBUTE_BYTES", outline.root().position(), "the attributes of the root are too long");
    case PassStop::tooManyElements:
      return failure.set("LIMIT_ELEMENTS", outline.position(), "a composite has more elements than --max-elements allows");
    case PassStop::tooDeep:
      return failure.set("XML_LIMIT_DEPTH", outline.position(), "elements that are read are nested too deep");
    case PassStop::valueTooLong:
      return failure.set("LIMIT_VALUE", outline.position(), "a value has more than 1 MiB");
    default:
      return;
  }
}

}  // namespace mm
