#include "tape.h"

namespace mm {

bool Tape::start(Grant& memory, size_t capacity) {
  kinds = memory.take<uint32_t>(capacity);
  offsets = memory.take<uint32_t>(capacity);
  lengths = memory.take<uint32_t>(capacity);
  count = 0;
  return capacity > 0 && !kinds.empty() && !offsets.empty() && !lengths.empty();
}

}  // namespace mm
