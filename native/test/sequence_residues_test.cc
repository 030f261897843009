// What was packed comes back from any start, for any bytes that are residues, in whatever pieces it was packed.

#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "../core/varint.h"
#include "../sequence/record.h"
#include "check.h"

namespace {

using mm::Alphabet;
using mm::PackedResidues;
using mm::ResiduePacker;

using Bytes = std::vector<uint8_t>;

Bytes bytesOf(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

/// The payload of a record, or nothing when the exceptions do not fit.
Bytes pack(const Bytes& residues, Alphabet alphabet, bool isPacked, size_t room, size_t piece) {
  Bytes exceptions(room);
  ResiduePacker packer(alphabet, exceptions);
  packer.restart(isPacked);
  Bytes payload;
  for (size_t at = 0; at < residues.size(); at += piece) {
    const auto part = std::span(residues).subspan(at, std::min(piece, residues.size() - at));
    // Exactly as large as it must be: a byte more is an error under AddressSanitizer.
    Bytes codes(packer.packedBytes(part.size()));
    CHECK(packer.pack(part, codes) == codes.size());
    payload.insert(payload.end(), codes.begin(), codes.end());
  }
  const PackedResidues packed = packer.finish();
  if (packer.hasOverflowed()) return {};
  payload.insert(payload.end(), packed.exceptions.begin(), packed.exceptions.end());
  const mm::PayloadTrailer trailer(packed);
  payload.insert(payload.end(), trailer.bytes.begin(), trailer.bytes.end());
  return payload;
}

void comesBack(const Bytes& residues, Alphabet alphabet, std::mt19937& random) {
  for (const bool isPacked : {true, false}) {
    const size_t piece = ResiduePacker::kPieceResidues * (1 + random() % 20);
    const Bytes payload = pack(residues, alphabet, isPacked, residues.size() * 12 + 16, piece);
    PackedResidues packed;
    if (!CHECK(mm::readPackedPayload(payload, residues.size(), alphabet, packed))) return;
    CHECK(packed.isPacked == isPacked && packed.length == residues.size());
    size_t wrong = 0;
    for (int round = 0; round < 30; ++round) {
      const size_t start = round == 0 ? 0 : random() % (residues.size() + 1);
      const size_t count = round == 0 ? residues.size() : random() % (residues.size() - start + 1);
      const std::unique_ptr<uint8_t[]> out(new uint8_t[count]);
      mm::unpackResidues(packed, start, {out.get(), count});
      wrong += count != 0 && std::memcmp(out.get(), residues.data() + start, count) != 0;
    }
    CHECK(wrong == 0);
    CHECK(!mm::readPackedPayload(payload, residues.size() + 8, alphabet, packed));
    CHECK(!mm::readPackedPayload(std::span(payload).first(8), 0, alphabet, packed));
  }
}

void everySequenceComesBack() {
  std::mt19937 random(1);
  const std::string_view nulls("AC\0G", 4);
  const std::string_view sets[] = {"ACGT",     "ACGU", "ACGTN",       "ACGTU", "ACDEFGHIKLMNPQRSTVWY",
                                   "ACDEF*-.", "N",    "\xFF\x80~A", nulls};
  for (const std::string_view letters : sets) {
    for (size_t length = 0; length < 90; ++length) {
      Bytes residues(length);
      for (uint8_t& byte : residues) byte = static_cast<uint8_t>(letters[random() % letters.size()]);
      comesBack(residues, Alphabet::nucleotide, random);
      comesBack(residues, Alphabet::protein, random);
    }
  }
  for (int round = 0; round < 60; ++round) {
    Bytes residues(random() % 3000);
    for (uint8_t& byte : residues) byte = static_cast<uint8_t>("ACGT"[random() % 4]);
    for (int runs = round % 4; runs > 0 && !residues.empty(); --runs) {
      const size_t start = random() % residues.size();
      const size_t length = std::min<size_t>(residues.size() - start, random() % 300);
      std::memset(residues.data() + start, "NRU-"[random() % 4], length);
    }
    comesBack(residues, Alphabet::nucleotide, random);
    comesBack(residues, Alphabet::protein, random);
  }
}

void packsAsWritten() {
  const Bytes nucleotides = pack(bytesOf("ACGTT"), Alphabet::nucleotide, true, 0, 8);
  CHECK(nucleotides.size() == 2 + mm::PayloadTrailer::kBytes && nucleotides[0] == 0b11100100 && nucleotides[1] == 3);
  const Bytes protein = pack(bytesOf("BZ*"), Alphabet::protein, true, 0, 8);
  CHECK(protein.size() == 2 + mm::PayloadTrailer::kBytes && (protein[0] | protein[1] << 8) == (1 | 25 << 5 | 26 << 10));
  const Bytes exceptions = pack(bytesOf("ANNNCR"), Alphabet::nucleotide, true, 6, 8);
  const Bytes runs = {1, 3, 'N', 1, 1, 'R'};
  CHECK(exceptions.size() == 2 + 6 + mm::PayloadTrailer::kBytes);
  CHECK(Bytes(exceptions.begin() + 2, exceptions.begin() + 8) == runs);
  // U costs nothing where there is no T.
  CHECK(pack(bytesOf("ACGUUGCAUUAC"), Alphabet::nucleotide, true, 0, 8).size() == 3 + mm::PayloadTrailer::kBytes);
}

void saysWhenExceptionsOutgrowTheirRoom() {
  CHECK(pack(bytesOf("ANNNCR"), Alphabet::nucleotide, true, 5, 8).empty());
  CHECK(pack(bytesOf("N"), Alphabet::nucleotide, true, 0, 8).empty());
  CHECK(!pack(bytesOf("N"), Alphabet::protein, true, 0, 8).empty());
  CHECK(!pack(bytesOf("N"), Alphabet::nucleotide, false, 0, 8).empty());
}

/// A damaged list of exceptions must not be followed out of its bytes.
void damagedExceptionsStayInside() {
  std::mt19937 random(2);
  const Bytes codes(25);
  for (int round = 0; round < 20'000; ++round) {
    Bytes exceptions(random() % 40);
    for (uint8_t& byte : exceptions) byte = static_cast<uint8_t>(random() % 3 == 0 ? 0xFF : random() % 130);
    const auto runs = static_cast<uint32_t>(random() % 20);
    const PackedResidues packed{Alphabet::nucleotide, true, false, 100, codes, exceptions, runs};
    Bytes out(50);
    mm::unpackResidues(packed, random() % 51, out);
  }
  CHECK(true);
}

void residuesAreEveryByteButSpaceAndDigits() {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool isLetter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    const bool isNone = std::memchr(" \t\n\v\f\r0123456789", static_cast<int>(byte), 16) != nullptr;
    CHECK(mm::isResidue(static_cast<uint8_t>(byte)) == !isNone);
    CHECK(mm::canonical(static_cast<uint8_t>(byte)) == (isLetter ? byte & 0xDF : byte));
  }
}

void canonicalResiduesAreFoldedAndFiltered() {
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    Bytes raw(random() % 100);
    for (uint8_t& byte : raw) {
      const uint32_t kind = random() % 64;
      byte = static_cast<uint8_t>(kind == 0 && round % 2 == 0 ? random() : "acgtnACGTNkLzZaA"[random() % 16]);
    }
    Bytes expected;
    for (const uint8_t byte : raw) {
      if (mm::isResidue(byte)) expected.push_back(mm::canonical(byte));
    }
    const std::unique_ptr<uint8_t[]> out(new uint8_t[raw.size()]);
    const size_t count = mm::canonicalResidues(raw, out.get());
    CHECK(count == expected.size() && (count == 0 || std::memcmp(out.get(), expected.data(), count) == 0));
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Bytes raw(40, static_cast<uint8_t>(byte));
    Bytes out(40);
    const bool isResidue = mm::isResidue(raw[0]);
    CHECK(mm::canonicalResidues(raw, out.data()) == (isResidue ? 40u : 0u));
    CHECK(!isResidue || out == Bytes(40, mm::canonical(raw[0])));
  }
}

