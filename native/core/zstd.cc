#include "zstd.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace mm {
namespace {

constexpr uint64_t kMark = 0x646f6365642d7a73;

/// Extra bits of each code, and the values that the codes begin at (3.1.1.3.2.1.1).
template <size_t Count>
struct Codes {
  std::array<uint8_t, Count> bits;
  std::array<uint32_t, Count> begin;

  constexpr Codes(const std::array<uint8_t, Count>& extraBits, uint32_t first) : bits(extraBits), begin{} {
    for (size_t code = 0; code < Count; ++code) {
      begin[code] = first;
      first += uint32_t{1} << bits[code];
    }
  }
};

constexpr Codes<36> kLiteralCodes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  1,  1,
                                   1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                                  0);
constexpr Codes<53> kMatchCodes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0, 0,
                                 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                                3);
constexpr uint8_t kLastOffsetCode = 31;

/// Where a block brings no tables (3.1.1.3.2.2).
constexpr unsigned kUsualLog = 6;
constexpr std::array<int16_t, 36> kUsualLiterals = {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
                                                    2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
constexpr std::array<int16_t, 53> kUsualMatches = {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1,  1,  1,
                                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,
                                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};
constexpr unsigned kUsualOffsetLog = 5;
constexpr std::array<int16_t, 29> kUsualOffsets = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1,
                                                   1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};

uint32_t littleEndian(std::span<const uint8_t> bytes) {
  uint32_t value = 0;
  for (size_t at = 0; at < bytes.size(); ++at) value |= static_cast<uint32_t>(bytes[at]) << (8 * at);
  return value;
}

/// One of the three tables, by its mode (3.1.1.3.2.1). Bytes of its description.
std::optional<size_t> readTable(unsigned mode, std::span<const uint8_t> bytes, FseRoom room, bool hasOlder,
                                std::span<const int16_t> usual, unsigned usualLog) {
  switch (mode) {
    case 0:
      buildFseTable(usual, usualLog, room);
      return 0;
    case 1:
      if (bytes.empty() || !repeatFseSymbol(bytes[0], room)) return std::nullopt;
      return 1;
    case 2:
      return readFseTable(bytes, room);
    default:
      return hasOlder ? std::optional<size_t>(0) : std::nullopt;
  }
}

/// A match may reach into what it writes.
void copyForward(uint8_t* target, const uint8_t* source, size_t count) {
  if (static_cast<size_t>(target - source) >= count) {
    std::memcpy(target, source, count);
  } else {
    for (size_t at = 0; at < count; ++at) target[at] = source[at];
  }
}

}  // namespace

size_t ZstdDecoder::bytes(size_t historyBytes) {
  return sizeof(ZstdDecoder) + historyBytes + 2 * kMostBlockBytes;
}

void ZstdDecoder::begin(std::span<uint8_t> memory, size_t historyBytes) {
  new (memory.data()) ZstdDecoder(historyBytes);
}

ZstdDecoder* ZstdDecoder::in(std::span<uint8_t> memory) {
  if (memory.size() < sizeof(ZstdDecoder)) return nullptr;
  auto* decoder = std::launder(reinterpret_cast<ZstdDecoder*>(memory.data()));
  return decoder->mark_ == kMark && memory.size() >= bytes(decoder->historyBytes_) ? decoder : nullptr;
}

ZstdDecoder::ZstdDecoder(size_t historyBytes)
    : mark_(kMark), historyBytes_(historyBytes), mostPlainBytes_(std::min(historyBytes, kMostBlockBytes)) {
  huffman_.log = 0;
}

std::optional<std::span<const uint8_t>> ZstdDecoder::block(uint32_t header, std::span<const uint8_t> content) {
  if (position_ + kMostBlockBytes > ringBytes()) {
    roundEnd_ = position_;
    position_ = 0;
  }
  blockBegin_ = position_;
  const size_t size = header >> 3;
  bool isWhole = false;
  switch ((header >> 1) & 3) {
    case 0:
      isWhole = content.size() == size && copyPlain(content);
      break;
    case 1:
      isWhole = content.size() == 1 && hasRoomFor(size);
      if (isWhole) std::memset(ring() + position_, content[0], size), position_ += size;
      break;
    case 2:
      isWhole = content.size() == size && size <= kMostBlockBytes && decodeCompressed(content);
      break;
    default:
      break;
  }
  if (!isWhole) return std::nullopt;
  const std::span<const uint8_t> plain(ring() + blockBegin_, position_ - blockBegin_);
  totalBytes_ += plain.size();
  hash_.update(plain);
  return plain;
}

