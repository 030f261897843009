#include "residues.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "../core/varint.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace mm {

namespace {

/// What a byte is as a residue; a blank is none.
constexpr uint8_t kNone = ' ';

constexpr std::array<uint8_t, 256> kCanonical = [] {
  std::array<uint8_t, 256> table{};
  for (size_t byte = 0; byte < table.size(); ++byte) {
    const bool isSpace = byte == ' ' || (byte >= '\t' && byte <= '\r');
    const bool isDigit = byte >= '0' && byte <= '9';
    const bool isLower = byte >= 'a' && byte <= 'z';
    table[byte] = isSpace || isDigit ? kNone : static_cast<uint8_t>(isLower ? byte - 'a' + 'A' : byte);
  }
  return table;
}();

constexpr uint8_t kNoCode = 0xFF;
constexpr char kProteinLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ*-.AAA";

using Codes = std::array<uint8_t, 256>;

constexpr Codes codesOf(std::string_view letters) {
  Codes table{};
  table.fill(kNoCode);
  for (size_t code = 0; code < letters.size(); ++code) {
    table[static_cast<uint8_t>(letters[code])] = static_cast<uint8_t>(code);
  }
  return table;
}

constexpr Codes kCodesWithT = codesOf("ACGT");
constexpr Codes kCodesWithU = codesOf("ACGU");
constexpr Codes kProteinCodes = codesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ*-.");

/// Four residues for each byte of codes.
using FourLetters = std::array<uint32_t, 256>;

constexpr FourLetters lettersOf(uint32_t fourth) {
  FourLetters table{};
  const uint32_t letters[] = {'A', 'C', 'G', fourth};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    for (uint32_t at = 0; at < 4; ++at) table[byte] |= letters[byte >> (2 * at) & 3] << (8 * at);
  }
  return table;
}

constexpr FourLetters kLettersWithT = lettersOf('T');
constexpr FourLetters kLettersWithU = lettersOf('U');

uint64_t loadEight(const uint8_t* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

constexpr uint64_t everyByte(uint64_t value) {
  return value * 0x0101010101010101;
}

/// The high bit of each byte that is a letter A to Z is set, that of each other one is not.
uint64_t upperLetters(uint64_t bytes) {
  const uint64_t low = bytes & everyByte(0x7F);
  return (low + everyByte(0x80 - 'A')) & ~(low + everyByte(0x80 - 'Z' - 1)) & ~bytes & everyByte(0x80);
}

/// The low 2 bits of each of 8 bytes, side by side.
uint64_t joinTwos(uint64_t codes) {
  codes = (codes | codes >> 6) & 0x000F000F000F000F;
  codes = (codes | codes >> 12) & 0x000000FF000000FF;
  return (codes | codes >> 24) & 0xFFFF;
}

/// The low 5 bits of each of 8 bytes, side by side.
uint64_t joinFives(uint64_t codes) {
  codes = (codes & 0x001F001F001F001F) | (codes >> 3 & 0x03E003E003E003E0);
  codes = (codes & 0x000003FF000003FF) | (codes >> 6 & 0x000FFC00000FFC00);
  return (codes & 0xFFFFF) | (codes >> 12 & 0xFFFFF00000);
}

uint64_t spreadFives(uint64_t codes) {
  codes = (codes & 0xFFFFF) | (codes & 0xFFFFF00000) << 12;
  codes = (codes & 0x000003FF000003FF) | (codes & 0x000FFC00000FFC00) << 6;
  return (codes & 0x001F001F001F001F) | (codes & 0x03E003E003E003E0) << 3;
}

uint64_t proteinLetters(uint64_t fives) {
  const uint64_t codes = spreadFives(fives);
  if (((codes + everyByte(0x80 - 26)) & everyByte(0x80)) == 0) return codes + everyByte('A');
  uint64_t letters = 0;
  for (unsigned at = 0; at < 64; at += 8) {
    letters |= static_cast<uint64_t>(static_cast<uint8_t>(kProteinLetters[codes >> at & 31])) << at;
  }
  return letters;
}

#if defined(__x86_64__)
/// Sixteen letters at once, as far as there are only letters. `at` is moved behind them.
void canonicalLetters(std::span<const uint8_t> raw, uint8_t* out, size_t& at) {
  const __m128i fold = _mm_set1_epi8(static_cast<char>(0xDF));
  const __m128i toLowest = _mm_set1_epi8(static_cast<char>('A' + 128));
  const __m128i lettersEnd = _mm_set1_epi8(-128 + 26);
  const auto step = [&](size_t offset) {
    const __m128i upper =
        _mm_and_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(raw.data() + offset)), fold);
    const __m128i areLetters = _mm_cmplt_epi8(_mm_sub_epi8(upper, toLowest), lettersEnd);
    if (_mm_movemask_epi8(areLetters) != 0xFFFF) return false;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + offset), upper);
    return true;
  };
  for (; at + 16 <= raw.size(); at += 16) {
    if (!step(at)) return;
  }
  // The last ones again with some before them: nothing was left out so far.
  if (raw.size() >= 16 && step(raw.size() - 16)) at = raw.size();
}

