// The decoder of Zstandard blocks: frames that zstd made, hand-made blocks at every limit, and damaged ones. The fixture holds
// fixtures/delta/oddities.fasta in three frames: `zstd -19 --zstd=wlog=10`, `zstd -1` and `zstd -12`, the first two from a pipe.

#include "../core/zstd.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "check.h"

namespace {

using Bytes = std::vector<uint8_t>;

std::string fixtures() {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("native/test/")) + "fixtures/";
}

Bytes readFile(const std::string& name) {
  std::ifstream file(fixtures() + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Memory of exactly the size that is asked for, so that the sanitizer sees a touch beyond it.
class Memory {
 public:
  explicit Memory(size_t historyBytes) : words_(new uint64_t[mm::ZstdDecoder::bytes(historyBytes) / 8 + 1]) {
    span_ = {reinterpret_cast<uint8_t*>(words_.get()), mm::ZstdDecoder::bytes(historyBytes)};
    mm::ZstdDecoder::begin(span_, historyBytes);
  }
  mm::ZstdDecoder& decoder() { return *mm::ZstdDecoder::in(span_); }

 private:
  std::unique_ptr<uint64_t[]> words_;
  std::span<uint8_t> span_;
};

/// What a block gives, from a copy that ends where the block does.
std::optional<Bytes> decoded(mm::ZstdDecoder& decoder, unsigned type, size_t size, const Bytes& content) {
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[content.size()]);
  std::copy(content.begin(), content.end(), copy.get());
  const auto plain = decoder.block(static_cast<uint32_t>(size << 3 | type << 1), {copy.get(), content.size()});
  if (!plain) return std::nullopt;
  return Bytes(plain->begin(), plain->end());
}

uint64_t number(const Bytes& bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t byte = 0; byte < size && at + byte < bytes.size(); ++byte) value |= uint64_t{bytes[at + byte]} << (8 * byte);
  return value;
}

struct Block {
  unsigned type;
  size_t size;
  Bytes content;
};
struct Frame {
  size_t windowBytes;
  std::vector<Block> blocks;
  std::optional<uint32_t> checksum;
};

