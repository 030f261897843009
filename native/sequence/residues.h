#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

enum class Alphabet : uint8_t { nucleotide = 0, protein = 1 };

/// A residue is every byte of a sequence line but white space and digits; letters are folded to upper case. What is
/// compared, hashed, counted as length and aligned are residues.
bool isResidue(uint8_t byte);
uint8_t canonical(uint8_t byte);

/// The residues among raw bytes, canonical, one after the other. `out` holds raw.size() bytes. @returns their count
size_t canonicalResidues(std::span<const uint8_t> raw, uint8_t* out);

/// A packed sequence and how to read it. Does not own its bytes.
///
/// Codes: 2 bits each (A C G T) for nucleotides, 5 bits (A to Z, then '*' '-' '.') for proteins, 8 bits where packing is
/// off. The first residue is in the lowest bits of the first byte; the last byte is padded with zeros. Where `hasU`,
/// code 3 is U. Other bytes are packed as code 0 and listed as exceptions: runs of varint gap (since the end of the run
/// before), varint length, byte.
struct PackedResidues {
  Alphabet alphabet = Alphabet::nucleotide;
  bool isPacked = true;
  bool hasU = false;
  uint64_t length = 0;
  std::span<const uint8_t> codes;
  std::span<const uint8_t> exceptions;
  uint32_t exceptionRuns = 0;

  /// Bytes of the codes of so many residues.
  static uint64_t codeBytes(Alphabet alphabet, bool isPacked, uint64_t residues);
};

/// Packs one sequence after the other: restart(), then its canonical residues in pieces.
class ResiduePacker {
 public:
  /// exceptionRoom: where the exceptions of one sequence are kept.
  ResiduePacker(Alphabet alphabet, std::span<uint8_t> exceptionRoom) : alphabet_(alphabet), room_(exceptionRoom) {}

  /// isPacked = false copies: 8 bits a residue.
  void restart(bool isPacked);
  /// Every piece but the last is a multiple of kPieceResidues. `out` holds packedBytes(piece). @returns bytes written
  size_t pack(std::span<const uint8_t> residues, std::span<uint8_t> out);
  static constexpr size_t kPieceResidues = 8;
  uint64_t packedBytes(size_t residues) const { return PackedResidues::codeBytes(alphabet_, isPacked_, residues); }
  /// Whether the exceptions outgrew their room: what was packed since restart() is worthless.
  bool hasOverflowed() const { return hasOverflowed_; }

  /// After the last piece: all but the codes and the length. The exceptions are valid until restart().
  PackedResidues finish();

 private:
  void packNucleotides(std::span<const uint8_t> residues, uint8_t* out);
  void packProtein(std::span<const uint8_t> residues, uint8_t* out);
  uint64_t joinedCodes(const std::array<uint8_t, 256>& table, unsigned bits, std::span<const uint8_t> residues,
                       uint64_t position);
  void except(uint64_t position, uint8_t byte);
  void endRun();
  void putVarint(uint64_t value);

  Alphabet alphabet_;
  std::span<uint8_t> room_;
  bool isPacked_ = true;
  bool hasOverflowed_ = false;
  /// What code 3 stands for: T or U, 0 before the first of them.
  uint8_t fourth_ = 0;
  size_t roomUsed_ = 0;
  uint32_t runs_ = 0;
  uint64_t position_ = 0;
  /// The run that may still grow; its end is where the gap of the next one begins.
  uint64_t runStart_ = 0;
  uint64_t runEnd_ = 0;
  uint64_t lastRunEnd_ = 0;
  uint8_t runByte_ = 0;
};

/// Residues [start, start + out.size()) as canonical bytes. The range lies within the sequence.
void unpackResidues(const PackedResidues& packed, uint64_t start, std::span<uint8_t> out);

}  // namespace mm