/// Sixteen residues at once, as far as all are A C G or `fourth`, which is T or U. @returns how many
size_t packSixteens(std::span<const uint8_t> residues, uint8_t fourth, uint8_t* out) {
  const __m128i letters[] = {_mm_set1_epi8('A'), _mm_set1_epi8('C'), _mm_set1_epi8('G'),
                             _mm_set1_epi8(static_cast<char>(fourth))};
  size_t at = 0;
  for (; at + 16 <= residues.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(residues.data() + at));
    const __m128i areAc = _mm_or_si128(_mm_cmpeq_epi8(bytes, letters[0]), _mm_cmpeq_epi8(bytes, letters[1]));
    const __m128i areGt = _mm_or_si128(_mm_cmpeq_epi8(bytes, letters[2]), _mm_cmpeq_epi8(bytes, letters[3]));
    if (_mm_movemask_epi8(_mm_or_si128(areAc, areGt)) != 0xFFFF) break;
    const __m128i order = _mm_and_si128(_mm_srli_epi16(bytes, 1), _mm_set1_epi8(3));
    const __m128i ones = _mm_xor_si128(order, _mm_and_si128(_mm_srli_epi16(order, 1), _mm_set1_epi8(1)));
    const __m128i twos = _mm_and_si128(_mm_or_si128(ones, _mm_srli_epi16(ones, 6)), _mm_set1_epi16(0xF));
    const __m128i fours = _mm_and_si128(_mm_or_si128(twos, _mm_srli_epi32(twos, 12)), _mm_set1_epi32(0xFF));
    const __m128i words = _mm_packs_epi32(fours, fours);
    const int codes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(out + at / 4, &codes, sizeof codes);
  }
  return at;
}
#else
size_t packSixteens(std::span<const uint8_t>, uint8_t, uint8_t*) {
  return 0;
}

void canonicalLetters(std::span<const uint8_t> raw, uint8_t* out, size_t& at) {
  for (; at + 8 <= raw.size(); at += 8) {
    const uint64_t upper = loadEight(raw.data() + at) & everyByte(0xDF);
    if (upperLetters(upper) != everyByte(0x80)) return;
    std::memcpy(out + at, &upper, sizeof upper);
  }
}
#endif

/// As packSixteens(), eight at once for the rest.
size_t packPlain(std::span<const uint8_t> residues, uint8_t fourth, uint8_t* out) {
  const FourLetters& letters = fourth == 'U' ? kLettersWithU : kLettersWithT;
  size_t at = packSixteens(residues, fourth, out);
  for (; at + 8 <= residues.size(); at += 8) {
    const uint64_t eight = loadEight(residues.data() + at);
    // A, C, G and both T and U differ in these two bits: 0, 1, 3, 2.
    const uint64_t order = eight >> 1 & everyByte(3);
    const uint64_t codes = joinTwos(order ^ (order >> 1 & everyByte(1)));
    if ((letters[codes & 0xFF] | static_cast<uint64_t>(letters[codes >> 8]) << 32) != eight) break;
    std::memcpy(out + at / 4, &codes, 2);
  }
  return at;
}