/// Of sound data: frames with a window or a size of content, none with a dictionary.
std::vector<Frame> framesOf(const Bytes& file) {
  std::vector<Frame> frames;
  for (size_t at = 0; at < file.size();) {
    if (number(file, at, 4) != 0xFD2FB528) {
      at += 8 + number(file, at + 4, 4);
      continue;
    }
    const unsigned descriptor = file[at + 4];
    const bool isSingle = descriptor & 32;
    const size_t sizeBytes = descriptor >> 6 == 0 ? isSingle : size_t{1} << (descriptor >> 6);
    Frame frame{isSingle ? number(file, at + 5, sizeBytes) + 256 : size_t{1} << (10 + (file[at + 5] >> 3)), {}, {}};
    at += (isSingle ? 5 : 6) + sizeBytes;
    for (bool isLast = false; !isLast;) {
      const uint64_t header = number(file, at, 3);
      isLast = header & 1;
      const size_t stored = (header >> 1 & 3) == 1 ? 1 : header >> 3;
      frame.blocks.push_back({static_cast<unsigned>(header >> 1 & 3), header >> 3,
                              Bytes(file.begin() + at + 3, file.begin() + at + 3 + stored)});
      at += 3 + stored;
    }
    if (descriptor & 4) {
      frame.checksum = static_cast<uint32_t>(number(file, at, 4));
      at += 4;
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

void testFrames(const std::vector<Frame>& frames, const Bytes& wanted) {
  CHECK(frames.size() == 3);
  for (const Frame& frame : frames) {
    Memory memory(frame.windowBytes);
    Bytes plain;
    for (const Block& block : frame.blocks) {
      const auto bytes = decoded(memory.decoder(), block.type, block.size, block.content);
      if (CHECK(bytes)) plain.insert(plain.end(), bytes->begin(), bytes->end());
    }
    CHECK(plain == wanted);
    if (frame.checksum) CHECK(memory.decoder().checksum() == *frame.checksum);
  }
}

/// Whatever a block says, no byte outside the memory is touched, and no block gives more than 128 KiB.
void testDamage(const std::vector<Frame>& frames) {
  std::mt19937 random(1);
  size_t refused = 0;
  for (int round = 0; round < 6000; ++round) {
    const Frame& frame = frames[round % frames.size()];
    Memory memory(frame.windowBytes);
    const size_t victim = random() % frame.blocks.size();
    for (size_t at = 0; at < frame.blocks.size(); ++at) {
      Block block = frame.blocks[at];
      if (at == victim) {
        for (unsigned edit = 0; edit <= round % 3u; ++edit) block.content[random() % block.content.size()] = static_cast<uint8_t>(random());
        if (round % 5 == 0) block.content.resize(random() % (block.content.size() + 1));
        if (round % 5 == 0) block.size = block.content.size();
      }
      const auto plain = decoded(memory.decoder(), block.type, block.size, block.content);
      if (!plain) {
        ++refused;
        break;
      }
      if (plain->size() > 128 * 1024) CHECK(false);
    }
  }
  CHECK(refused > 1000);
}

void testHandMadeBlocks() {
  constexpr size_t kMost = 128 * 1024;
  Memory memory(1 << 20);
  mm::ZstdDecoder& decoder = memory.decoder();
  CHECK(decoded(decoder, 0, 3, {'a', 'b', 'c'}) == Bytes({'a', 'b', 'c'}));
  CHECK(decoded(decoder, 1, 4, {'x'}) == Bytes({'x', 'x', 'x', 'x'}));
  CHECK(decoded(decoder, 0, 0, {}) == Bytes());
  CHECK(decoded(decoder, 1, kMost, {'x'}) == Bytes(kMost, 'x'));
  CHECK(!decoded(decoder, 1, kMost + 1, {'x'}));
  CHECK(!decoded(decoder, 0, kMost + 1, Bytes(kMost + 1)));
  CHECK(!decoded(decoder, 3, 1, {'x'}));
  CHECK(decoded(Memory(10).decoder(), 1, 10, {'x'}) == Bytes(10, 'x'));
  CHECK(!decoded(Memory(10).decoder(), 1, 11, {'x'}));
  CHECK(!decoded(decoder, 2, 0, {}));
  // Three stored literals and no sequences.
  CHECK(decoded(decoder, 2, 5, {3 << 3, 'a', 'b', 'c', 0}) == Bytes({'a', 'b', 'c'}));
  CHECK(!decoded(decoder, 2, 6, {3 << 3, 'a', 'b', 'c', 0, 0}));
  // Weights whose code is one word of no bits would go on for ever.
  CHECK(!decoded(decoder, 2, 11, {0xA2, 0xC0, 0x01, 4, 0xF0, 0x03, 0x01, 0x80, 0xFF, 0x80, 0x00}));
}

/// Tables of one code each: `literals` of one stored 'a', then a match at an offset of `extra` + 2^bits.
Bytes oneMatch(uint8_t offsetCode, uint32_t extra) {
  Bytes block = {1 << 3, 'a', 1, 0x54, 1, offsetCode, 0};
  uint64_t stream = (uint64_t{1} << offsetCode) | extra;
  for (; stream > 0; stream >>= 8) block.push_back(static_cast<uint8_t>(stream));
  return block;
}

void testOffsets() {
  const auto attempt = [](size_t history, size_t before, uint8_t code, uint32_t extra) {
    Memory memory(history);
    for (size_t at = 0; at < before; ++at) decoded(memory.decoder(), 0, 1, {static_cast<uint8_t>('A' + at % 26)});
    const Bytes block = oneMatch(code, extra);
    return decoded(memory.decoder(), 2, block.size(), block);
  };
  // 4 + 1 - 3 = 2: the letter before the literal, and on from there.
  CHECK(attempt(100, 10, 2, 1) == Bytes({'a', 'J', 'a', 'J'}));
  // Exactly to the beginning, and one beyond it.
  CHECK(attempt(100, 10, 3, 6) == Bytes({'a', 'A', 'B', 'C'}));
  CHECK(!attempt(100, 10, 3, 7));
  // Exactly as far as the history goes, and one further.
  CHECK(attempt(10, 20, 3, 5) == Bytes({'a', 'L', 'M', 'N'}));
  CHECK(!attempt(10, 20, 3, 6));
  CHECK(!attempt(100, 10, 31, 0x7FFFFFFF));
}

/// Matches reach over the place where the output goes round, to every distance.
void testRounds() {
  Memory memory(1000);
  Bytes all;
  for (int round = 0; round < 3000; ++round) {
    const Bytes stored(1 + round % 700, static_cast<uint8_t>(round * 7 + round / 256));
    const auto plain = decoded(memory.decoder(), 0, stored.size(), stored);
    CHECK(plain == stored);
    all.insert(all.end(), stored.begin(), stored.end());
    if (all.size() < 1100) continue;
    const uint32_t distance = 2 + static_cast<uint32_t>(round) % 990;
    const unsigned code = static_cast<unsigned>(std::bit_width(distance + 3)) - 1;
    const Bytes block = oneMatch(static_cast<uint8_t>(code), distance + 3 - (1u << code));
    const auto match = decoded(memory.decoder(), 2, block.size(), block);
    all.push_back('a');
    for (int byte = 0; byte < 3; ++byte) all.push_back(all[all.size() - distance]);
    CHECK(match == Bytes(all.end() - 4, all.end()));
  }
  CHECK(memory.decoder().checksum() == static_cast<uint32_t>(mm::xxh64(all.data(), all.size())));
}

}  // namespace

int main() {
  const std::vector<Frame> frames = framesOf(readFile("zstd/oddities.fasta.zst"));
  testFrames(frames, readFile("delta/oddities.fasta"));
  testHandMadeBlocks();
  testOffsets();
  testRounds();
  testDamage(frames);
  return checkResult();
}
