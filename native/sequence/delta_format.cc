#include "delta_format.h"

#include <algorithm>

#include "../core/bytes.h"
#include "../core/xxh64.h"

namespace mm {

namespace {

constexpr std::array<uint8_t, 8> kMagic = {'M', 'M', 'D', 0x89, '\r', '\n', 0x1A, '\n'};
constexpr size_t kHashPosition = kDeltaHeaderBytes - 8;

}  // namespace

void writeDeltaHeader(const DeltaHeader& header, std::span<uint8_t, kDeltaHeaderBytes> out) {
  std::fill(out.begin(), out.end(), uint8_t{0});
  ByteWriter writer{out};
  writer.bytes(kMagic);
  writer.number(kDeltaVersion);
  writer.byte(static_cast<uint8_t>(header.alphabet));
  writer.byte(static_cast<uint8_t>(header.coverageMode));
  writer.number(uint16_t{0});
  writer.number(header.identity);
  writer.number(header.coverage);
  writer.number(header.inputBytes);
  writer.bytes(header.inputSha256);
  for (const uint64_t value : {header.representativesBytes, header.representativesHash, header.records,
                               header.representatives, header.footerPosition, header.blocks}) {
    writer.number(value);
  }
  const uint64_t hash = xxh64(out.data(), kHashPosition);
  std::memcpy(out.data() + kHashPosition, &hash, sizeof hash);
}

const char* readDeltaHeader(std::span<const uint8_t, kDeltaHeaderBytes> bytes, DeltaHeader& out) {
  ByteReader reader{bytes};
  const auto magic = reader.bytes(kMagic.size());
  if (!std::equal(magic.begin(), magic.end(), kMagic.begin())) return "this is no delta file of mm";
  if (reader.number<uint32_t>() != kDeltaVersion) return "the delta file is of another format version";
  uint64_t hash;
  std::memcpy(&hash, bytes.data() + kHashPosition, sizeof hash);
  if (hash != xxh64(bytes.data(), kHashPosition)) return "the header of the delta file is damaged";
  out.alphabet = static_cast<Alphabet>(reader.byte() & 1);
  out.coverageMode = static_cast<CoverageMode>(reader.byte() & 1);
  reader.number<uint16_t>();
  out.identity = reader.number<uint32_t>();
  out.coverage = reader.number<uint32_t>();
  out.inputBytes = reader.number<uint64_t>();
  const auto sha256 = reader.bytes(out.inputSha256.size());
  std::copy(sha256.begin(), sha256.end(), out.inputSha256.begin());
  for (uint64_t* value : {&out.representativesBytes, &out.representativesHash, &out.records, &out.representatives,
                          &out.footerPosition, &out.blocks}) {
    *value = reader.number<uint64_t>();
  }
  return nullptr;
}

void writeFooterEntry(const FooterEntry& entry, std::span<uint8_t> out) {
  std::fill(out.begin(), out.begin() + kFooterEntryBytes, uint8_t{0});
  ByteWriter writer{out};
  for (const uint64_t value : {entry.position, entry.firstRecord, entry.representativesPosition, entry.inputPosition,
                               entry.openResidues, entry.dataHash, entry.outputHash}) {
    writer.number(value);
  }
  for (const uint32_t value : {entry.filterBytes, entry.directoryBytes, entry.dataBytes}) writer.number(value);
}

FooterEntry readFooterEntry(std::span<const uint8_t> bytes) {
  ByteReader reader{bytes};
  FooterEntry entry;
  for (uint64_t* value : {&entry.position, &entry.firstRecord, &entry.representativesPosition, &entry.inputPosition,
                          &entry.openResidues, &entry.dataHash, &entry.outputHash}) {
    *value = reader.number<uint64_t>();
  }
  for (uint32_t* value : {&entry.filterBytes, &entry.directoryBytes, &entry.dataBytes}) {
    *value = reader.number<uint32_t>();
  }
  return entry;
}

}  // namespace mm
