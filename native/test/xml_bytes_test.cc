// What the scanner is made of: runs of bytes and positions against their scalar twins, UTF-8 and names over all code
// points, copied values.

#include <cstdio>
#include <random>
#include <string>

#include "../xml/byte_runs.h"
#include "../xml/names.h"
#include "../xml/utf8.h"
#include "check.h"
#include "xml_scan.h"

namespace {

using mm_test::textOf;

template <typename Set>
void runsEndLikeTheScalarTwin() {
  std::mt19937 random(1);
  size_t wrong = 0;
  // Each byte at each place of a run that is otherwise long, in memory that ends with it.
  for (size_t length = 1; length <= 40; ++length) {
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[length]);
    const uint8_t* const end = bytes.get() + length;
    for (size_t at = 0; at < length; ++at) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::fill_n(bytes.get(), length, static_cast<uint8_t>("azAZ09._"[random() % 8]));
        bytes[at] = static_cast<uint8_t>(byte);
        const uint8_t* const expected = mm::runEndScalar<Set>(bytes.get(), end);
        wrong += mm::runEnd<Set>(bytes.get(), end) != expected || (expected == end) != Set::has(bytes[at]);
      }
    }
  }
  CHECK(wrong == 0);
}

void positionsAreThoseOfTheScalarTwin() {
  std::mt19937 random(2);
  for (const size_t length : {0, 1, 15, 16, 17, 100, 255 * 16, 255 * 16 + 31, 9000}) {
    for (const uint32_t newlineIn : {3, 100, 100'000}) {
      std::vector<uint8_t> bytes(length);
      mm::TextPosition expected{7, 3, 9};
      for (uint8_t& byte : bytes) {
        byte = random() % newlineIn == 0 ? '\n' : static_cast<uint8_t>(random() % 255 + 11);
        ++expected.offset;
        expected.line += byte == '\n';
        expected.column = byte == '\n' ? 1 : expected.column + ((byte & 0xC0) != 0x80);
      }
      for (const mm::TextPosition& got : {mm::advanced({7, 3, 9}, bytes), mm::advancedScalar({7, 3, 9}, bytes)}) {
        CHECK(got.offset == expected.offset && got.line == expected.line && got.column == expected.column);
      }
    }
  }
}

void decodesAllCodePoints() {
  size_t wrong = 0;
  for (uint32_t codePoint = 0x80; codePoint < 0x110000; ++codePoint) {
    uint8_t bytes[4];
    const size_t length = mm::encodeUtf8(codePoint, bytes);
    const mm::Utf8Character whole = mm::decodeUtf8(bytes, bytes + length);
    const bool isSurrogate = codePoint >= 0xD800 && codePoint < 0xE000;
    wrong += isSurrogate ? !whole.isWrong : whole.codePoint != codePoint || whole.length != length || whole.isWrong;
    const mm::Utf8Character cut = mm::decodeUtf8(bytes, bytes + length - 1);
    wrong += !isSurrogate && (cut.length != 0 || cut.isWrong);
  }
  CHECK(wrong == 0);
  // All pairs of bytes: what begins with them is right, cut off, or wrong, and nothing else.
  size_t right = 0;
  for (unsigned first = 0x80; first < 0x100; ++first) {
    for (unsigned second = 0; second < 0x100; ++second) {
      const uint8_t bytes[] = {static_cast<uint8_t>(first), static_cast<uint8_t>(second)};
      right += mm::decodeUtf8(bytes, bytes + 2).length == 2;
    }
  }
  CHECK(right == 0x800 - 0x80);
}

/// Counts from the productions, added up by hand.
void knowsNameCharacters() {
  size_t starts = 0;
  size_t others = 0;
  size_t characters = 0;
  for (uint32_t codePoint = 0; codePoint < 0x110000; ++codePoint) {
    starts += mm::isNameStart(codePoint);
    others += mm::isNameCharacter(codePoint) && !mm::isNameStart(codePoint);
    characters += mm::isXmlCharacter(codePoint);
  }
  CHECK(starts == 23 + 31 + 520 + 14 + 7297 + 2 + 288 + 1008 + 43'007 + 1232 + 526 + 0xE0000);
  CHECK(others == 1 + 112 + 2);
  CHECK(characters == 3 + (0xD800 - 0x20) + (0xFFFE - 0xE000) + 0x100000);
}

void copiesValues() {
  const auto copied = [](const std::string& piece, size_t (*copy)(std::span<const uint8_t>, uint8_t*)) {
    // As much room as is promised to be enough.
    const std::unique_ptr<uint8_t[]> to(new uint8_t[piece.size()]);
    return textOf({to.get(), copy({reinterpret_cast<const uint8_t*>(piece.data()), piece.size()}, to.get())});
  };
  CHECK(copied("", mm::copyText).empty() && copied("", mm::copyValue).empty());
  CHECK(copied("a\tb\nc", mm::copyText) == "a\tb\nc");
  CHECK(copied("\r\n1\r2\r\r\n\n3\r", mm::copyText) == "\n1\n2\n\n\n3\n");
  CHECK(copied("\r\n1\r2\t\n\r\n3 \r", mm::copyValue) == " 1 2   3  ");
}

}  // namespace

int main() {
  runsEndLikeTheScalarTwin<mm::PlainBytes<'<', '&', ']'>>();
  runsEndLikeTheScalarTwin<mm::PlainBytes<'"', '<', '&'>>();
  runsEndLikeTheScalarTwin<mm::PlainBytes<'-', '-', '-'>>();
  runsEndLikeTheScalarTwin<mm::NameBytes>();
  positionsAreThoseOfTheScalarTwin();
  decodesAllCodePoints();
  knowsNameCharacters();
  copiesValues();
  return checkResult();
}