void unpackNucleotides(const PackedResidues& packed, uint64_t start, std::span<uint8_t> out) {
  const FourLetters& letters = packed.hasU ? kLettersWithU : kLettersWithT;
  const uint8_t* codes = packed.codes.data() + start / 4;
  uint8_t* at = out.data();
  uint8_t* const end = at + out.size();
  const auto some = [&](size_t skipped, size_t count) {
    const uint32_t four = letters[*codes++] >> (8 * skipped);
    std::memcpy(at, &four, count);
    at += count;
  };
  if (const size_t skipped = start % 4; skipped != 0) some(skipped, std::min<size_t>(4 - skipped, out.size()));
  for (; end - at >= 8; at += 8, codes += 2) {
    const uint64_t eight = letters[codes[0]] | static_cast<uint64_t>(letters[codes[1]]) << 32;
    std::memcpy(at, &eight, 8);
  }
  while (at != end) some(0, std::min<size_t>(4, static_cast<size_t>(end - at)));
}

void unpackProtein(const PackedResidues& packed, uint64_t start, std::span<uint8_t> out) {
  const uint8_t* codes = packed.codes.data() + start / 8 * 5;
  const uint8_t* const codesEnd = packed.codes.data() + packed.codes.size();
  uint8_t* at = out.data();
  uint8_t* const end = at + out.size();
  const auto some = [&](size_t skipped, size_t count) {
    uint64_t fives = 0;
    std::memcpy(&fives, codes, std::min<size_t>(5, static_cast<size_t>(codesEnd - codes)));
    codes += 5;
    const uint64_t letters = proteinLetters(fives) >> (8 * skipped);
    std::memcpy(at, &letters, count);
    at += count;
  };
  if (const size_t skipped = start % 8; skipped != 0 && at != end) {
    some(skipped, std::min<size_t>(8 - skipped, out.size()));
  }
  for (; end - at >= 8 && codesEnd - codes >= 8; at += 8, codes += 5) {
    const uint64_t letters = proteinLetters(loadEight(codes));
    std::memcpy(at, &letters, 8);
  }
  while (at != end) some(0, std::min<size_t>(8, static_cast<size_t>(end - at)));
}

void putExceptions(const PackedResidues& packed, uint64_t start, std::span<uint8_t> out) {
  std::span<const uint8_t> rest = packed.exceptions;
  uint64_t position = 0;
  for (uint32_t run = 0; run < packed.exceptionRuns && position < start + out.size(); ++run) {
    uint64_t gap = 0;
    uint64_t length = 0;
    rest = rest.subspan(decodeVarint(rest, gap));
    rest = rest.subspan(decodeVarint(rest, length));
    if (rest.empty() || gap > packed.length - position || length > packed.length - position - gap) return;
    const uint64_t begin = std::max(position + gap, start);
    position += gap + length;
    const uint64_t end = std::min(position, start + out.size());
    if (begin < end) std::memset(out.data() + (begin - start), rest[0], end - begin);
    rest = rest.subspan(1);
  }
}

}  // namespace

bool isResidue(uint8_t byte) {
  return kCanonical[byte] != kNone;
}

uint8_t canonical(uint8_t byte) {
  return byte >= 'a' && byte <= 'z' ? static_cast<uint8_t>(byte - 'a' + 'A') : byte;
}

size_t canonicalResidues(std::span<const uint8_t> raw, uint8_t* out) {
  size_t at = 0;
  canonicalLetters(raw, out, at);
  size_t count = at;
  for (; at < raw.size(); ++at) {
    out[count] = kCanonical[raw[at]];
    count += out[count] != kNone;
  }
  return count;
}

uint64_t PackedResidues::codeBytes(Alphabet alphabet, bool isPacked, uint64_t residues) {
  if (!isPacked) return residues;
  return alphabet == Alphabet::nucleotide ? (residues + 3) / 4 : residues / 8 * 5 + (residues % 8 * 5 + 7) / 8;
}

void ResiduePacker::restart(bool isPacked) {
  isPacked_ = isPacked;
  hasOverflowed_ = false;
  fourth_ = 0;
  roomUsed_ = 0;
  runs_ = 0;
  position_ = runStart_ = runEnd_ = lastRunEnd_ = 0;
}

size_t ResiduePacker::pack(std::span<const uint8_t> residues, std::span<uint8_t> out) {
  if (!isPacked_) {
    if (!residues.empty()) std::memcpy(out.data(), residues.data(), residues.size());
  } else if (alphabet_ == Alphabet::nucleotide) {
    packNucleotides(residues, out.data());
  } else {
    packProtein(residues, out.data());
  }
  position_ += residues.size();
  return packedBytes(residues.size());
}