bool ZstdDecoder::copyPlain(std::span<const uint8_t> content) {
  literals_ = content;
  return appendLiterals(content.size());
}

bool ZstdDecoder::decodeCompressed(std::span<const uint8_t> content) {
  const auto literals = readLiterals(content);
  return literals && readSequences(content.subspan(*literals)) && appendLiterals(literals_.size());
}

std::optional<size_t> ZstdDecoder::readLiterals(std::span<const uint8_t> content) {
  if (content.empty()) return std::nullopt;
  const unsigned type = content[0] & 3;
  if (type >= 2) return readHuffmanLiterals(content);
  const unsigned format = (content[0] >> 2) & 3;
  const size_t headBytes = format == 1 ? 2 : format == 3 ? 3 : 1;
  if (headBytes > content.size()) return std::nullopt;
  const size_t count = littleEndian(content.first(headBytes)) >> (headBytes == 1 ? 3 : 4);
  const size_t storedBytes = type == 0 ? count : 1;
  if (count > kMostBlockBytes || storedBytes > content.size() - headBytes) return std::nullopt;
  literals_ = content.subspan(headBytes, storedBytes);
  if (type == 1) {
    std::memset(literalRoom_.data(), literals_[0], count);
    literals_ = {literalRoom_.data(), count};
  }
  return headBytes + storedBytes;
}

/// 3.1.1.3.1.
std::optional<size_t> ZstdDecoder::readHuffmanLiterals(std::span<const uint8_t> content) {
  const unsigned format = (content[0] >> 2) & 3;
  const size_t headBytes = format < 2 ? 3 : format + 2;
  const unsigned sizeBits = format < 2 ? 10 : format == 2 ? 14 : 18;
  if (headBytes > content.size()) return std::nullopt;
  uint64_t head = 0;
  std::memcpy(&head, content.data(), headBytes);
  const size_t count = (head >> 4) & ((1u << sizeBits) - 1);
  const size_t storedBytes = (head >> (4 + sizeBits)) & ((1u << sizeBits) - 1);
  if (count > kMostBlockBytes || storedBytes > content.size() - headBytes) return std::nullopt;
  std::span<const uint8_t> stored = content.subspan(headBytes, storedBytes);
  if ((content[0] & 3) == 2) {
    const auto described = readHuffmanTable(stored, huffman_);
    if (!described) return std::nullopt;
    stored = stored.subspan(*described);
  }
  if (huffman_.log == 0) return std::nullopt;
  const std::span<uint8_t> target(literalRoom_.data(), count);
  literals_ = target;
  const size_t end = headBytes + storedBytes;
  if (format == 0) return decodeHuffman(huffman_, stored, target) ? std::optional(end) : std::nullopt;
  constexpr size_t kJumpBytes = 6;
  const size_t quarter = (count + 3) / 4;
  if (stored.size() < kJumpBytes || 3 * quarter > count) return std::nullopt;
  std::span<const uint8_t> streams = stored.subspan(kJumpBytes);
  for (size_t stream = 0; stream < 4; ++stream) {
    const bool isLast = stream == 3;
    const size_t length = isLast ? streams.size() : littleEndian(stored.subspan(2 * stream, 2));
    const size_t words = isLast ? count - 3 * quarter : quarter;
    if (length > streams.size()) return std::nullopt;
    if (!decodeHuffman(huffman_, streams.first(length), target.subspan(stream * quarter, words))) return std::nullopt;
    streams = streams.subspan(length);
  }
  return end;
}

