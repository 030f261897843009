#include "round_file.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace mm {

namespace {

constexpr size_t kHeaderBytes = 32;

}  // namespace

void RoundWriter::start(SpillFile& file) {
  file_ = &file;
  filled_ = 0;
  records_ = 0;
}

Outcome RoundWriter::put(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    if (filled_ == block_.size()) {
      if (const Outcome written = file_->append(block_); !written.ok()) return written;
      filled_ = 0;
    }
    const size_t piece = std::min(bytes.size(), block_.size() - filled_);
    std::memcpy(block_.data() + filled_, bytes.data(), piece);
    filled_ += piece;
    bytes = bytes.subspan(piece);
  }
  return {};
}

Outcome RoundWriter::add(const RoundRecord& record, std::span<const uint8_t> payload, std::span<const SketchKmer> sketch) {
  const size_t sketchBytes = StoredSketch::bytes(sketch.size());
  const uint64_t header[kHeaderBytes / 8] = {record.key.high, record.key.low, payload.size(),
                                             uint64_t{sketchBytes} << 8 | record.tried};
  ++records_;
  if (const Outcome written = put({reinterpret_cast<const uint8_t*>(header), kHeaderBytes}); !written.ok()) return written;
  if (const Outcome written = put(payload); !written.ok()) return written;
  for (const SketchKmer& kmer : sketch.first(sketchBytes / StoredSketch::kKmerBytes)) {
    std::array<uint8_t, StoredSketch::kKmerBytes> stored;
    StoredSketch::write(kmer, stored.data());
    if (const Outcome written = put(stored); !written.ok()) return written;
  }
  return {};
}

Outcome RoundWriter::finish() {
  return filled_ == 0 ? Outcome{} : file_->append(block_.first(filled_));
}

void RoundReader::startWith(ExternalSorter& sorter) {
  sorter_ = &sorter;
  file_ = nullptr;
  isPeeked_ = false;
}

void RoundReader::startWith(SpillFile& file) {
  sorter_ = nullptr;
  file_ = &file;
  isPeeked_ = false;
  position_ = blockStart_ = blockEnd_ = 0;
}

Outcome RoundReader::peek(RoundRecord& record, bool& hasRecord) {
  hasRecord = true;
  if (isPeeked_) {
    record = record_;
    return {};
  }
  if (sorter_ != nullptr) {
    if (const Outcome read = sorter_->next(sorted_, hasRecord); !read.ok() || !hasRecord) return read;
    record_ = {sorted_.key, sorted_.isOnDisk ? sorted_.byteLength : sorted_.payload.size(), 0, 0};
  } else {
    hasRecord = position_ < file_->byteLength();
    if (!hasRecord) return {};
    uint64_t header[kHeaderBytes / 8];
    const Outcome read = readFile(position_, {reinterpret_cast<uint8_t*>(header), kHeaderBytes});
    if (!read.ok()) return read;
    record_ = {{header[0], header[1]}, header[2], static_cast<uint32_t>(header[3] >> 8), static_cast<uint8_t>(header[3])};
    position_ += kHeaderBytes;
  }
  isPeeked_ = true;
  record = record_;
  return {};
}

void RoundReader::advance() {
  if (sorter_ == nullptr) position_ += record_.payloadBytes + record_.sketchBytes;
  isPeeked_ = false;
}

Outcome RoundReader::read(uint64_t from, std::span<uint8_t> bytes) {
  if (sorter_ == nullptr) return readFile(position_ + from, bytes);
  if (sorted_.isOnDisk) return sorter_->readPayload(sorted_, from, bytes);
  if (!bytes.empty()) std::memcpy(bytes.data(), sorted_.payload.data() + from, bytes.size());
  return {};
}

Outcome RoundReader::readFile(uint64_t position, std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    if (position < blockStart_ || position >= blockEnd_) {
      const uint64_t end = std::min<uint64_t>(file_->byteLength(), position + block_.size());
      if (const Outcome read = file_->read(position, block_.first(end - position)); !read.ok()) return read;
      blockStart_ = position;
      blockEnd_ = end;
      // What was read is not needed again: a record is read once from its start to its end, but for a comparison with
      // the one before it.
      if (position > position_) continue;
      if (const Outcome forgotten = file_->forget(position_); !forgotten.ok()) return forgotten;
    }
    const size_t piece = static_cast<size_t>(std::min<uint64_t>(bytes.size(), blockEnd_ - position));
    std::memcpy(bytes.data(), block_.data() + (position - blockStart_), piece);
    bytes = bytes.subspan(piece);
    position += piece;
  }
  return {};
}

}  // namespace mm
