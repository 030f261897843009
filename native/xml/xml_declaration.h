#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "xml_error.h"

namespace mm {

/// <?xml version="1.0" encoding="UTF-8" standalone="yes"?>, byte by byte from behind its target.
class XmlDeclaration {
 public:
  void clear() { count_ = 0; }
  /// False when it is longer than any that is right. White space counts once.
  bool append(uint8_t byte);
  /// Behind its last byte, without "?>".
  XmlError check() const;

 private:
  std::array<char, 128> text_;
  size_t count_ = 0;
};

}  // namespace mm
