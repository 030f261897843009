#include "delta_file.h"

#include "../core/xxh64.h"
#include "name_filter.h"
#include "../core/linux/output_file.h"

namespace mm {

Outcome damagedBlock() {
  return Outcome::malformedAt(0, "a block of the delta file makes no sense");
}

Outcome DeltaFile::open(int fd, uint64_t byteLength, Grant& memory) {
  fd_ = fd;
  std::array<uint8_t, kDeltaHeaderBytes> start;
  if (byteLength < start.size()) return Outcome::malformedAt(0, "this is no delta file of mm");
  if (const Outcome read = readAt(fd, 0, start); !read.ok()) return read;
  if (const char* problem = readDeltaHeader(start, header_); problem != nullptr)
    return Outcome::malformedAt(0, problem);
  if (header_.records > kMostRecords || header_.representatives > header_.records) {
    return Outcome::malformedAt(0, "the header of the delta file contradicts itself");
  }
  const uint64_t position = header_.footerPosition;
  if (position < kDeltaHeaderBytes || position > byteLength || byteLength - position < kFooterHashBytes ||
      header_.blocks > (byteLength - position) / kFooterEntryBytes ||
      header_.blocks * kFooterEntryBytes + kFooterHashBytes != byteLength - position) {
    return Outcome::malformedAt(byteLength, "the delta file is cut off");
  }
  const uint64_t footerBytes = header_.blocks * kFooterEntryBytes;
  if (footerBytes + kFooterHashBytes > memory.freeBytes()) return Outcome::lacksMemory(footerBytes);
  const std::span<uint8_t> footer = memory.take<uint8_t>(footerBytes + kFooterHashBytes);
  if (const Outcome read = readAt(fd, position, footer); !read.ok()) return read;
  uint64_t hash;
  std::memcpy(&hash, footer.data() + footerBytes, sizeof hash);
  if (hash != xxh64(footer.data(), footerBytes)) {
    return Outcome::malformedAt(position, "the footer of the delta file is damaged");
  }
  footer_ = footer.first(footerBytes);
  return checkFooter();
}

/// Block by block: one behind the other in all three files, none larger than a block may be.
Outcome DeltaFile::checkFooter() const {
  const Outcome damaged =
      Outcome::malformedAt(header_.footerPosition, "the footer of the delta file contradicts itself");
  FooterEntry here = {.position = kDeltaHeaderBytes};
  if (blocks() > 0) {
    here = block(0);
    if (here.position != kDeltaHeaderBytes || here.firstRecord != 0 || here.representativesPosition != 0 ||
        here.inputPosition != 0) {
      return damaged;
    }
  }
  for (uint64_t index = 0; index < blocks(); ++index) {
    FooterEntry next = {.position = header_.footerPosition,
                        .firstRecord = header_.records,
                        .representativesPosition = header_.representativesBytes,
                        .inputPosition = header_.inputBytes};
    if (index + 1 < blocks()) next = block(index + 1);
    const uint64_t bytes = uint64_t{here.filterBytes} + here.dataBytes;
    if (here.filterBytes > kMostFilterBytes || here.dataBytes > kMostDataBytes ||
        here.directoryBytes > here.dataBytes || next.position < here.position ||
        next.position - here.position != bytes) {
      return damaged;
    }
    if (next.inputPosition <= here.inputPosition || next.inputPosition - here.inputPosition > kBlockOutputBytes ||
        next.firstRecord < here.firstRecord || next.firstRecord - here.firstRecord > kBlockEntries ||
        next.representativesPosition < here.representativesPosition ||
        next.representativesPosition - here.representativesPosition > next.inputPosition - here.inputPosition) {
      return damaged;
    }
    here = next;
  }
  const bool isWhole = blocks() > 0 || (header_.records == 0 && header_.representativesBytes == 0 &&
                                        header_.inputBytes == 0 && header_.footerPosition == kDeltaHeaderBytes);
  return isWhole ? Outcome{} : damaged;
}

/// block(index).firstRecord alone: looked up for every member.
uint64_t DeltaFile::firstRecord(uint64_t index) const {
  uint64_t record;
  std::memcpy(&record, footer_.data() + index * kFooterEntryBytes + sizeof(uint64_t), sizeof record);
  return record;
}

size_t DeltaFile::outputBytes(uint64_t index) const {
  const uint64_t end = index + 1 < blocks() ? block(index + 1).inputPosition : header_.inputBytes;
  return static_cast<size_t>(end - block(index).inputPosition);
}

uint64_t DeltaFile::representativesBytes(uint64_t index) const {
  const uint64_t end = index + 1 < blocks() ? block(index + 1).representativesPosition : header_.representativesBytes;
  return end - block(index).representativesPosition;
}

uint64_t DeltaFile::recordCount(uint64_t index) const {
  const uint64_t end = index + 1 < blocks() ? block(index + 1).firstRecord : header_.records;
  return end - block(index).firstRecord;
}

uint64_t DeltaFile::blockOfRecord(RecordNumber record) const {
  // The last block whose first record is not behind it: blocks in which no record starts share the number with the
  // next.
  uint64_t low = 0;
  uint64_t high = blocks();
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (firstRecord(middle) <= record ? low : high) = middle;
  }
  return low;
}

Outcome DeltaFile::readFilter(uint64_t index, std::span<uint8_t> out, std::span<const uint8_t>& filter) const {
  const FooterEntry entry = block(index);
  filter = out.first(entry.filterBytes);
  if (const Outcome read = readAt(fd_, entry.position, out.first(entry.filterBytes)); !read.ok()) return read;
  return isIntactFilter(filter) ? Outcome{}
                                : Outcome::malformedAt(entry.position, "a filter of the delta file is damaged");
}

Outcome DeltaFile::readData(uint64_t index, std::span<uint8_t> out, std::span<const uint8_t>& data) const {
  const FooterEntry entry = block(index);
  const uint64_t position = entry.position + entry.filterBytes;
  data = out.first(entry.dataBytes);
  if (const Outcome read = readAt(fd_, position, out.first(entry.dataBytes)); !read.ok()) return read;
  if (xxh64(data.data(), data.size()) == entry.dataHash) return {};
  return Outcome::malformedAt(position, "a block of the delta file is damaged");
}

Outcome DeltaFile::readDirectory(uint64_t index, std::span<uint8_t> out, std::span<const uint8_t>& directory) const {
  const FooterEntry entry = block(index);
  directory = out.first(entry.directoryBytes);
  return readAt(fd_, entry.position + entry.filterBytes, out.first(entry.directoryBytes));
}

}  // namespace mm
