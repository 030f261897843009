#include "lz4.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mm {
namespace {

constexpr size_t kShortestMatch = 4;
constexpr size_t kFarthestOffset = 65535;
/// The format's end of a block: its last 5 bytes are literals, and no match begins in its last 12.
constexpr size_t kLastLiterals = 5;
constexpr size_t kLastMatchStart = 12;
/// A length field of a token holds up to this; the rest follows in bytes.
constexpr size_t kLongLength = 15;
/// A match this long is taken without looking for a longer one, which bounds the work on runs of one byte.
constexpr size_t kGoodMatch = 256;
/// What does not repeat is passed in larger steps: one longer after every 2^n positions in vain. Level 2 takes every position.
constexpr unsigned kFastSkipShift = 6;
constexpr unsigned kChainedSkipShift = 8;

constexpr unsigned kHashBits = 15;
constexpr size_t kHeads = size_t{1} << kHashBits;
constexpr size_t kLinks = kFarthestOffset + 1;
static_assert(kHeads * sizeof(uint32_t) + kLinks * sizeof(uint16_t) <= kLz4ScratchBytes);

uint32_t read32(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint64_t read64(const uint8_t* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Multiplicative hashing by 2^32 divided by the golden ratio.
uint32_t hashAt(const uint8_t* at) {
  return (read32(at) * 2654435761u) >> (32 - kHashBits);
}

struct Match {
  size_t position = 0;
  size_t from = 0;
  size_t length = 0;
};

class Output {
 public:
  Output(uint8_t* target, size_t capacityBytes) : start_(target), at_(target), end_(target + capacityBytes) {}

  size_t written() const { return static_cast<size_t>(at_ - start_); }

  /// Literals and, unless its length is 0, the match behind them. False when there is no room.
  bool sequence(const uint8_t* literals, size_t literalBytes, size_t offset, size_t matchLength) {
    const size_t extra = matchLength == 0 ? 0 : matchLength - kShortestMatch;
    const size_t mostBytes = 1 + literalBytes / 255 + 1 + literalBytes + 2 + extra / 255 + 1;
    if (mostBytes > static_cast<size_t>(end_ - at_) && exactBytes(literalBytes, matchLength) > static_cast<size_t>(end_ - at_)) return false;
    *at_++ = static_cast<uint8_t>((std::min(literalBytes, kLongLength) << 4) | std::min(extra, kLongLength));
    longLength(literalBytes);
    if (literalBytes > 0) std::memcpy(at_, literals, literalBytes);
    at_ += literalBytes;
    if (matchLength == 0) return true;
    *at_++ = static_cast<uint8_t>(offset);
    *at_++ = static_cast<uint8_t>(offset >> 8);
    longLength(extra);
    return true;
  }

 private:
  static size_t lengthBytes(size_t length) { return length < kLongLength ? 0 : (length - kLongLength) / 255 + 1; }

  static size_t exactBytes(size_t literalBytes, size_t matchLength) {
    const size_t matchBytes = matchLength == 0 ? 0 : 2 + lengthBytes(matchLength - kShortestMatch);
    return 1 + lengthBytes(literalBytes) + literalBytes + matchBytes;
  }

  void longLength(size_t length) {
    if (length < kLongLength) return;
    size_t rest = length - kLongLength;
    for (; rest >= 255; rest -= 255) *at_++ = 255;
    *at_++ = static_cast<uint8_t>(rest);
  }

  uint8_t* start_;
  uint8_t* at_;
  uint8_t* end_;
};

/// The source with the tables of where its 4-byte words stood last.
class Finder {
 public:
  Finder(const uint8_t* source, size_t sourceBytes, uint8_t* scratch)
      : source_(source),
        matchEnd_(sourceBytes - kLastLiterals),
        heads_(reinterpret_cast<uint32_t*>(scratch)),
        links_(reinterpret_cast<uint16_t*>(scratch + kHeads * sizeof(uint32_t))) {
    std::memset(heads_, 0, kHeads * sizeof(uint32_t));
  }

  /// The last place of the same word; the position becomes the last place itself.
  Match latest(size_t position) {
    uint32_t& head = heads_[hashAt(source_ + position)];
    const size_t from = head;
    head = static_cast<uint32_t>(position + 1);
    if (from == 0 || position - (from - 1) > kFarthestOffset) return {};
    return matchAt(position, from - 1);
  }

  /// The longest match among the last `searches` places of the same word.
  Match longest(size_t position, size_t searches) const {
    Match best;
    size_t from = heads_[hashAt(source_ + position)];
    if (from-- == 0) return best;
    for (; searches > 0 && position - from <= kFarthestOffset; --searches) {
      const Match match = matchAt(position, from);
      if (match.length > best.length) best = match;
      const size_t back = links_[from & kFarthestOffset];
      if (best.length >= kGoodMatch || back == 0 || back > from) break;
      from -= back;
    }
    return best;
  }

  /// Puts the position at the head of its chain. Every position up to it must have been put there before.
  void link(size_t position) {
    uint32_t& head = heads_[hashAt(source_ + position)];
    // A place out of reach may be written as any other place out of reach.
    const size_t back = head == 0 ? 0 : std::min(position - (head - 1), kFarthestOffset);
    links_[position & kFarthestOffset] = static_cast<uint16_t>(back);
    head = static_cast<uint32_t>(position + 1);
  }

  /// The match grown to the left, over literals that nobody has taken.
  Match grown(Match match, size_t anchor) const {
    while (match.position > anchor && match.from > 0 && source_[match.position - 1] == source_[match.from - 1]) {
      --match.position;
      --match.from;
      ++match.length;
    }
    return match;
  }

 private:
  Match matchAt(size_t position, size_t from) const {
    if (read32(source_ + position) != read32(source_ + from)) return {};
    const size_t length = kShortestMatch + common(position + kShortestMatch, from + kShortestMatch);
    return {position, from, length};
  }

  /// Equal bytes from two places on, up to where matches have to end.
  size_t common(size_t a, size_t b) const {
    const size_t start = a;
    for (; a + 8 <= matchEnd_; a += 8, b += 8) {
      const uint64_t difference = read64(source_ + a) ^ read64(source_ + b);
      if (difference != 0) return a - start + static_cast<size_t>(std::countr_zero(difference)) / 8;
    }
    while (a < matchEnd_ && source_[a] == source_[b]) {
      ++a;
      ++b;
    }
    return a - start;
  }

  const uint8_t* source_;
  const size_t matchEnd_;
  uint32_t* heads_;
  uint16_t* links_;
};

/// Where the literals begin that no sequence has taken yet.
struct Progress {
  Output& output;
  const uint8_t* source;
  size_t anchor = 0;

  bool take(const Match& match) {
    if (!output.sequence(source + anchor, match.position - anchor, match.position - match.from, match.length)) return false;
    anchor = match.position + match.length;
    return true;
  }
};

bool compressFast(Finder& finder, Progress& progress, size_t lastStart, bool skips) {
  size_t inVain = 0;
  for (size_t position = 0; position <= lastStart;) {
    const Match match = finder.latest(position);
    if (match.length == 0) {
      position += skips ? 1 + (inVain++ >> kFastSkipShift) : 1;
      continue;
    }
    if (!progress.take(finder.grown(match, progress.anchor))) return false;
    position = progress.anchor;
    inVain = 0;
  }
  return true;
}

bool compressChained(Finder& finder, Progress& progress, size_t lastStart, size_t searches) {
  size_t linked = 0;
  size_t inVain = 0;
  const auto linkUpTo = [&](size_t end) {
    for (; linked < std::min(end, lastStart + 1); ++linked) finder.link(linked);
  };
  for (size_t position = 0; position <= lastStart;) {
    linkUpTo(position);
    Match match = finder.longest(position, searches);
    if (match.length == 0) {
      position += 1 + (inVain++ >> kChainedSkipShift);
      continue;
    }
    inVain = 0;
    // A literal more is worth it when the match after it is longer still.
    while (match.length < kGoodMatch && position < lastStart) {
      linkUpTo(position + 1);
      const Match next = finder.longest(position + 1, searches);
      if (next.length <= match.length + 1) break;
      match = next;
      ++position;
    }
    if (!progress.take(finder.grown(match, progress.anchor))) return false;
    position = progress.anchor;
  }
  return true;
}

/// Reads what a token says and its bytes behind it add. False when the block ends inside, or the sum is beyond any block.
bool readLength(const uint8_t*& at, const uint8_t* end, size_t& length) {
  if (length < kLongLength) return true;
  for (uint8_t byte = 255; byte == 255; length += byte) {
    if (at == end || length > kLz4MaxSourceBytes) return false;
    byte = *at++;
  }
  return true;
}

/// Copies from `offset` bytes before the target, also into what it writes itself.
void copyMatch(uint8_t* target, size_t offset, size_t length) {
  const uint8_t* from = target - offset;
  while (length > offset) {
    std::memcpy(target, from, offset);
    target += offset;
    length -= offset;
    // What was written repeats the source, so the next copy may be twice as long.
    offset *= 2;
  }
  std::memcpy(target, from, length);
}

}  // namespace

size_t lz4Compress(const uint8_t* source, size_t sourceBytes, uint8_t* target, size_t capacityBytes, uint8_t* scratch,
                   unsigned level) {
  if (sourceBytes > kLz4MaxSourceBytes) return 0;
  Output output(target, capacityBytes);
  Progress progress{output, source};
  if (sourceBytes > kLastMatchStart) {
    Finder finder(source, sourceBytes, scratch);
    const size_t lastStart = sourceBytes - kLastMatchStart;
    const bool fits = level < 3 ? compressFast(finder, progress, lastStart, level == 1)
                                : compressChained(finder, progress, lastStart, size_t{4} << (level - 3));
    if (!fits) return 0;
  }
  const bool fits = output.sequence(source + progress.anchor, sourceBytes - progress.anchor, 0, 0);
  return fits ? output.written() : 0;
}

bool lz4Decompress(const uint8_t* block, size_t blockBytes, uint8_t* target, size_t targetBytes) {
  const uint8_t* at = block;
  const uint8_t* const end = block + blockBytes;
  uint8_t* to = target;
  uint8_t* const targetEnd = target + targetBytes;
  while (at < end) {
    const uint8_t token = *at++;
    size_t literals = token >> 4;
    if (!readLength(at, end, literals)) return false;
    if (literals > static_cast<size_t>(end - at) || literals > static_cast<size_t>(targetEnd - to)) return false;
    // Block and target may be one memory.
    if (literals > 0) std::memmove(to, at, literals);
    at += literals;
    to += literals;
    if (at == end) return to == targetEnd;

    if (end - at < 2) return false;
    const size_t offset = at[0] | (size_t{at[1]} << 8);
    at += 2;
    size_t length = token & kLongLength;
    if (!readLength(at, end, length)) return false;
    length += kShortestMatch;
    if (offset == 0 || offset > static_cast<size_t>(to - target) || length > static_cast<size_t>(targetEnd - to)) return false;
    copyMatch(to, offset, length);
    to += length;
  }
  return false;
}

}  // namespace mm
