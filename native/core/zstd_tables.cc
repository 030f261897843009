#include "zstd_tables.h"

#include <utility>

namespace mm {
namespace {

/// Bits in the order they were written in. Beyond the end there are zeros, and `isOver`.
class ForwardBits {
 public:
  explicit ForwardBits(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint32_t peek(unsigned count) const {
    uint32_t value = 0;
    for (unsigned bit = 0; bit < count; ++bit) {
      const size_t at = position_ + bit;
      if (at / 8 < bytes_.size()) value |= static_cast<uint32_t>((bytes_[at / 8] >> (at % 8)) & 1) << bit;
    }
    return value;
  }
  void skip(unsigned count) { position_ += count; }
  uint32_t read(unsigned count) {
    const uint32_t value = peek(count);
    skip(count);
    return value;
  }
  size_t wholeBytes() const { return (position_ + 7) / 8; }
  bool isOver() const { return wholeBytes() > bytes_.size(); }

 private:
  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
};

constexpr size_t kMaxSymbols = 256;

/// A value from 0 to `most` takes one bit less where it is small (4.1.1).
uint32_t readValue(ForwardBits& bits, uint32_t most) {
  const unsigned width = std::bit_width(most);
  const uint32_t half = uint32_t{1} << (width - 1);
  const uint32_t spared = 2 * half - 1 - most;
  const uint32_t value = bits.peek(width);
  const uint32_t low = value & (half - 1);
  if (low < spared) {
    bits.skip(width - 1);
    return low;
  }
  bits.skip(width);
  return value < half ? value : value - spared;
}

}  // namespace

std::optional<size_t> readFseTable(std::span<const uint8_t> bytes, FseRoom room) {
  ForwardBits bits(bytes);
  const unsigned log = bits.read(4) + 5;
  if (bytes.empty() || (size_t{1} << log) > room.cells.size()) return std::nullopt;
  std::array<int16_t, kMaxSymbols> probabilities;
  const size_t most = size_t{room.lastSymbol} + 1;
  size_t symbols = 0;
  uint32_t remaining = uint32_t{1} << log;
  while (remaining > 0) {
    if (symbols == most) return std::nullopt;
    const int probability = static_cast<int>(readValue(bits, remaining + 1)) - 1;
    remaining -= static_cast<uint32_t>(probability < 0 ? 1 : probability);
    probabilities[symbols++] = static_cast<int16_t>(probability);
    for (uint32_t zeros = probability == 0 ? 3 : 0; zeros == 3;) {
      zeros = bits.read(2);
      if (symbols + zeros > most) return std::nullopt;
      for (uint32_t zero = 0; zero < zeros; ++zero) probabilities[symbols++] = 0;
    }
    if (bits.isOver()) return std::nullopt;
  }
  buildFseTable({probabilities.data(), symbols}, log, room);
  return bits.wholeBytes();
}

void buildFseTable(std::span<const int16_t> probabilities, unsigned log, FseRoom room) {
  const uint32_t size = uint32_t{1} << log;
  room.log = static_cast<uint8_t>(log);
  std::array<uint16_t, kMaxSymbols> next;
  uint32_t end = size;
  for (size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    next[symbol] = static_cast<uint16_t>(probabilities[symbol] < 0 ? 1 : probabilities[symbol]);
    if (probabilities[symbol] < 0) room.cells[--end].symbol = static_cast<uint8_t>(symbol);
  }
  uint32_t at = 0;
  for (size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    for (int count = 0; count < probabilities[symbol]; ++count) {
      room.cells[at].symbol = static_cast<uint8_t>(symbol);
      do {
        at = (at + (size >> 1) + (size >> 3) + 3) & (size - 1);
      } while (at >= end && end > 0);
    }
  }
  for (FseCell& cell : room.cells.first(size)) {
    const uint32_t state = next[cell.symbol]++;
    cell.bits = static_cast<uint8_t>(log + 1 - static_cast<unsigned>(std::bit_width(state)));
    cell.baseline = static_cast<uint16_t>((state << cell.bits) - size);
  }
}

bool repeatFseSymbol(uint8_t symbol, FseRoom room) {
  if (symbol > room.lastSymbol) return false;
  room.log = 0;
  room.cells[0] = {0, 0, symbol};
  return true;
}

namespace {

constexpr unsigned kMaxWeightLog = 6;
/// The last symbol's weight is not written.
constexpr size_t kMaxWeights = 255;

struct Weights {
  std::array<uint8_t, kMaxWeights + 1> of{};
  size_t count = 0;

