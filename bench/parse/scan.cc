// What reading alone takes: the native scanner over each file, in windows of 64 KiB, tokens onto a tape and forgotten. Prints how many start tags.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "scanner.h"

namespace {

constexpr size_t kWindowBytes = 65'536;
constexpr size_t kTokens = 8'192;

/// Elements of a file, or -1 when it is refused.
long scanFile(int fd, mm::Grant memory) {
  const mm::XmlLimits limits;
  mm::XmlScanner scanner;
  mm::Tape tape;
  if (!scanner.start(memory, limits) || !tape.start(memory, kTokens)) return -1;
  std::vector<uint8_t> window(kWindowBytes + mm::XmlScanner::keptBytes(limits));
  size_t filled = 0;
  long elements = 0;
  scanner.beginDocument();
  for (;;) {
    const ssize_t got = read(fd, window.data() + filled, kWindowBytes);
    if (got < 0) return -1;
    filled += static_cast<size_t>(got);
    do {
      tape.count = 0;
      scanner.scan(std::span(window).first(filled), got == 0, tape);
      for (size_t at = 0; at < tape.count; ++at) elements += tape.kinds[at] == static_cast<uint32_t>(mm::TokenKind::startTag);
    } while (scanner.isPaused());
    if (scanner.failed()) return -1;
    if (got == 0) return elements;
    const size_t kept = scanner.keepFrom();
    scanner.drop(kept);
    filled -= kept;
    std::memmove(window.data(), window.data() + kept, filled);
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<uint8_t> memory(1 << 20);
  long elements = 0;
  for (int at = 1; at < count; ++at) {
    const int fd = open(arguments[at], O_RDONLY);
    const long scanned = fd < 0 ? -1 : scanFile(fd, mm::Grant(std::span<uint8_t>(memory)));
    if (scanned < 0) {
      std::fprintf(stderr, "%s is refused\n", arguments[at]);
      return 65;
    }
    close(fd);
    elements += scanned;
  }
  std::printf("%ld\n", elements);
}
