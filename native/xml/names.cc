#include "names.h"

#include <algorithm>
#include <cstring>

#include "byte_runs.h"
#include "utf8.h"

namespace mm {

namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

constexpr Range kNameStarts[] = {
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},   {0x37F, 0x1FFF},  {0x200C, 0x200D},
    {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
};
/// Beside those.
constexpr Range kNameCharacters[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

bool isIn(std::span<const Range> ranges, uint32_t codePoint) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return codePoint >= range.first && codePoint <= range.last; });
}

bool beginsName(std::span<const uint8_t> part) {
  if (part.empty()) return false;
  if (part[0] < 0x80) return isAsciiNameStart(part[0]);
  return isNameStart(decodeUtf8(part.data(), part.data() + part.size()).codePoint);
}

}  // namespace

bool isNameStart(uint32_t codePoint) {
  return isIn(kNameStarts, codePoint);
}

bool isNameCharacter(uint32_t codePoint) {
  return isNameStart(codePoint) || isIn(kNameCharacters, codePoint);
}

bool isQualifiedName(std::span<const uint8_t> name, size_t colon) {
  return beginsName(name) && (colon == 0 || beginsName(name.subspan(colon + 1)));
}

std::span<const uint8_t> localName(std::span<const uint8_t> name) {
  const auto* colon = static_cast<const uint8_t*>(std::memchr(name.data(), ':', name.size()));
  return colon == nullptr ? name : name.subspan(static_cast<size_t>(colon + 1 - name.data()));
}

}  // namespace mm
