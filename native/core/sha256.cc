#include "sha256.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace mm {

static_assert(std::endian::native == std::endian::little, "words are swapped as they are read");

namespace {

using State = std::array<uint32_t, 8>;

// FIPS 180-4, section 4.2.2.
alignas(16) constexpr uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

void addBlocksScalar(State& state, const uint8_t* blocks, size_t count) {
  for (; count > 0; --count, blocks += 64) {
    uint32_t words[64];
    for (size_t t = 0; t < 16; ++t) {
      uint32_t word;
      std::memcpy(&word, blocks + 4 * t, sizeof word);
      words[t] = __builtin_bswap32(word);
    }
    for (size_t t = 16; t < 64; ++t) {
      const uint32_t before2 = words[t - 2];
      const uint32_t before15 = words[t - 15];
      const uint32_t sigma1 = std::rotr(before2, 17) ^ std::rotr(before2, 19) ^ (before2 >> 10);
      const uint32_t sigma0 = std::rotr(before15, 7) ^ std::rotr(before15, 18) ^ (before15 >> 3);
      words[t] = sigma1 + words[t - 7] + sigma0 + words[t - 16];
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (size_t t = 0; t < 64; ++t) {
      const uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      const uint32_t temporary1 = h + sum1 + ((e & f) ^ (~e & g)) + kRound[t] + words[t];
      const uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      const uint32_t temporary2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + temporary1;
      d = c;
      c = b;
      b = a;
      a = temporary1 + temporary2;
    }
    const State added = {a, b, c, d, e, f, g, h};
    for (size_t index = 0; index < state.size(); ++index) state[index] += added[index];
  }
}

#if defined(__x86_64__)

// Only functions marked so may run these instructions; the rest of the addon stays at the x86-64 baseline.
#define MM_SHA __attribute__((target("sha,sse4.1,ssse3")))

/// The instructions hold the state as a b e f and c d g h, from the highest lane down, and do two rounds at once.
MM_SHA void addBlocksSha(State& state, const uint8_t* blocks, size_t count) {
  const __m128i swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  auto* const stored = reinterpret_cast<__m128i*>(state.data());
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(stored), 0xB1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(stored + 1), 0x1B);
  __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
  for (; count > 0; --count, blocks += 64) {
    const __m128i abefBefore = abef;
    const __m128i cdghBefore = cdgh;
    __m128i words[4];
    for (int index = 0; index < 4; ++index) {
      words[index] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks) + index), swap);
    }
#pragma GCC unroll 16
    for (int group = 0; group < 16; ++group) {
      __m128i& first = words[group % 4];
      const __m128i last = words[(group + 3) % 4];
      const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRound) + group);
      const __m128i sum = _mm_add_epi32(first, constants);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
      if (group >= 12) continue;
      const __m128i sevenBefore = _mm_alignr_epi8(last, words[(group + 2) % 4], 4);
      first = _mm_add_epi32(_mm_sha256msg1_epu32(first, words[(group + 1) % 4]), sevenBefore);
      first = _mm_sha256msg2_epu32(first, last);
    }
    abef = _mm_add_epi32(abef, abefBefore);
    cdgh = _mm_add_epi32(cdgh, cdghBefore);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128(stored, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(stored + 1, _mm_alignr_epi8(dchg, feba, 8));
}

/// CPUID leaf 7, EBX bit 29: g++ 12 has no name for it.
bool hasSha() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
  return (ebx >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

#endif

struct UsableKernels {
  std::array<Sha256Kernel, 2> kernels{};
  size_t count = 0;

  UsableKernels() {
#if defined(__x86_64__)
    if (hasSha()) kernels[count++] = {"sha", addBlocksSha};
#endif
    kernels[count++] = {"scalar", addBlocksScalar};
  }
};

}  // namespace

std::span<const Sha256Kernel> usableSha256Kernels() {
  static const UsableKernels usable;
  return {usable.kernels.data(), usable.count};
}

void Sha256::update(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  const size_t held = length_ % kBlockBytes;
  length_ += bytes.size();
  if (held != 0) {
    const size_t lacking = kBlockBytes - held;
    const size_t taken = bytes.size() < lacking ? bytes.size() : lacking;
    std::memcpy(tail_.data() + held, bytes.data(), taken);
    if (taken < lacking) return;
    kernel_.addBlocks(state_, tail_.data(), 1);
    bytes = bytes.subspan(taken);
  }
  const size_t blocks = bytes.size() / kBlockBytes;
  kernel_.addBlocks(state_, bytes.data(), blocks);
  const std::span<const uint8_t> rest = bytes.subspan(blocks * kBlockBytes);
  if (!rest.empty()) std::memcpy(tail_.data(), rest.data(), rest.size());
}

std::array<uint8_t, 32> Sha256::digest() const {
  // A one bit, zeros, and the length in bits at the end of a block (FIPS 180-4, section 5.1.1).
  std::array<uint8_t, 2 * kBlockBytes> padded{};
  const size_t held = length_ % kBlockBytes;
  std::memcpy(padded.data(), tail_.data(), held);
  padded[held] = 0x80;
  const size_t blocks = held < kBlockBytes - sizeof length_ ? 1 : 2;
  const uint64_t bits = __builtin_bswap64(length_ * 8);
  std::memcpy(padded.data() + blocks * kBlockBytes - sizeof bits, &bits, sizeof bits);
  State state = state_;
  kernel_.addBlocks(state, padded.data(), blocks);
  std::array<uint8_t, 32> digest;
  for (size_t index = 0; index < state.size(); ++index) {
    const uint32_t word = __builtin_bswap32(state[index]);
    std::memcpy(digest.data() + 4 * index, &word, sizeof word);
  }
  return digest;
}

}  // namespace mm
