#include "representative_store.h"

#include <algorithm>

#include "../core/linux/output_file.h"
#include "assignment.h"
#include "delta_columns.h"
#include "text_layout.h"

namespace mm {

namespace {

/// Three columns of a block at their longest.
constexpr size_t kArenaBytes = kBlockEntries * (1 + 2 * kMostVarintBytes);
constexpr size_t kMostDirectoryBytes = kArenaBytes + 256;
/// A directory takes about as much as a page; small inputs have few blocks.
constexpr size_t kDirectoryShare = 4;

}  // namespace

Outcome RepresentativeStore::start(const DeltaFile& file, int representatives, Grant memory) {
  file_ = &file;
  representatives_ = representatives;
  window_ = memory.take<uint8_t>(kMostPieceBytes);
  scratch_ = memory.take<uint8_t>(std::max(kMostPieceBytes, kMostDirectoryBytes));
  arena_ = memory.take<uint8_t>(2 * kArenaBytes);
  const Outcome lacking = Outcome::lacksMemory(kFewestBytes);
  if (window_.empty() || scratch_.empty() || arena_.empty()) return lacking;
  const size_t directories =
      CacheSlots::fitting(memory.freeBytes() / kDirectoryShare, sizeof(Directory), file.blocks());
  if (!directorySlots_.start(directories, memory)) return lacking;
  directories_ = memory.take<Directory>(directories);
  if (directories_.empty()) return lacking;
  const size_t pages = CacheSlots::fitting(memory.freeBytes() - 64, kPageBytes,
                                           file.header().representativesBytes / kPageBytes + 1);
  if (!pageSlots_.start(pages, memory)) return lacking;
  pages_ = memory.take<uint8_t>(pages * kPageBytes);
  return pages_.empty() ? lacking : Outcome{};
}

Outcome RepresentativeStore::directory(uint64_t block, const Directory*& out) {
  bool isHeld = false;
  const size_t slot = directorySlots_.find(block, isHeld);
  out = &directories_[slot];
  if (isHeld) return {};
  Outcome outcome = file_->block(block).directoryBytes > scratch_.size() ? damagedBlock() : Outcome{};
  std::span<const uint8_t> bytes;
  if (outcome.ok()) outcome = file_->readDirectory(block, scratch_, bytes);
  if (outcome.ok() && !readDirectory(block, bytes, directories_[slot])) outcome = damagedBlock();
  if (!outcome.ok()) directorySlots_.forget(slot);
  return outcome;
}

bool RepresentativeStore::readDirectory(uint64_t block, std::span<const uint8_t> bytes, Directory& out) {
  ByteReader in{bytes};
  ColumnReaders columns;
  const uint64_t entries = in.varint();
  if (!in.ok() || entries > kBlockEntries || !columns.read(in, 0, kDirectoryColumns, arena_)) return false;
  const uint64_t mostBytes = file_->representativesBytes(block);
  out.pieces = out.records = 0;
  uint64_t offset = 0;
  for (uint64_t entry = 0; entry < entries; ++entry) {
    const uint8_t kind = columns[Column::kinds].byte();
    const bool isPiece = (kind & kKindMask) <= static_cast<uint8_t>(EntryKind::representativeText);
    if ((kind & kContinues) == 0)
      out.firstPieces[out.records++] = isPiece ? static_cast<uint16_t>(out.pieces) : kNoPiece;
    if (!isPiece) continue;
    const uint64_t pieceBytes = columns[Column::pieceBytes].varint();
    const bool isText = (kind & kKindMask) == static_cast<uint8_t>(EntryKind::representativeText);
    uint64_t residues = isText ? 0 : kLastPiece;
    if (!isText && (kind & kGoesOn) != 0) residues = columns[Column::pieceResidues].varint();
    if (pieceBytes > mostBytes - offset || pieceBytes > kMostPieceBytes || residues > kLastPiece) return false;
    out.kinds[out.pieces] = kind;
    out.residues[out.pieces] = static_cast<uint32_t>(residues);
    out.offsets[out.pieces++] = static_cast<uint32_t>(offset);
    offset += pieceBytes;
    out.offsets[out.pieces] = static_cast<uint32_t>(offset);
  }
  return columns[Column::kinds].ok() && columns[Column::pieceBytes].ok() && columns[Column::pieceResidues].ok();
}

Outcome RepresentativeStore::page(uint64_t number, std::span<const uint8_t>& bytes) {
  const uint64_t start = number * kPageBytes;
  const uint64_t length = std::min<uint64_t>(kPageBytes, file_->header().representativesBytes - start);
  bool isHeld = false;
  const size_t slot = pageSlots_.find(number, isHeld);
  const std::span<uint8_t> held = pages_.subspan(slot * kPageBytes, length);
  bytes = held;
  if (isHeld) return {};
  const Outcome read = readAt(representatives_, start, held);
  if (!read.ok()) pageSlots_.forget(slot);
  return read;
}

Outcome RepresentativeStore::load(uint64_t position, size_t byteLength, uint8_t kind) {
  std::span<const uint8_t> text;
  const size_t offset = position % kPageBytes;
  if (offset + byteLength <= kPageBytes) {
    if (const Outcome read = page(position / kPageBytes, text); !read.ok()) return read;
    text = text.subspan(offset, byteLength);
  } else {
    for (size_t filled = 0; filled < byteLength;) {
      const size_t from = (position + filled) % kPageBytes;
      if (const Outcome read = page((position + filled) / kPageBytes, text); !read.ok()) return read;
      const size_t count = std::min(byteLength - filled, text.size() - from);
      std::memcpy(scratch_.data() + filled, text.data() + from, count);
      filled += count;
    }
    text = scratch_.first(byteLength);
  }
  if ((kind & kContinues) == 0) {
    const void* lineEnd = text.empty() ? nullptr : std::memchr(text.data(), '\n', text.size());
    text = lineEnd == nullptr ? text.first(0) : text.subspan(static_cast<const uint8_t*>(lineEnd) + 1 - text.data());
  }
  windowResidues_ = residuesOfText(text, (kind & kInsideLine) != 0, window_.data());
  return {};
}

Outcome RepresentativeStore::seek(RecordNumber representative, uint64_t residue) {
  uint64_t passed = 0;
  if (const Outcome walked = walk(representative, residue, passed); !walked.ok()) return walked;
  return isInWindow(representative, residue) ? Outcome{} : damagedBlock();
}

Outcome RepresentativeStore::length(RecordNumber representative, uint64_t& out) {
  constexpr uint64_t kBehindAll = UINT64_MAX - 1;
  if (lengthRecord_ != representative) {
    lengthRecord_ = kNoRecord;
    if (const Outcome walked = walk(representative, kBehindAll, length_); !walked.ok()) return walked;
    lengthRecord_ = representative;
  }
  out = length_;
  return {};
}

Outcome RepresentativeStore::walk(RecordNumber representative, uint64_t residue, uint64_t& passed) {
  if (representative >= file_->header().records) return damagedBlock();
  const uint64_t first = file_->blockOfRecord(representative);
  // The last block that goes on with this representative no later than at the residue.
  uint64_t block = first;
  for (uint64_t high = file_->blocks(); high - block > 1;) {
    const uint64_t middle = block + (high - block) / 2;
    const FooterEntry entry = file_->block(middle);
    (entry.firstRecord == representative + 1 && entry.openResidues <= residue ? block : high) = middle;
  }
  windowRecord_ = kNoRecord;
  const Directory* directory = nullptr;
  if (const Outcome read = this->directory(block, directory); !read.ok()) return read;
  const FooterEntry entry = file_->block(block);
  uint64_t& start = passed;
  start = 0;
  size_t piece = 0;
  if (block == first) {
    const uint64_t index = representative - entry.firstRecord;
    if (index >= directory->records || directory->firstPieces[index] == kNoPiece) return damagedBlock();
    piece = directory->firstPieces[index];
  } else {
    start = entry.openResidues;
  }
  const size_t own = piece;
  for (; piece < directory->pieces; ++piece) {
    const bool belongs = (directory->kinds[piece] & kContinues) != 0 || (block == first && piece == own);
    if (!belongs) break;
    const uint32_t residues = directory->residues[piece];
    if (residues != kLastPiece && residue - start >= residues) {
      start += residues;
      continue;
    }
    const uint32_t offset = directory->offsets[piece];
    const Outcome loaded =
        load(entry.representativesPosition + offset, directory->offsets[piece + 1] - offset, directory->kinds[piece]);
    if (!loaded.ok()) return loaded;
    windowRecord_ = representative;
    windowStart_ = start;
    if (isInWindow(representative, residue)) return {};
    start += windowResidues_;
  }
  return {};
}

Outcome RepresentativeStore::copy(RecordNumber representative, uint64_t start, std::span<uint8_t> out) {
  while (!out.empty()) {
    if (!isInWindow(representative, start)) {
      if (const Outcome found = seek(representative, start); !found.ok()) return found;
    }
    const size_t from = static_cast<size_t>(start - windowStart_);
    const size_t count = std::min(out.size(), windowResidues_ - from);
    std::memcpy(out.data(), window_.data() + from, count);
    out = out.subspan(count);
    start += count;
  }
  return {};
}

Outcome RepresentativeStore::copyReverse(RecordNumber representative, uint64_t end, bool withU,
                                         std::span<uint8_t> out) {
  while (!out.empty()) {
    if (end == 0) return damagedBlock();
    if (!isInWindow(representative, end - 1)) {
      if (const Outcome found = seek(representative, end - 1); !found.ok()) return found;
    }
    const size_t to = static_cast<size_t>(end - windowStart_);
    const size_t count = std::min(out.size(), to);
    reverseComplement(window_.subspan(to - count, count), withU, out.first(count));
    out = out.subspan(count);
    end -= count;
  }
  return {};
}

}  // namespace mm
