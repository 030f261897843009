#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// XML 1.0 (fifth edition) productions 4 and 4a, for characters beyond ASCII.
bool isNameStart(uint32_t codePoint);
bool isNameCharacter(uint32_t codePoint);

/// A name whose characters may all stand in names: whether they may stand where they do. `colon` is where it has one, 0
/// for none.
bool isQualifiedName(std::span<const uint8_t> name, size_t colon);

/// What is behind the prefix of a name, if it has one.
std::span<const uint8_t> localName(std::span<const uint8_t> name);

}  // namespace mm