void ResiduePacker::packNucleotides(std::span<const uint8_t> residues, uint8_t* out) {
  if (fourth_ == 0) {
    const auto found = std::find_if(residues.begin(), residues.end(), [](uint8_t byte) { return (byte | 1) == 'U'; });
    if (found != residues.end()) fourth_ = *found;
  }
  const uint8_t fourth = fourth_ == 'U' ? 'U' : 'T';
  const Codes& table = fourth == 'U' ? kCodesWithU : kCodesWithT;
  for (size_t at = 0; at < residues.size();) {
    at += packPlain(residues.subspan(at), fourth, out + at / 4);
    const std::span<const uint8_t> some = residues.subspan(at, std::min<size_t>(8, residues.size() - at));
    const uint64_t codes = joinedCodes(table, 2, some, position_ + at);
    std::memcpy(out + at / 4, &codes, (some.size() + 3) / 4);
    at += some.size();
  }
}

/// One by one, for what is not only plain letters.
uint64_t ResiduePacker::joinedCodes(const std::array<uint8_t, 256>& table, unsigned bits,
                                    std::span<const uint8_t> residues, uint64_t position) {
  uint64_t codes = 0;
  for (size_t at = 0; at < residues.size(); ++at) {
    const uint8_t code = table[residues[at]];
    if (code == kNoCode) {
      except(position + at, residues[at]);
    } else {
      codes |= static_cast<uint64_t>(code) << (bits * at);
    }
  }
  return codes;
}

void ResiduePacker::packProtein(std::span<const uint8_t> residues, uint8_t* out) {
  size_t at = 0;
  for (; at + 8 <= residues.size(); at += 8, out += 5) {
    const uint64_t eight = loadEight(residues.data() + at);
    const bool areLetters = upperLetters(eight) == everyByte(0x80);
    const uint64_t fives = areLetters ? joinFives(eight - everyByte('A'))
                                      : joinedCodes(kProteinCodes, 5, residues.subspan(at, 8), position_ + at);
    std::memcpy(out, &fives, 5);
  }
  const std::span<const uint8_t> rest = residues.subspan(at);
  const uint64_t fives = joinedCodes(kProteinCodes, 5, rest, position_ + at);
  std::memcpy(out, &fives, (rest.size() * 5 + 7) / 8);
}

void ResiduePacker::except(uint64_t position, uint8_t byte) {
  if (runEnd_ != runStart_ && runEnd_ == position && runByte_ == byte) {
    ++runEnd_;
    return;
  }
  endRun();
  runStart_ = position;
  runEnd_ = position + 1;
  runByte_ = byte;
}

void ResiduePacker::endRun() {
  if (runEnd_ == runStart_) return;
  putVarint(runStart_ - lastRunEnd_);
  putVarint(runEnd_ - runStart_);
  if (roomUsed_ < room_.size()) {
    room_[roomUsed_++] = runByte_;
  } else {
    hasOverflowed_ = true;
  }
  ++runs_;
  lastRunEnd_ = runStart_ = runEnd_;
}

void ResiduePacker::putVarint(uint64_t value) {
  const size_t bytes = encodeVarint(value, room_.subspan(roomUsed_));
  hasOverflowed_ = hasOverflowed_ || bytes == 0;
  roomUsed_ += bytes;
}

PackedResidues ResiduePacker::finish() {
  endRun();
  PackedResidues packed;
  packed.alphabet = alphabet_;
  packed.isPacked = isPacked_;
  packed.hasU = fourth_ == 'U';
  packed.exceptions = room_.first(roomUsed_);
  packed.exceptionRuns = runs_;
  return packed;
}

void unpackResidues(const PackedResidues& packed, uint64_t start, std::span<uint8_t> out) {
  if (out.empty()) return;
  if (!packed.isPacked) {
    std::memcpy(out.data(), packed.codes.data() + start, out.size());
    return;
  }
  if (packed.alphabet == Alphabet::nucleotide) {
    unpackNucleotides(packed, start, out);
  } else {
    unpackProtein(packed, start, out);
  }
  if (packed.exceptionRuns != 0) putExceptions(packed, start, out);
}

}  // namespace mm
