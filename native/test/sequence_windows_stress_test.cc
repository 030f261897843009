// Windows come in order, whole, and hashed, however many are in flight and wherever the caller stops.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "../sequence/input_windows.h"
#include "check.h"

namespace {

struct Input {
  std::vector<uint8_t> bytes;
  int fd = memfd_create("input", MFD_CLOEXEC);

  explicit Input(size_t length) : bytes(length) {
    for (size_t at = 0; at < length; ++at) bytes[at] = static_cast<uint8_t>(at * 167 >> 4);
    CHECK(write(fd, bytes.data(), length) == static_cast<ssize_t>(length));
  }
  ~Input() { close(fd); }
};

void readsAll(const Input& input, unsigned windowCount, size_t windowBytes) {
  const mm::InputWindowsRequest request{input.fd, windowCount, windowBytes, windowCount % 2 == 0};
  std::vector<uint8_t> memory(mm::InputWindows::memoryBytes(request) + 64);
  mm::Grant grant(memory);
  mm::InputWindows windows(request);
  CHECK(windows.start(grant).ok());
  std::vector<uint8_t> all;
  for (auto window = windows.next(); !window.empty(); window = windows.next()) {
    all.insert(all.end(), window.begin(), window.end());
  }
  CHECK(windows.next().empty());
  std::array<uint8_t, 32> sha256{};
  CHECK(windows.finish(sha256).ok());
  mm::Sha256 expected;
  expected.update(input.bytes);
  CHECK(all == input.bytes && sha256 == expected.digest());
}

void stopsAnywhere(const Input& input) {
  const mm::InputWindowsRequest request{input.fd, 3, 500, true};
  std::vector<uint8_t> memory(mm::InputWindows::memoryBytes(request) + 64);
  for (unsigned taken = 0; taken < 30; ++taken) {
    mm::Grant grant(memory);
    mm::InputWindows windows(request);
    CHECK(windows.start(grant).ok());
    for (unsigned index = 0; index < taken; ++index) CHECK(!windows.next().empty());
  }
}

void saysWhenReadingFails() {
  const mm::InputWindowsRequest request{-1, 2, 500, true};
  std::vector<uint8_t> memory(mm::InputWindows::memoryBytes(request) + 64);
  mm::Grant grant(memory);
  mm::InputWindows windows(request);
  CHECK(windows.start(grant).ok());
  CHECK(windows.next().empty());
  std::array<uint8_t, 32> sha256{};
  const mm::Outcome outcome = windows.finish(sha256);
  CHECK(outcome.kind == mm::Outcome::Kind::io && outcome.status.error == EBADF);
}

void wantsItsMemory() {
  const mm::InputWindowsRequest request{-1, 2, 500, true};
  std::vector<uint8_t> memory(900);
  mm::Grant grant(memory);
  mm::InputWindows windows(request);
  CHECK(windows.start(grant).kind == mm::Outcome::Kind::memory);
}

}  // namespace

int main() {
  for (const size_t length : {size_t{0}, size_t{1}, size_t{999}, size_t{1000}, size_t{1001}, size_t{200'000}}) {
    const Input input(length);
    for (const unsigned windowCount : {2u, 3u, 8u}) {
      for (const size_t windowBytes : {100u, 1000u, 4096u}) readsAll(input, windowCount, windowBytes);
    }
  }
  stopsAnywhere(Input(20'000));
  saysWhenReadingFails();
  wantsItsMemory();
  return checkResult();
}
