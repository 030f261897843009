#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

enum class Alphabet : uint8_t { nucleotide = 0, protein = 1 };

/// A residue is every byte of a sequence line but white space and digits; letters are folded to upper case. What is compared, hashed,
/// counted as length and aligned are residues.
bool isResidue(uint8_t byte);
uint8_t canonical(uint8_t byte);

/// Residues packed: 2 bits each (A C G T) for nucleotides, 5 bits (A to Z, then '*' '-' '.') for proteins, 8 bits where packing is off. Bytes
/// outside the alphabet are packed as code 0 and listed behind the codes as exceptions: runs of (gap, length, byte) as varints.
///
/// Layout: varint residueCount · varint exceptionRunCount · codes, padded to a byte · exception runs.
class ResiduePacker {
 public:
  ResiduePacker(Alphabet alphabet, bool packs);
  /// Canonical residues in, packed codes out, in pieces: returns bytes written to `out`, which holds packedBytes(residues.size()) + 8.
  size_t pack(std::span<const uint8_t> residues, std::span<uint8_t> out);

  /// Bytes of the codes of so many residues, without exceptions.
  static uint64_t codeBytes(Alphabet alphabet, bool packs, uint64_t residues);
};

/// A packed sequence and how to read it. Does not own its bytes.
struct PackedResidues {
  Alphabet alphabet = Alphabet::nucleotide;
  bool isPacked = true;
  uint64_t length = 0;
  std::span<const uint8_t> codes;
  std::span<const uint8_t> exceptions;
  uint32_t exceptionRuns = 0;
};

/// Residues [start, start + out.size()) as canonical bytes.
void unpackResidues(const PackedResidues& packed, uint64_t start, std::span<uint8_t> out);

}  // namespace mm