  bool add(uint8_t weight) {
    if (count == kMaxWeights) return false;
    of[count++] = weight;
    return true;
  }
};

/// Two states take turns until there are no bits (4.2.1.2).
bool readPackedWeights(std::span<const uint8_t> bytes, Weights& weights) {
  FseTable<kMaxWeightLog> table;
  const auto described = readFseTable(bytes, table.room(HuffmanTable::kMaxLog));
  if (!described) return false;
  BackwardBits bits(bytes.subspan(*described));
  FseState one(table, bits);
  FseState other(table, bits);
  if (bits.left() < 0) return false;
  for (;;) {
    if (!weights.add(one.symbol())) return false;
    one.advance(bits);
    if (bits.left() < 0) return weights.add(other.symbol());
    std::swap(one, other);
  }
}

/// Bytes of the weights' description.
std::optional<size_t> readWeights(std::span<const uint8_t> bytes, Weights& weights) {
  if (bytes.empty()) return std::nullopt;
  const size_t head = bytes[0];
  if (head < 128) {
    if (head + 1 > bytes.size() || !readPackedWeights(bytes.subspan(1, head), weights)) return std::nullopt;
    return head + 1;
  }
  const size_t count = head - 127;
  const size_t length = 1 + (count + 1) / 2;
  if (length > bytes.size()) return std::nullopt;
  for (size_t symbol = 0; symbol < count; ++symbol) {
    const uint8_t pair = bytes[1 + symbol / 2];
    weights.add(symbol % 2 == 0 ? pair >> 4 : pair & 15);
  }
  return length;
}

/// The weight that makes the code complete, and the length of its longest word; 0 when there is none.
unsigned addLastWeight(Weights& weights) {
  uint32_t sum = 0;
  for (const uint8_t weight : std::span(weights.of).first(weights.count)) {
    if (weight > HuffmanTable::kMaxLog) return 0;
    if (weight > 0) sum += uint32_t{1} << (weight - 1);
  }
  const unsigned log = static_cast<unsigned>(std::bit_width(sum));
  const uint32_t rest = (uint32_t{1} << log) - sum;
  if (sum == 0 || log > HuffmanTable::kMaxLog || !std::has_single_bit(rest)) return 0;
  weights.of[weights.count++] = static_cast<uint8_t>(std::bit_width(rest));
  return log;
}

}  // namespace

std::optional<size_t> readHuffmanTable(std::span<const uint8_t> bytes, HuffmanTable& table) {
  table.log = 0;
  Weights weights;
  const auto length = readWeights(bytes, weights);
  if (!length) return std::nullopt;
  const unsigned log = addLastWeight(weights);
  if (log == 0) return std::nullopt;
  size_t at = 0;
  for (unsigned weight = 1; weight <= log; ++weight) {
    for (size_t symbol = 0; symbol < weights.count; ++symbol) {
      if (weights.of[symbol] != weight) continue;
      const size_t end = at + (size_t{1} << (weight - 1));
      for (; at < end; ++at) table.cells[at] = {static_cast<uint8_t>(symbol), static_cast<uint8_t>(log + 1 - weight)};
    }
  }
  table.log = static_cast<uint8_t>(log);
  return length;
}

bool decodeHuffman(const HuffmanTable& table, std::span<const uint8_t> stream, std::span<uint8_t> target) {
  BackwardBits bits(stream);
  const unsigned log = table.log;
  size_t at = 0;
  // Each look at the stream has the bits of four words.
  for (; at + 4 <= target.size() && bits.left() >= 44; at += 4) {
    const uint64_t window = bits.peek44();
    unsigned taken = 0;
    for (size_t word = 0; word < 4; ++word) {
      const HuffmanTable::Cell cell = table.cells[(window >> (44 - taken - log)) & ((1u << log) - 1)];
      target[at + word] = cell.symbol;
      taken += cell.bits;
    }
    bits.skip(taken);
  }
  for (; at < target.size(); ++at) {
    const HuffmanTable::Cell cell = table.cells[bits.peek(log)];
    target[at] = cell.symbol;
    bits.skip(cell.bits);
  }
  return bits.left() == 0;
}

}  // namespace mm
