// The LZ4 block codec: known blocks, round trips of many shapes at every level, its limits, and damaged blocks.

#include "../core/lz4.h"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"

namespace {

using Block = std::vector<uint8_t>;

/// Exactly as many bytes as there are, so that the sanitizer sees a touch of one more.
std::unique_ptr<uint8_t[]> exact(size_t length) {
  return std::make_unique<uint8_t[]>(length);
}

size_t mostBytes(size_t length) {
  return length + length / 255 + 16;
}

Block compressed(const Block& source, unsigned level, size_t capacity) {
  const auto in = exact(source.size());
  std::copy(source.begin(), source.end(), in.get());
  const auto out = exact(capacity);
  std::vector<uint32_t> scratch(mm::kLz4ScratchBytes / sizeof(uint32_t), 0xDEADBEEF);
  auto* tables = reinterpret_cast<uint8_t*>(scratch.data());
  const size_t length = mm::lz4Compress(in.get(), source.size(), out.get(), capacity, tables, level);
  CHECK(length <= capacity);
  return Block(out.get(), out.get() + length);
}

/// Of a block that may be anything.
bool decompressed(const Block& block, Block& target) {
  const auto in = exact(block.size());
  std::copy(block.begin(), block.end(), in.get());
  const auto out = exact(target.size());
  const bool isWhole = mm::lz4Decompress(in.get(), block.size(), out.get(), target.size());
  target.assign(out.get(), out.get() + target.size());
  return isWhole;
}

bool isDecoded(std::string_view block, std::string_view text) {
  Block target(text.size());
  return decompressed(Block(block.begin(), block.end()), target) && std::equal(target.begin(), target.end(), text.begin());
}

void testKnownBlocks() {
  using namespace std::literals;
  CHECK(isDecoded("\x00"sv, ""sv));
  CHECK(isDecoded("\x30"
                  "abc"sv,
                  "abc"sv));
  // One literal, then a match of 9 at offset 1, then the 5 literals a block ends with.
  CHECK(isDecoded("\x15"
                  "a\x01\x00\x50"
                  "aaaaa"sv,
                  "aaaaaaaaaaaaaaa"sv));
  // 15 + 255 + 3 literals.
  const std::string literals(273, 'x');
  CHECK(isDecoded("\xF0\xFF\x03" + literals, literals));
  // 2 literals, then 4 + 15 + 1 at offset 2.
  CHECK(isDecoded("\x2F"
                  "ab\x02\x00\x01\x50"
                  "abcde"sv,
                  std::string("ababababababababababab") + "abcde"));
}

void testRefusals() {
  using namespace std::literals;
  constexpr std::string_view kWrong[] = {
      ""sv,                                // nothing, where not even the token of an empty block is
      "\x10"sv,                            // literals beyond the block
      "\x40"
      "abcde"sv,                           // four literals, and a token behind them that lacks its offset
      "\x15"
      "a\x00\x00\x50"
      "aaaaa"sv,                           // offset 0
      "\x15"
      "a\x02\x00\x50"
      "aaaaa"sv,                           // an offset before the beginning
      "\x1F"
      "a\x01\x00\xFF\xFF"sv,               // a length that does not end
      "\xF0\xFF\xFF\xFF\xFF"sv,            // the same for literals
      "\x15"
      "a\x01\x00"sv,                       // a match where the block has to end with literals
  };
  for (const std::string_view block : kWrong) {
    for (size_t length : {0, 5, 10, 15, 100}) {
      Block target(length);
      CHECK(!decompressed(Block(block.begin(), block.end()), target));
    }
  }
  // The right block for another length.
  for (size_t length : {2, 4}) {
    Block target(length);
    CHECK(!decompressed(Block{0x30, 'a', 'b', 'c'}, target));
  }
}

/// Bytes between noise and one byte repeated: `alphabet` letters, and every so often a copy of what came before.
Block made(size_t length, unsigned alphabet, unsigned copyPercent, std::mt19937& random) {
  Block bytes;
  bytes.reserve(length);
  while (bytes.size() < length) {
    if (!bytes.empty() && random() % 100 < copyPercent) {
      const size_t from = random() % bytes.size();
      const size_t count = std::min<size_t>(1 + random() % 600, length - bytes.size());
      for (size_t i = 0; i < count; ++i) bytes.push_back(bytes[from + i]);
    } else {
      bytes.push_back(static_cast<uint8_t>(random() % alphabet));
    }
  }
  return bytes;
}

void testRoundTrips() {
  std::mt19937 random(1);
  std::vector<Block> sources;
  for (size_t length = 0; length < 40; ++length) sources.push_back(made(length, 2, 30, random));
  for (const size_t length : {255, 256, 270, 4096, 65535, 65536, 65537, 70000, 300000}) {
    for (const unsigned alphabet : {1u, 2u, 20u, 256u}) {
      for (const unsigned copyPercent : {0u, 5u}) sources.push_back(made(length, alphabet, copyPercent, random));
    }
  }
  for (const Block& source : sources) {
    for (unsigned level = mm::kLz4LowestLevel; level <= mm::kLz4HighestLevel; ++level) {
      const Block block = compressed(source, level, mostBytes(source.size()));
      CHECK(!block.empty());
      Block target(source.size());
      CHECK(decompressed(block, target));
      CHECK(target == source);
    }
  }
}

void testCompressesMoreWithLevel() {
  std::mt19937 random(2);
  const Block source = made(1 << 20, 20, 3, random);
  const auto bytes = [&](unsigned level) { return compressed(source, level, mostBytes(source.size())).size(); };
  CHECK(bytes(1) < source.size());
  CHECK(bytes(3) < bytes(1));
  CHECK(bytes(9) < bytes(3));
}

void testOutputThatDoesNotFit() {
  std::mt19937 random(3);
  for (const unsigned level : {1u, 2u, 3u, 9u}) {
    const Block source = made(5000, 4, 10, random);
    const size_t whole = compressed(source, level, mostBytes(source.size())).size();
    CHECK(compressed(source, level, whole).size() == whole);
    for (size_t capacity = 0; capacity < whole; ++capacity) CHECK(compressed(source, level, capacity).empty());
  }
}

/// The margin that lz4.h promises is enough, also for a block that hardly compresses.
void testInPlace() {
  std::mt19937 random(4);
  for (const unsigned alphabet : {1u, 4u, 60u, 200u}) {
    for (const unsigned copyPercent : {0u, 1u, 20u}) {
      const Block source = made(100000, alphabet, copyPercent, random);
      const Block block = compressed(source, 3, mostBytes(source.size()));
      const size_t bufferBytes = std::max(source.size() + block.size() / 256 + 32, block.size());
      const auto buffer = exact(bufferBytes);
      uint8_t* at = buffer.get() + bufferBytes - block.size();
      std::copy(block.begin(), block.end(), at);
      CHECK(mm::lz4Decompress(at, block.size(), buffer.get(), source.size()));
      CHECK(std::equal(source.begin(), source.end(), buffer.get()));
    }
  }
}

/// Cut, changed and made-up blocks: the sanitizers see any byte read or written outside.
void testFuzz() {
  std::mt19937 random(5);
  unsigned accepted = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    const Block source = made(random() % 400, 1 + random() % 30, random() % 40, random);
    Block block = compressed(source, 1 + random() % 9, mostBytes(source.size()));
    switch (random() % 3) {
      case 0:
        block.resize(random() % (block.size() + 1));
        break;
      case 1:
        for (unsigned i = 0; i <= random() % 4 && !block.empty(); ++i) block[random() % block.size()] = static_cast<uint8_t>(random());
        break;
      default:
        for (uint8_t& byte : block) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 20);
    }
    Block target(random() % 4 == 0 ? random() % 500 : source.size());
    accepted += decompressed(block, target) ? 1 : 0;
  }
  // Some changes only make other bytes of it.
  CHECK(accepted > 0 && accepted < 20000);
}

}  // namespace

int main() {
  testKnownBlocks();
  testRefusals();
  testRoundTrips();
  testCompressesMoreWithLevel();
  testOutputThatDoesNotFit();
  testInPlace();
  testFuzz();
  return checkResult();
}
