#pragma once

#include <cstring>

#include "../core/job.h"
#include "window_positions.h"

namespace mm {

/// The elements that are open, innermost last.
class OpenElements {
 public:
  static size_t memoryBytes(uint32_t depth, uint32_t nameBytes) {
    return size_t{depth} * (sizeof(Element) + nameBytes) + alignof(Element);
  }
  bool start(Grant& memory, uint32_t depth, uint32_t nameBytes) {
    elements_ = memory.take<Element>(depth);
    names_ = memory.take<uint8_t>(size_t{depth} * nameBytes);
    return !elements_.empty() && !names_.empty();
  }

  void clear() { depth_ = 0; }
  size_t depth() const { return depth_; }
  bool isFull() const { return depth_ == elements_.size(); }

  /// `position` is of its '<', unsettled if that lies in the window. There is room for names as long as start() was
  /// told.
  void push(std::span<const uint8_t> name, const TextPosition& position) {
    const size_t nameStart = depth_ == 0 ? 0 : elements_[depth_ - 1].nameStart + elements_[depth_ - 1].nameLength;
    elements_[depth_++] = {nameStart, name.size(), position};
    std::memcpy(names_.data() + nameStart, name.data(), name.size());
  }
  void pop() { --depth_; }

  std::span<const uint8_t> name() const {
    const Element& element = elements_[depth_ - 1];
    return {names_.data() + element.nameStart, element.nameLength};
  }
  const TextPosition& position() const { return elements_[depth_ - 1].position; }

  /// Those whose tags lie in the window get their positions.
  void settle(WindowPositions& positions, std::span<const uint8_t> window) {
    size_t first = depth_;
    while (first > 0 && elements_[first - 1].position.line == 0) --first;
    for (; first < depth_; ++first) positions.settle(window, elements_[first].position);
  }

 private:
  struct Element {
    size_t nameStart;
    size_t nameLength;
    TextPosition position;
  };

  std::span<Element> elements_;
  std::span<uint8_t> names_;
  size_t depth_ = 0;
};

}  // namespace mm