/// 3.1.1.3.2.
bool ZstdDecoder::readSequences(std::span<const uint8_t> content) {
  if (content.empty()) return false;
  size_t count = content[0];
  size_t headBytes = 1;
  if (count == 0) return content.size() == 1;
  if (count > 127) headBytes = count == 255 ? 3 : 2;
  if (headBytes > content.size()) return false;
  if (headBytes == 2) count = ((count - 128) << 8) + content[1];
  if (headBytes == 3) count = littleEndian(content.subspan(1, 2)) + 0x7f00;
  const auto tables = readTables(content.subspan(headBytes));
  if (!tables) return false;
  BackwardBits bits(content.subspan(headBytes + *tables));
  FseState literalLength(literalLengths_, bits);
  FseState offset(offsets_, bits);
  FseState matchLength(matchLengths_, bits);
  for (;;) {
    const unsigned offsetBits = offset.symbol();
    const uint32_t offsetValue = (uint32_t{1} << offsetBits) + bits.read(offsetBits);
    const uint8_t matchCode = matchLength.symbol();
    const size_t match = kMatchCodes.begin[matchCode] + bits.read(kMatchCodes.bits[matchCode]);
    const uint8_t literalCode = literalLength.symbol();
    const size_t literals = kLiteralCodes.begin[literalCode] + bits.read(kLiteralCodes.bits[literalCode]);
    if (bits.left() < 0 || !append({literals, match, offsetOf(offsetValue, literals > 0)})) return false;
    if (--count == 0) return bits.left() == 0;
    literalLength.advance(bits);
    matchLength.advance(bits);
    offset.advance(bits);
  }
}

/// Bytes of the modes and the tables.
std::optional<size_t> ZstdDecoder::readTables(std::span<const uint8_t> bytes) {
  if (bytes.empty() || (bytes[0] & 3) != 0) return std::nullopt;
  const unsigned modes = bytes[0];
  size_t at = 1;
  const auto read = [&](unsigned mode, FseRoom room, std::span<const int16_t> usual, unsigned usualLog) {
    const auto length = readTable(mode & 3, bytes.subspan(at), room, hasTables_, usual, usualLog);
    at += length.value_or(0);
    return length.has_value();
  };
  if (!read(modes >> 6, literalLengths_.room(kLiteralCodes.bits.size() - 1), kUsualLiterals, kUsualLog) ||
      !read(modes >> 4, offsets_.room(kLastOffsetCode), kUsualOffsets, kUsualOffsetLog) ||
      !read(modes >> 2, matchLengths_.room(kMatchCodes.bits.size() - 1), kUsualMatches, kUsualLog)) {
    return std::nullopt;
  }
  hasTables_ = true;
  return at;
}

/// 3.1.1.5. 0 for one that cannot be.
size_t ZstdDecoder::offsetOf(uint32_t value, bool hasLiterals) {
  auto& [first, second, third] = recentOffsets_;
  if (value > 3) {
    third = second;
    second = first;
    first = value - 3;
    return first;
  }
  const size_t choice = value - (hasLiterals ? 1 : 0);
  if (choice == 0) return first;
  const size_t chosen = choice == 1 ? second : choice == 2 ? third : first - 1;
  if (choice > 1) third = second;
  second = first;
  first = chosen;
  return chosen;
}

bool ZstdDecoder::append(const Sequence& sequence) {
  if (!appendLiterals(sequence.literals)) return false;
  const uint64_t written = totalBytes_ + (position_ - blockBegin_);
  if (sequence.offset == 0 || sequence.offset > std::min<uint64_t>(historyBytes_, written)) return false;
  if (!hasRoomFor(sequence.match)) return false;
  size_t rest = sequence.match;
  if (sequence.offset > position_) {
    const size_t fromBefore = std::min(rest, sequence.offset - position_);
    std::memcpy(ring() + position_, ring() + roundEnd_ - (sequence.offset - position_), fromBefore);
    position_ += fromBefore;
    rest -= fromBefore;
    if (rest == 0) return true;
  }
  copyForward(ring() + position_, ring() + position_ - sequence.offset, rest);
  position_ += rest;
  return true;
}

bool ZstdDecoder::appendLiterals(size_t count) {
  if (count > literals_.size() || !hasRoomFor(count)) return false;
  if (count > 0) std::memcpy(ring() + position_, literals_.data(), count);
  literals_ = literals_.subspan(count);
  position_ += count;
  return true;
}

}  // namespace mm