void keysRankLongerFirst() {
  using mm::RankKey;
  const RankKey keys[] = {{(uint64_t{1} << 40) - 1, 5, 3}, {500, 1, 9}, {500, 0xFFFFFFFFFFFF, 1},
                          {500, 0xFFFFFFFFFFFF, mm::kMostRecords - 1}, {0, 0, 0}};
  for (size_t index = 0; index < std::size(keys); ++index) {
    const RankKey back = RankKey::from(keys[index].sortKey());
    CHECK(back.length == keys[index].length && back.hash48 == keys[index].hash48 && back.number == keys[index].number);
    CHECK(index == 0 || keys[index - 1].sortKey() < keys[index].sortKey());
  }
}

void varintsComeBack() {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    for (const uint64_t off : {uint64_t{0}, uint64_t{1}}) {
      const uint64_t value = (bits == 64 ? 0 : uint64_t{1} << bits) - off;
      uint8_t bytes[10];
      const size_t written = mm::encodeVarint(value, bytes);
      uint64_t back = 0;
      CHECK(written > 0 && mm::decodeVarint({bytes, written}, back) == written && back == value);
      CHECK(mm::encodeVarint(value, {bytes, written - 1}) == 0);
      CHECK(mm::decodeVarint({bytes, written - 1}, back) == 0);
    }
  }
  const uint8_t tooLarge[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2};
  uint64_t value = 0;
  CHECK(mm::decodeVarint(tooLarge, value) == 0);
}

}  // namespace

int main() {
  everySequenceComesBack();
  packsAsWritten();
  saysWhenExceptionsOutgrowTheirRoom();
  damagedExceptionsStayInside();
  residuesAreEveryByteButSpaceAndDigits();
  canonicalResiduesAreFoldedAndFiltered();
  keysRankLongerFirst();
  varintsComeBack();
  return checkResult();
}
