#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"
#include "record.h"

namespace mm {

/// A batch of sequences as columns: what every step reads (headers, lengths, offsets) apart from the residues, which
/// lie packed in one block.
class SequenceBuffer {
 public:
  /// A rank key: length, hash and number.
  using CompactHeader = SortKey;
  static_assert(sizeof(CompactHeader) == 16);
  static constexpr size_t kColumnBytes =
      sizeof(CompactHeader) + 2 * sizeof(uint32_t) + sizeof(uint64_t) + sizeof(uint8_t);

  SequenceBuffer() = default;
  /// Room for so many sequences and so many bytes of packed residues.
  static bool create(Grant& memory, size_t sequences, size_t residueBytes, SequenceBuffer& out);

  size_t count() const { return count_; }
  bool isFull() const { return count_ == headers_.size(); }
  size_t freeBytes() const { return residues_.size() - offsets_[count_]; }
  size_t capacityBytes() const { return residues_.size(); }

  /// Where the payload of the next sequence is written before append(), and its stored sketch behind; freeBytes() of it.
  uint8_t* end() { return residues_.data() + offsets_[count_]; }
  /// tried: representatives it has been compared with. An empty payload says: the same residues as the one before.
  void append(CompactHeader header, size_t payloadBytes, size_t sketchBytes, uint8_t tried);
  /// All but the sequence at `index`, which becomes the first one.
  void keepOnly(size_t index);
  void clear();

  RankKey rank(size_t index) const { return RankKey::from(headers_[index]); }
  CompactHeader header(size_t index) const { return headers_[index]; }
  uint32_t length(size_t index) const { return lengths_[index]; }
  uint8_t tried(size_t index) const { return tried_[index]; }
  void setTried(size_t index, uint8_t tried) { tried_[index] = tried; }
  std::span<const uint8_t> payload(size_t index) const {
    return {residues_.data() + offsets_[index], offsets_[index + 1] - offsets_[index] - sketchBytes_[index]};
  }
  /// Empty when the sketch is not known.
  std::span<const uint8_t> storedSketch(size_t index) const {
    return {residues_.data() + offsets_[index + 1] - sketchBytes_[index], sketchBytes_[index]};
  }
  bool isDuplicate(size_t index) const { return offsets_[index] == offsets_[index + 1]; }

 private:
  std::span<CompactHeader> headers_;
  std::span<uint32_t> lengths_;
  std::span<uint32_t> sketchBytes_;
  std::span<uint64_t> offsets_;
  std::span<uint8_t> tried_;
  std::span<uint8_t> residues_;
  size_t count_ = 0;
};

}  // namespace mm
