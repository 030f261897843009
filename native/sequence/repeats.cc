#include "repeats.h"

#include <algorithm>

namespace mm {

namespace {

/// What a repeat costs in 16ths of a bit: lengths and a distance that is new, or about that of the repeat before.
constexpr int64_t kFarCost = 28 * 16;
constexpr int64_t kNearCost = 14 * 16;
constexpr size_t kMostHashedBytes = 16;
/// A difference of a few edits moves what follows by as much.
constexpr int64_t kNearDistance = 2;
/// So soon after a repeat it may go on.
constexpr size_t kMostInterruption = 4;

uint64_t load(const uint8_t* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Of the first 4 to 16 bytes.
size_t hashOf(const uint8_t* bytes, size_t count, unsigned bits) {
  uint32_t first;
  std::memcpy(&first, bytes, sizeof first);
  uint64_t mixed = first;
  if (count >= 8) mixed = load(bytes) ^ load(bytes + count - 8) * 0x9E3779B97F4A7C15;
  mixed *= 0x9FB21C651E98DF25;
  return static_cast<size_t>((mixed ^ mixed >> 29) * 0x9E3779B97F4A7C15 >> (64 - bits));
}

size_t commonBytes(const uint8_t* earlier, const uint8_t* here, const uint8_t* end) {
  const uint8_t* const start = here;
  for (; end - here >= 8; here += 8, earlier += 8) {
    const uint64_t difference = load(earlier) ^ load(here);
    if (difference != 0)
      return static_cast<size_t>(here - start) + static_cast<size_t>(std::countr_zero(difference)) / 8;
  }
  while (here != end && *earlier == *here) ++here, ++earlier;
  return static_cast<size_t>(here - start);
}

}  // namespace

size_t RepeatFinder::memoryBytes(size_t columnBytes) {
  return (sizeof(uint32_t) * kWays << kTableBits) + RepeatStreams::kStreams * columnBytes + 64;
}

bool RepeatFinder::allocate(Grant& memory, size_t columnBytes) {
  table_ = memory.take<std::array<uint32_t, kWays>>(size_t{1} << kTableBits);
  for (std::span<uint8_t>& room : rooms_) room = memory.take<uint8_t>(columnBytes);
  return !table_.empty() && !rooms_.back().empty();
}

RepeatFinder::Repeat RepeatFinder::best(std::span<const uint8_t> column, size_t at, size_t hashedBytes,
                                        size_t previousDistance, int64_t bitsPerByte16) const {
  Repeat found;
  const uint8_t* const here = column.data() + at;
  const uint8_t* const end = column.data() + column.size();
  const auto consider = [&](size_t distance, int64_t cost) {
    const size_t length = commonBytes(here - distance, here, end);
    const int64_t gain = static_cast<int64_t>(length) * bitsPerByte16 - cost;
    if (length >= kShortestRepeat && gain > found.gain) found = {length, distance, gain};
  };
  for (int64_t change = -kNearDistance; change <= kNearDistance; ++change) {
    const int64_t distance = static_cast<int64_t>(previousDistance) + change;
    if (previousDistance != 0 && distance > 0 && distance <= static_cast<int64_t>(at)) {
      consider(static_cast<size_t>(distance), kNearCost);
    }
  }
  if (column.size() - at < hashedBytes) return found;
  for (const uint32_t place : table_[hashOf(here, hashedBytes, kTableBits)]) {
    if (place != 0) consider(at - (place - 1), kFarCost);
  }
  return found;
}

void RepeatFinder::remember(std::span<const uint8_t> column, size_t at, size_t hashedBytes) {
  if (column.size() - at < hashedBytes) return;
  std::array<uint32_t, kWays>& ways = table_[hashOf(column.data() + at, hashedBytes, kTableBits)];
  std::copy_backward(ways.begin(), ways.end() - 1, ways.end());
  ways[0] = static_cast<uint32_t>(at + 1);
}

bool RepeatFinder::find(std::span<const uint8_t> column, size_t bitsPerByte16, const RepeatStreams*& out) {
  for (auto& ways : table_) ways.fill(0);
  for (size_t stream = 0; stream < RepeatStreams::kStreams; ++stream) {
    streams_.streams[stream] = ByteWriter(rooms_[stream].first(std::min(rooms_[stream].size(), column.size())));
  }
  const int64_t cost = static_cast<int64_t>(std::max<size_t>(bitsPerByte16, 1));
  const size_t worthwhile = static_cast<size_t>(kFarCost / cost);
  const size_t hashedBytes = std::clamp(worthwhile, kShortestRepeat, kMostHashedBytes);
  size_t written = 0;
  size_t distance = 0;
  Repeat ahead;
  for (size_t at = 0; at < column.size();) {
    const Repeat repeat = ahead.length != 0
                              ? ahead
                              : best(column, at, hashedBytes, at - written <= kMostInterruption ? distance : 0, cost);
    ahead = {};
    remember(column, at, hashedBytes);
    if (repeat.length != 0 && at + 1 < column.size()) {
      // A new byte here may leave a better repeat behind it.
      ahead = best(column, at + 1, hashedBytes, at - written < kMostInterruption ? distance : 0, cost);
      if (ahead.gain <= repeat.gain) ahead = {};
    }
    const bool isTaken = repeat.length != 0 && ahead.length == 0;
    const size_t step = isTaken ? repeat.length : 1;
    if (isTaken) {
      streams_.streams[RepeatStreams::literals].bytes(column.subspan(written, at - written));
      streams_.streams[RepeatStreams::literalLengths].varint(at - written);
      streams_.streams[RepeatStreams::repeatLengths].varint(repeat.length - kShortestRepeat);
      const int64_t change = static_cast<int64_t>(repeat.distance) - static_cast<int64_t>(distance);
      streams_.streams[RepeatStreams::distances].varint(zigzag(change));
      distance = repeat.distance;
      written = at + repeat.length;
    }
    for (size_t passed = 1; passed < step; ++passed) remember(column, at + passed, hashedBytes);
    at += step;
  }
  streams_.streams[RepeatStreams::literals].bytes(column.subspan(written));
  size_t all = 0;
  for (const ByteWriter& stream : streams_.streams) {
    if (!stream.ok()) return false;
    all += stream.size();
  }
  out = &streams_;
  return distance != 0 && all < column.size();
}

bool applyRepeats(std::array<ByteReader, RepeatStreams::kStreams>& streams, std::span<uint8_t> out) {
  ByteReader& literals = streams[RepeatStreams::literals];
  ByteReader& literalLengths = streams[RepeatStreams::literalLengths];
  ByteReader& repeatLengths = streams[RepeatStreams::repeatLengths];
  ByteReader& distances = streams[RepeatStreams::distances];
  ByteWriter column{out};
  uint64_t distance = 0;
  while (!literalLengths.atEnd()) {
    column.bytes(literals.bytes(literalLengths.varint()));
    const uint64_t length = repeatLengths.varint();
    distance += static_cast<uint64_t>(unzigzag(distances.varint()));
    const bool isSound = literals.ok() && literalLengths.ok() && repeatLengths.ok() && distances.ok() && column.ok();
    if (!isSound || distance == 0 || distance > column.size()) return false;
    const std::span<uint8_t> rest = column.rest();
    if (length > rest.size() || kShortestRepeat > rest.size() - length) return false;
    const size_t count = static_cast<size_t>(length) + kShortestRepeat;
    const uint8_t* const from = rest.data() - distance;
    if (distance >= count) {
      std::memcpy(rest.data(), from, count);
    } else {
      for (size_t at = 0; at < count; ++at) rest[at] = from[at];
    }
    column.advance(count);
  }
  column.bytes(literals.rest());
  return column.ok() && column.size() == out.size() && repeatLengths.atEnd() && distances.atEnd();
}

}  // namespace mm
