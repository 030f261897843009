#include "column_coder.h"

#include <algorithm>
#include <array>

#include "rans.h"

namespace mm {

namespace {

/// As rANS states, or as it is where that is no longer.
void encodeOrderZero(std::span<const uint8_t> column, const std::array<uint32_t, 256>& counts, ByteWriter& out) {
  // Behind room for what comes in front of it.
  ByteWriter payload{out.rest()};
  payload.advance(kMostVarintBytes * 2 + 1);
  const size_t payloadStart = payload.size();
  const bool pays = encodeRans(column, counts, column.size(), payload);
  const std::span<const uint8_t> coded = payload.written().subspan(payloadStart);
  out.byte(static_cast<uint8_t>(pays ? Coding::rans : Coding::stored));
  out.varint(column.size());
  if (!pays) return out.bytes(column);
  out.varint(coded.size());
  std::memmove(out.rest().data(), coded.data(), coded.size());
  out.advance(coded.size());
}

/// Four columns that are none of repeats themselves, together no longer than the column.
bool decodeRepeats(ByteReader& in, std::span<uint8_t> scratch, std::span<uint8_t> column) {
  std::array<ByteReader, RepeatStreams::kStreams> streams;
  std::span<uint8_t> room = scratch.first(std::min(scratch.size(), column.size()));
  for (ByteReader& stream : streams) {
    const std::span<const uint8_t> next = in.rest();
    size_t bytes = 0;
    if (next.empty() || next[0] == static_cast<uint8_t>(Coding::repeats) || !decodeColumn(in, {}, room, bytes))
      return false;
    stream = ByteReader(room.first(bytes));
    room = room.subspan(bytes);
  }
  return applyRepeats(streams, column);
}

}  // namespace

void encodeColumn(std::span<const uint8_t> column, RepeatFinder* finder, ByteWriter& out) {
  if (column.empty()) return out.byte(static_cast<uint8_t>(Coding::empty));
  std::array<uint32_t, 256> counts{};
  for (const uint8_t value : column) ++counts[value];
  if (counts[column[0]] == column.size()) {
    out.byte(static_cast<uint8_t>(Coding::constant));
    out.varint(column.size());
    return out.byte(column[0]);
  }
  const size_t start = out.size();
  encodeOrderZero(column, counts, out);
  const RepeatStreams* streams = nullptr;
  const size_t plainBytes = out.size() - start;
  if (finder == nullptr || !finder->find(column, plainBytes * 8 * 16 / column.size(), streams)) return;
  // Behind the first attempt; moved over it when it is shorter.
  ByteWriter repeats{out.rest()};
  repeats.byte(static_cast<uint8_t>(Coding::repeats));
  repeats.varint(column.size());
  for (const ByteWriter& stream : streams->streams) encodeColumn(stream.written(), nullptr, repeats);
  if (!repeats.ok() || repeats.size() >= plainBytes) return;
  const std::span<const uint8_t> shorter = repeats.written();
  out.truncate(start);
  std::memmove(out.rest().data(), shorter.data(), shorter.size());
  out.advance(shorter.size());
}

bool decodeColumn(ByteReader& in, std::span<uint8_t> scratch, std::span<uint8_t> out, size_t& byteLength) {
  byteLength = 0;
  const uint8_t coding = in.byte();
  if (!in.ok() || coding > static_cast<uint8_t>(Coding::repeats)) return false;
  if (coding == static_cast<uint8_t>(Coding::empty)) return true;
  const uint64_t length = in.varint();
  if (!in.ok() || length == 0 || length > out.size()) return false;
  byteLength = static_cast<size_t>(length);
  const std::span<uint8_t> column = out.first(byteLength);
  switch (static_cast<Coding>(coding)) {
    case Coding::constant:
      std::memset(column.data(), in.byte(), byteLength);
      return in.ok();
    case Coding::stored: {
      const std::span<const uint8_t> bytes = in.bytes(length);
      if (in.ok()) std::memcpy(column.data(), bytes.data(), byteLength);
      return in.ok();
    }
    case Coding::repeats:
      return decodeRepeats(in, scratch, column);
    default: {
      const std::span<const uint8_t> payload = in.bytes(in.varint());
      return in.ok() && decodeRans(ByteReader{payload}, column);
    }
  }
}

}  // namespace mm
