// The examples of FIPS 180-4 (NIST, "Examples with Intermediate Values": SHA-256), and pieces of every length, for each kernel.

#include "../core/sha256.h"

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"

namespace {

std::string hex(const std::array<uint8_t, 32>& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Example {
  std::string text;
  std::string_view digest;
};

void givesThePublishedDigests(const mm::Sha256Kernel& kernel) {
  const Example examples[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Example& example : examples) {
    mm::Sha256 hash(kernel);
    hash.update(bytesOf(example.text));
    CHECK(hex(hash.digest()) == example.digest);
    CHECK(hex(hash.digest()) == example.digest);
  }
}

void piecesGiveTheDigestOfTheScalarWhole(const mm::Sha256Kernel& kernel) {
  std::vector<uint8_t> bytes(1000);
  for (size_t index = 0; index < bytes.size(); ++index) bytes[index] = static_cast<uint8_t>(index * 167 >> 3);
  for (size_t length = 0; length < 300; ++length) {
    mm::Sha256 whole(mm::usableSha256Kernels().back());
    whole.update(std::span(bytes).first(length));
    const size_t piece = 1 + length % 131;
    mm::Sha256 pieces(kernel);
    for (size_t at = 0; at < length; at += piece) {
      const size_t count = std::min(piece, length - at);
      const std::unique_ptr<uint8_t[]> copy(new uint8_t[count]);
      std::memcpy(copy.get(), bytes.data() + at, count);
      pieces.update({copy.get(), count});
    }
    CHECK(pieces.digest() == whole.digest());
  }
}

}  // namespace

int main() {
  for (const mm::Sha256Kernel& kernel : mm::usableSha256Kernels()) {
    givesThePublishedDigests(kernel);
    piecesGiveTheDigestOfTheScalarWhole(kernel);
    std::printf("%s ", kernel.name);
  }
  return checkResult();
}
