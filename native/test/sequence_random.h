#pragma once

// Seeded random sequences for the tests of native/sequence.

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace mm_test {

using Random = std::mt19937_64;

constexpr std::string_view kNucleotides = "ACGT";
constexpr std::string_view kAminoAcids = "ACDEFGHIKLMNPQRSTVWY";

inline std::string randomSequence(Random& random, size_t length, std::string_view letters) {
  std::string sequence(length, ' ');
  for (char& letter : sequence) letter = letters[random() % letters.size()];
  return sequence;
}

/// One edit for each `oneIn` residues on average.
inline std::string mutated(Random& random, const std::string& from, uint64_t oneIn, std::string_view letters) {
  std::string to;
  for (const char letter : from) {
    const uint64_t kind = random() % (3 * oneIn);
    if (kind == 0) continue;
    if (kind == 1) to += letters[random() % letters.size()];
    to += kind == 2 ? letters[random() % letters.size()] : letter;
  }
  return to;
}

}  // namespace mm_test
