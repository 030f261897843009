// One token of 64 MiB, and a tag of 100,000 attributes: twice as much takes twice as long, whatever it is and in
// windows of any size. What is kept is refused at its limit.

#include <cstdio>
#include <ctime>
#include <string>

#include "check.h"
#include "xml_scan.h"

namespace {

constexpr size_t kTokenBytes = size_t{64} << 20;
constexpr double kMostGrowth = 2.3;

double cpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Giant {
  const char* what;
  std::string before;
  /// Again and again.
  std::string piece;
  std::string after;
  /// What it is refused with, "" for not at all.
  std::string error = "";
};

struct Read {
  double seconds = 0;
  uint64_t bytes = 0;
  std::string error;
};

/// A document that is never in memory, read in windows.
Read read(const Giant& giant, size_t tokenBytes, size_t windowBytes) {
  const mm::XmlLimits limits;
  std::vector<uint8_t> memory(mm::XmlScanner::memoryBytes(limits) + 4096 * mm::Tape::kBytesPerToken);
  mm::Grant grant({memory.data(), memory.size()});
  mm::XmlScanner scanner;
  mm::Tape tape;
  if (!CHECK(scanner.start(grant, limits) && tape.start(grant, 4096))) return {};
  std::string block;
  while (block.size() < windowBytes) block += giant.piece;
  std::vector<uint8_t> window(block.size() + mm::XmlScanner::keptBytes(limits) + giant.before.size() +
                              giant.after.size());
  Read result;
  size_t filled = 0;
  const auto scan = [&](const std::string& bytes, bool isEnd) {
    std::memcpy(window.data() + filled, bytes.data(), bytes.size());
    filled += bytes.size();
    result.bytes += bytes.size();
    do {
      tape.count = 0;
      scanner.scan({window.data(), filled}, isEnd, tape);
    } while (scanner.isPaused());
    if (isEnd || scanner.failed()) return;
    const size_t kept = scanner.keepFrom();
    scanner.drop(kept);
    std::memmove(window.data(), window.data() + kept, filled - kept);
    filled -= kept;
  };
  const double start = cpuSeconds();
  scanner.beginDocument();
  scan(giant.before, false);
  for (size_t done = 0; done < tokenBytes && !scanner.failed(); done += block.size()) scan(block, false);
  if (!scanner.failed()) scan(giant.after, true);
  result.seconds = cpuSeconds() - start;
  result.error = mm::xmlErrorCode(scanner.error());
  return result;
}

/// The least growth of a few tries: the machine has other work.
template <typename Seconds>
double growth(Seconds seconds) {
  double least = 1e9;
  for (int turn = 0; turn < 4 && least >= kMostGrowth; ++turn) {
    const double half = seconds(1);
    least = std::min(least, seconds(2) / half);
  }
  return least;
}

void isLinear(const Giant& giant) {
  for (const size_t windowBytes : {size_t{64} << 10, size_t{1} << 10}) {
    // Small windows cost more each, so that less is enough to see it.
    const size_t bytes = windowBytes < 4096 ? kTokenBytes / 8 : kTokenBytes;
    std::string error;
    uint64_t bytesRead = 0;
    const double grown = growth([&](size_t halves) {
      const Read result = read(giant, bytes / 2 * halves, windowBytes);
      error = result.error;
      bytesRead = result.bytes;
      return result.seconds;
    });
    const bool isRight = error == giant.error && (error.empty() ? grown < kMostGrowth : bytesRead < (size_t{1} << 20));
    if (!CHECK(isRight)) std::fprintf(stderr, "  %s: %s, %.2f times as long\n", giant.what, error.c_str(), grown);
  }
}

void manyAttributesAreLinear() {
  mm::XmlLimits limits;
  limits.attributes = 100'000;
  limits.attributeBytes = 4 << 20;
  // One look at the tape: each copies the window.
  mm_test::XmlScan scan(limits, 200'010);
  const double grown = growth([&](size_t halves) {
    std::string tag = "<a";
    for (size_t at = 0; at < 50'000 * halves; ++at) tag += " a" + std::to_string(at) + "=''";
    const double start = cpuSeconds();
    CHECK(scan.document(tag + "/>").error.empty());
    return cpuSeconds() - start;
  });
  // n log n.
  CHECK(grown < 1.1 * kMostGrowth);
}

}  // namespace

int main() {
  isLinear({"text", "<a>", "some text ", "</a>"});
  isLinear({"brackets", "<a>", "] ]] ", "</a>"});
  isLinear({"text of characters beyond ASCII", "<a>", "\xE4\xB8\x80\xF0\x9F\x98\x80\xC3\xA9", "</a>"});
  isLinear({"comment", "<a><!--", "- <x> & ", "--></a>"});
  isLinear({"instruction", "<a><?p ", "? <x> & ", "?></a>"});
  isLinear({"section", "<a><![CDATA[", "]]<x> & ]", "]]></a>"});
  isLinear({"white space in a tag", "<a ", " \t\r\n", "/>"});
  isLinear({"zeros of a reference", "<a>&#", "0000", "65;</a>"});
  isLinear({"value", "<a b='", "some text ", "'/>", "XML_LIMIT_ATTRIBUTE_BYTES"});
  isLinear({"namespace", "<a xmlns='", "some text ", "'/>", "XML_LIMIT_NAMESPACES"});
  isLinear({"name", "<a", "name", "/>", "XML_LIMIT_NAME"});
  isLinear({"name of an end tag", "<a></a", "name", ">", "XML_LIMIT_NAME"});
  isLinear({"target", "<?a", "name", "?><a/>", "XML_LIMIT_NAME"});
  isLinear({"entity", "<a>&a", "name", ";</a>", "XML_ENTITY"});
  isLinear({"depth", "<a>", "<b>", "", "XML_LIMIT_DEPTH"});
  manyAttributesAreLinear();
  return checkResult();
}
