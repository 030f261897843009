#include "rans.h"

namespace mm {

namespace {

constexpr unsigned kFrequencyBits = 12;
constexpr uint32_t kFrequencySum = 1u << kFrequencyBits;
constexpr uint32_t kLowestState = 1u << 16;
constexpr size_t kStates = 4;

struct Frequencies {
  std::array<uint16_t, 256> of{};
  unsigned symbols = 0;
};

/// Counts scaled to a sum of 4096: rounded down, at least 1; what is missing or too much goes to the most frequent
/// symbol, of equal ones the lowest, and when that one cannot give enough to the next.
Frequencies scale(const std::array<uint32_t, 256>& counts, size_t total) {
  Frequencies frequencies;
  int64_t missing = kFrequencySum;
  for (size_t symbol = 0; symbol < 256; ++symbol) {
    if (counts[symbol] == 0) continue;
    ++frequencies.symbols;
    const uint64_t scaled = static_cast<uint64_t>(counts[symbol]) * kFrequencySum / total;
    frequencies.of[symbol] = static_cast<uint16_t>(scaled == 0 ? 1 : scaled);
    missing -= frequencies.of[symbol];
  }
  while (missing != 0) {
    size_t most = 0;
    for (size_t symbol = 1; symbol < 256; ++symbol) {
      if (frequencies.of[symbol] > frequencies.of[most]) most = symbol;
    }
    const int64_t given = missing > 0 ? missing : -static_cast<int64_t>(frequencies.of[most] / 2);
    const int64_t change = missing < 0 && given < missing ? missing : given;
    frequencies.of[most] = static_cast<uint16_t>(frequencies.of[most] + change);
    missing -= change;
  }
  return frequencies;
}

void writeFrequencies(const Frequencies& frequencies, ByteWriter& out) {
  out.byte(static_cast<uint8_t>(frequencies.symbols - 1));
  for (size_t symbol = 0; symbol < 256; ++symbol) {
    if (frequencies.of[symbol] == 0) continue;
    out.byte(static_cast<uint8_t>(symbol));
    out.varint(frequencies.of[symbol]);
  }
}

/// Coded from the last symbol to the first into the end of `room`. @returns bytes there, 0 when it is too small
size_t encodeStates(std::span<const uint8_t> column, const Frequencies& frequencies, std::span<uint8_t> room) {
  std::array<uint32_t, 256> starts;
  uint32_t sum = 0;
  for (size_t symbol = 0; symbol < 256; ++symbol) {
    starts[symbol] = sum;
    sum += frequencies.of[symbol];
  }
  uint32_t states[kStates] = {kLowestState, kLowestState, kLowestState, kLowestState};
  size_t at = room.size();
  for (size_t index = column.size(); index-- > 0;) {
    uint32_t& state = states[index % kStates];
    const uint32_t frequency = frequencies.of[column[index]];
    if (state >= frequency << 20) {
      if (at < 2) return 0;
      at -= 2;
      const uint16_t word = static_cast<uint16_t>(state);
      std::memcpy(room.data() + at, &word, 2);
      state >>= 16;
    }
    state = (state / frequency << kFrequencyBits) + state % frequency + starts[column[index]];
  }
  if (at < sizeof states) return 0;
  at -= sizeof states;
  std::memcpy(room.data() + at, states, sizeof states);
  return room.size() - at;
}

/// What a 12-bit slot means: symbol, its frequency, and the slot's place among those of the symbol.
struct Slot {
  uint16_t frequency;
  uint16_t offset;
  uint8_t symbol;
};

struct DecodingTable {
  std::array<Slot, kFrequencySum> slots;

  bool read(ByteReader& in) {
    uint32_t sum = 0;
    int previous = -1;
    for (unsigned left = in.byte() + 1u; left > 0; --left) {
      const uint8_t symbol = in.byte();
      const uint64_t frequency = in.varint();
      if (!in.ok() || symbol <= previous || frequency == 0 || frequency > kFrequencySum - sum) return false;
      previous = symbol;
      for (uint32_t offset = 0; offset < frequency; ++offset) {
        slots[sum + offset] = {static_cast<uint16_t>(frequency), static_cast<uint16_t>(offset), symbol};
      }
      sum += static_cast<uint32_t>(frequency);
    }
    return sum == kFrequencySum;
  }
};

inline uint8_t step(const DecodingTable& table, uint32_t& state) {
  const Slot slot = table.slots[state % kFrequencySum];
  state = slot.frequency * (state >> kFrequencyBits) + slot.offset;
  return slot.symbol;
}

bool decodeStates(const DecodingTable& table, std::span<const uint8_t> in, std::span<uint8_t> out) {
  uint32_t states[kStates];
  if (in.size() < sizeof states) return false;
  std::memcpy(states, in.data(), sizeof states);
  const uint8_t* words = in.data() + sizeof states;
  const uint8_t* const end = in.data() + in.size();
  size_t index = 0;
  uint32_t one = states[0], two = states[1], three = states[2], four = states[3];
  const auto refill = [&](uint32_t& state) {
    uint16_t word;
    std::memcpy(&word, words, 2);
    const bool isLow = state < kLowestState;
    state = isLow ? state << 16 | word : state;
    words += isLow ? 2 : 0;
  };
  // Four symbols take at most four words: no check inside.
  for (; index + kStates <= out.size() && end - words >= static_cast<ptrdiff_t>(2 * kStates); index += kStates) {
    out[index] = step(table, one);
    out[index + 1] = step(table, two);
    out[index + 2] = step(table, three);
    out[index + 3] = step(table, four);
    refill(one);
    refill(two);
    refill(three);
    refill(four);
  }
  uint32_t last[kStates] = {one, two, three, four};
  for (; index < out.size(); ++index) {
    uint32_t& state = last[index % kStates];
    out[index] = step(table, state);
    if (state >= kLowestState) continue;
    if (end - words < 2) return false;
    refill(state);
  }
  // A coder that started from the lowest states ends there.
  for (const uint32_t state : last) {
    if (state != kLowestState) return false;
  }
  return words == end;
}

}  // namespace

bool encodeRans(std::span<const uint8_t> column, const std::array<uint32_t, 256>& counts, size_t mostBytes,
                ByteWriter& out) {
  const Frequencies frequencies = scale(counts, column.size());
  uint8_t table[1 + 256 * 3];
  ByteWriter head{table};
  writeFrequencies(frequencies, head);
  const std::span<uint8_t> room = out.rest();
  const size_t coded = encodeStates(column, frequencies, room);
  if (coded == 0 || head.size() + coded >= mostBytes) return false;
  out.bytes(head.written());
  // The coded bytes lie at the end of the room: moved to where they belong.
  std::memmove(out.rest().data(), room.data() + room.size() - coded, coded);
  out.advance(coded);
  return true;
}

bool decodeRans(ByteReader in, std::span<uint8_t> out) {
  DecodingTable table;
  return table.read(in) && decodeStates(table, in.rest(), out);
}

}  // namespace mm
