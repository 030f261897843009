// Lines of any bytes, in windows of any size, against a splitter that goes byte by byte. MM_TEST_DATA may name a folder
// with fasta/specimens.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../sequence/fasta_scanner.h"
#include "../sequence/newlines.h"
#include "check.h"

namespace {

using mm::FastaScanner;
using mm::LineKind;
using mm::LinePiece;

struct Line {
  std::string bytes;
  uint64_t offset;
  LineKind kind;
  int lineEndBytes;
  friend bool operator==(const Line&, const Line&) = default;
};

std::vector<Line> linesByteByByte(const std::string& text) {
  std::vector<Line> lines;
  bool isInRecord = false;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    const bool ends = newline != std::string::npos;
    Line line{text.substr(at, (ends ? newline : text.size()) - at), at, LineKind::preamble, ends ? 1 : 0};
    at += line.bytes.size() + line.lineEndBytes;
    if (ends && line.bytes.ends_with('\r')) {
      line.bytes.pop_back();
      line.lineEndBytes = 2;
    }
    isInRecord = isInRecord || line.bytes.starts_with('>');
    if (isInRecord) line.kind = line.bytes.starts_with(';') ? LineKind::comment : LineKind::sequence;
    if (line.bytes.starts_with('>')) line.kind = LineKind::header;
    lines.push_back(line);
  }
  return lines;
}

/// Joins the pieces of a scanner to lines.
struct Joiner {
  std::vector<Line> lines;
  size_t wrong = 0;

  void take(FastaScanner& scanner) {
    LinePiece piece;
    while (scanner.next(piece)) {
      const std::string bytes(piece.bytes.begin(), piece.bytes.end());
      const bool isOpen = !lines.empty() && lines.back().lineEndBytes == 0;
      wrong += piece.startsLine == isOpen;
      if (piece.startsLine) {
        lines.push_back({bytes, piece.offset, piece.kind, piece.lineEndBytes});
        continue;
      }
      Line& line = lines.back();
      wrong += piece.kind != line.kind || piece.offset != line.offset + line.bytes.size();
      wrong += bytes.empty() && piece.lineEndBytes == 0;
      line.bytes += bytes;
      line.lineEndBytes = piece.lineEndBytes;
    }
  }
};

bool isSplitAlike(const std::string& text, size_t windowBytes, const std::vector<Line>& expected) {
  FastaScanner scanner;
  Joiner joiner;
  for (size_t at = 0; at < text.size(); at += windowBytes) {
    const size_t count = std::min(windowBytes, text.size() - at);
    // A window of its own: a read past its end is an error under AddressSanitizer.
    const std::unique_ptr<uint8_t[]> window(new uint8_t[count]);
    std::memcpy(window.get(), text.data() + at, count);
    scanner.feed({window.get(), count});
    joiner.take(scanner);
  }
  scanner.finish();
  joiner.take(scanner);
  return joiner.wrong == 0 && joiner.lines == expected;
}

void checkText(const std::string& text, size_t mostWindowBytes) {
  const std::vector<Line> expected = linesByteByByte(text);
  size_t wrong = 0;
  for (size_t windowBytes = 1; windowBytes <= mostWindowBytes; ++windowBytes) {
    wrong += !isSplitAlike(text, windowBytes, expected);
  }
  wrong += !isSplitAlike(text, text.size() + 1, expected);
  if (!CHECK(wrong == 0)) std::fprintf(stderr, "  of %zu bytes\n", text.size());
}

void splitsRandomBytes() {
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    std::string text(random() % 400, '\0');
    const uint32_t ends = 2 + random() % 40;
    for (char& byte : text) {
      const uint32_t kind = random() % ends;
      byte = static_cast<char>('A' + random() % 26);
      if (kind <= 1) byte = ">;\n\r"[kind * 2 + random() % 2];
      if (random() % 200 == 0) byte = static_cast<char>(random());
    }
    checkText(text, 70);
  }
}

void splitsCorners() {
  for (const char* text : {"", "\n", "\r", "\r\n", "\r\r\n", ">", ">\r", ">\n", ">\n>", ">a\n;c\nA>C\n\nAC",
                           "x\n;y\n>z\r\nA\rC\r\n\r", ">a\nAC\r", ">a\nAC\r\r"}) {
    checkText(text, 70);
  }
  checkText(std::string(">a\nA\0C\n", 7), 70);
}

void startsWithinARecord() {
  const std::string text = "ACGT\n;x\nAC\n>b\n";
  FastaScanner scanner = FastaScanner::withinRecord(100);
  Joiner joiner;
  scanner.feed({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  joiner.take(scanner);
  CHECK(joiner.lines.size() == 4 && joiner.lines[0] == (Line{"ACGT", 100, LineKind::sequence, 1}));
  CHECK(joiner.lines[1].kind == LineKind::comment && joiner.lines[3] == (Line{">b", 111, LineKind::header, 1}));
}

void masksAreThoseOfTheScalarTwin() {
  std::mt19937 random(2);
  uint8_t bytes[64];
  for (int round = 0; round < 5000; ++round) {
    uint64_t expected = 0;
    for (unsigned at = 0; at < 64; ++at) {
      bytes[at] = static_cast<uint8_t>(random());
      if (random() % 2 == 0) bytes[at] = static_cast<uint8_t>("\n\n\x0b\x09\x8a\x00"[random() % 6]);
      expected |= static_cast<uint64_t>(bytes[at] == '\n') << at;
    }
    CHECK(mm::newlines(bytes) == expected && mm::newlinesScalar(bytes) == expected);
  }
}

void splitsSpecimens() {
  const char* data = std::getenv("MM_TEST_DATA");
  const std::filesystem::path folder = std::filesystem::path(data == nullptr ? "" : data) / "fasta/specimens";
  if (data == nullptr || !std::filesystem::is_directory(folder)) {
    std::printf("specimens skipped: MM_TEST_DATA has no fasta/specimens; ");
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    checkText(text, text.size() < 5000 ? 70 : 3);
  }
}

}  // namespace

int main() {
  splitsRandomBytes();
  splitsCorners();
  startsWithinARecord();
  masksAreThoseOfTheScalarTwin();
  splitsSpecimens();
  return checkResult();
}
