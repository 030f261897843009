#include "record.h"

#include <cstring>

namespace mm {

namespace {

constexpr uint8_t kUnpackedFlag = 1;
constexpr uint8_t kHasUFlag = 2;

}  // namespace

PayloadTrailer::PayloadTrailer(const PackedResidues& packed) {
  const uint32_t counts[] = {static_cast<uint32_t>(packed.exceptions.size()), packed.exceptionRuns};
  std::memcpy(bytes.data(), counts, sizeof counts);
  bytes.back() = static_cast<uint8_t>((packed.isPacked ? 0 : kUnpackedFlag) | (packed.hasU ? kHasUFlag : 0));
}

bool readPackedPayload(std::span<const uint8_t> payload, uint64_t length, Alphabet alphabet, PackedResidues& out) {
  if (payload.size() < PayloadTrailer::kBytes) return false;
  const std::span<const uint8_t> body = payload.first(payload.size() - PayloadTrailer::kBytes);
  uint32_t counts[2];
  std::memcpy(counts, body.data() + body.size(), sizeof counts);
  const uint8_t flags = payload.back();
  const bool isPacked = (flags & kUnpackedFlag) == 0;
  const uint64_t codeBytes = PackedResidues::codeBytes(alphabet, isPacked, length);
  if (body.size() < codeBytes || body.size() - codeBytes != counts[0]) return false;
  const bool hasU = (flags & kHasUFlag) != 0;
  out = {alphabet, isPacked, hasU, length, body.first(codeBytes), body.subspan(codeBytes), counts[1]};
  return true;
}

}  // namespace mm
