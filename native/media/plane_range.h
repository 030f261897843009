#pragma once

#include <string>

#include "compare_plane.h"

namespace mm {

/// A plane inside a slot. The numbers come from JS: nothing may be read before `planeFault` found none.
struct PlaneRange {
  size_t offsetBytes;
  PlaneShape shape;
};

/// What a plane would have to be to be read safely from a slot ("inside a slot of 100 bytes, ..."); empty when it is that.
/// Sound for any numbers with a width below 2^63.
std::string planeFault(const PlaneRange& plane, size_t slotBytes);

}  // namespace mm
