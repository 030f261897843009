#pragma once

#include <cstddef>
#include <cstdint>

namespace mm {

/// What `lz4Compress` needs beside its output: two tables, whatever the level.
constexpr size_t kLz4ScratchBytes = size_t{256} * 1024;

/// Levels 1 and 2 try one earlier place for each position, 3 to 9 follow a chain of them, twice as far with each level.
constexpr unsigned kLz4LowestLevel = 1;
constexpr unsigned kLz4HighestLevel = 9;

/// Bytes of source one call takes: positions are kept in 32 bits.
constexpr size_t kLz4MaxSourceBytes = size_t{1} << 31;

/// One LZ4 block (lz4 Block Format Description, 2022-07-31), without a frame around it.
///
/// scratch: kLz4ScratchBytes, aligned for uint32_t.
/// Returns the bytes written, or 0 when they do not fit into `capacityBytes`. A source that cannot be compressed takes a 255th more.
size_t lz4Compress(const uint8_t* source, size_t sourceBytes, uint8_t* target, size_t capacityBytes, uint8_t* scratch,
                   unsigned level);

/// Gives back the bytes of one block, which must be exactly `targetBytes`. False for a block that is not one: then any byte of the
/// target may have changed, and none outside it.
///
/// The block may lie in the same memory, at the very end of the target and (blockBytes / 256 + 32) bytes beyond it: nothing is
/// overwritten before it was read.
bool lz4Decompress(const uint8_t* block, size_t blockBytes, uint8_t* target, size_t targetBytes);

}  // namespace mm
