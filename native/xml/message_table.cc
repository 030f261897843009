#include "message_table.h"

#include <algorithm>

namespace mm {

std::span<const uint8_t> MessageTable::listNamed(std::span<const uint8_t> rootChild) const {
  for (const MessageComposite& each : composites) {
    if (std::ranges::equal(each.list, rootChild)) return each.list;
  }
  return {};
}

const MessageComposite* MessageTable::find(std::span<const uint8_t> list, std::span<const uint8_t> element) const {
  for (const MessageComposite& each : composites) {
    if (std::ranges::equal(each.element, element) && std::ranges::equal(each.list, list)) return &each;
  }
  return nullptr;
}

}  // namespace mm
