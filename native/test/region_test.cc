// Mappings of every kind: what is granted, what each promises about writes, and what is counted.

#include "../core/linux/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "check.h"

namespace {

using mm::Advice;
using mm::MapMode;
using mm::PagePolicy;
using mm::Region;

constexpr size_t kMiB = 1 << 20;

mm::UniqueFd makeFile(uint64_t byteLength) {
  char path[] = "/tmp/mm-region-XXXXXX";
  mm::UniqueFd fd(mkostemp(path, O_CLOEXEC));
  unlink(path);
  CHECK(ftruncate(fd.get(), static_cast<off_t>(byteLength)) == 0);
  return fd;
}

void anonymousIsCountedAndGivenBack() {
  const uint64_t before = mm::liveRegionBytes().anonymous;
  const auto region = Region::anonymous(10 * kMiB + 1, PagePolicy::base).value;
  CHECK(mm::liveRegionBytes().anonymous == before + 10 * kMiB + 1);
  CHECK(region->residentBytes().value == 0);
  std::memset(region->data(), 1, region->byteLength());
  CHECK(region->residentBytes().value >= 10 * kMiB);
  CHECK(region->advise(kMiB, kMiB, Advice::dontNeed).ok());
  CHECK(region->data()[kMiB] == 0 && region->data()[kMiB - 1] == 1 && region->data()[2 * kMiB] == 1);
  CHECK(region->close().ok() && region->close().ok());
  CHECK(region->residentBytes().status.error == EBADF);
  CHECK(mm::liveRegionBytes().anonymous == before);
}

void transparentHugePagesAreAligned() {
  const auto region = Region::anonymous(5 * kMiB, PagePolicy::transparentHuge).value;
  const size_t huge = mm::transparentHugePageBytes(false);
  if (huge == 0) {
    CHECK(region->granted() == PagePolicy::base && region->pageBytes() == mm::basePageBytes());
    return;
  }
  CHECK(region->granted() == PagePolicy::transparentHuge && region->pageBytes() == huge);
  CHECK(reinterpret_cast<uintptr_t>(region->data()) % huge == 0);
  const auto small = Region::anonymous(4096, PagePolicy::transparentHuge).value;
  CHECK(small->granted() == PagePolicy::base);
}

void hugetlbIsGrantedWholeOrRefused() {
  const auto region = Region::anonymous(kMiB, PagePolicy::hugetlb2m);
  if (!region.ok()) {
    CHECK(region.status.error == ENOMEM);
    return;
  }
  CHECK(region.value->granted() == PagePolicy::hugetlb2m && region.value->pageBytes() == 2 * kMiB);
  region.value->data()[0] = 1;
}

void sharedIsSeenThroughItsDescriptor() {
  const auto owner = Region::shared("mm-test", 100000, PagePolicy::base).value;
  const auto writer = Region::fromFd(owner->fd(), 100000, true).value;
  const auto reader = Region::fromFd(owner->fd(), 100000, false).value;
  writer->data()[99999] = 7;
  CHECK(owner->data()[99999] == 7 && reader->data()[99999] == 7);
  // A reader's stray write stays with the reader.
  reader->data()[0] = 9;
  CHECK(owner->data()[0] == 0 && !reader->writable() && writer->writable());
  CHECK(Region::fromFd(owner->fd(), 100001, true).status.error == EINVAL);
  CHECK(Region::fromFd(-1, 1, true).status.error == EBADF);
}

void sealsHold() {
  const auto region = Region::shared("mm-test", 4096, PagePolicy::base).value;
  CHECK(region->seals().value == 0);
  CHECK(region->addSeals(F_SEAL_SHRINK | F_SEAL_GROW).ok());
  CHECK(ftruncate(region->fd(), 0) == -1 && errno == EPERM);
  CHECK(ftruncate(region->fd(), 8192) == -1 && errno == EPERM);
  CHECK(region->seals().value == (F_SEAL_SHRINK | F_SEAL_GROW));
  CHECK(region->addSeals(F_SEAL_SEAL).ok());
  CHECK(region->addSeals(F_SEAL_WRITE).error == EPERM);
}

void droppedSharedPagesAreFreed() {
  const auto region = Region::shared("mm-test", 4 * kMiB, PagePolicy::base).value;
  std::memset(region->data(), 1, region->byteLength());
  CHECK(region->advise(0, region->byteLength(), Advice::dontNeed).ok());
  CHECK(region->residentBytes().value == 0);
  CHECK(region->data()[5] == 0);
}

void fileWindowPastFourGigabytes() {
  const uint64_t offset = (uint64_t{5} << 30) + 12345;
  const mm::UniqueFd file = makeFile(offset + kMiB);
  CHECK(pwrite(file.get(), "hello", 5, static_cast<off_t>(offset)) == 5);
  const auto window = Region::mapFile(file.get(), offset, kMiB, MapMode::privateRead, false).value;
  CHECK(window->byteLength() == kMiB && std::memcmp(window->data(), "hello", 5) == 0);
  window->data()[0] = 'J';
  char byte;
  CHECK(pread(file.get(), &byte, 1, static_cast<off_t>(offset)) == 1 && byte == 'h');
  CHECK(Region::mapFile(file.get(), offset, kMiB + 1, MapMode::privateRead, false).status.error == EINVAL);
  CHECK(Region::mapFile(file.get(), offset + 2 * kMiB, 1, MapMode::privateRead, false).status.error == EINVAL);
  CHECK(Region::mapFile(file.get(), 0, 0, MapMode::privateRead, false).status.error == EINVAL);
}

void populateReadsWithoutCopying() {
  const mm::UniqueFd file = makeFile(0);
  const std::string block(8 * kMiB, 'x');
  CHECK(write(file.get(), block.data(), block.size()) == static_cast<ssize_t>(block.size()));
  const auto window = Region::mapFile(file.get(), 100, 4 * kMiB, MapMode::privateRead, true).value;
  CHECK(window->residentBytes().value >= 4 * kMiB);
  // Copied pages would be anonymous: smaps of this mapping must not show any.
  FILE* smaps = std::fopen("/proc/self/smaps", "r");
  char line[256];
  char wanted[32];
  std::snprintf(wanted, sizeof(wanted), "%lx-", reinterpret_cast<unsigned long>(window->data() - 100));
  bool inMapping = false;
  long anonymousKiB = -1;
  while (std::fgets(line, sizeof(line), smaps) != nullptr) {
    if (std::strncmp(line, wanted, std::strlen(wanted)) == 0) inMapping = true;
    if (inMapping && std::sscanf(line, "Anonymous: %ld", &anonymousKiB) == 1) break;
  }
  std::fclose(smaps);
  CHECK(anonymousKiB == 0);
}

void sharedWriteReachesTheFile() {
  const mm::UniqueFd file = makeFile(kMiB);
  const auto window = Region::mapFile(file.get(), 4097, 100, MapMode::sharedWrite, false).value;
  window->data()[0] = 'w';
  CHECK(window->sync().ok());
  char byte;
  CHECK(pread(file.get(), &byte, 1, 4097) == 1 && byte == 'w');
}

void adviceOutsideIsRefused() {
  const auto region = Region::anonymous(10000, PagePolicy::base).value;
  for (const Advice advice : {Advice::normal, Advice::sequential, Advice::random, Advice::willNeed, Advice::populate}) {
    CHECK(region->advise(5000, 5000, advice).ok());
    CHECK(region->advise(5000, 5001, advice).error == EINVAL);
    CHECK(region->advise(SIZE_MAX, 2, advice).error == EINVAL);
  }
  // Less than a page inside the range: nothing may be dropped.
  region->data()[4096] = 5;
  CHECK(region->advise(4097, 4095, Advice::dontNeed).ok() && region->data()[4096] == 5);
}

void childrenOfForkDoNotInheritIt() {
  const auto region = Region::anonymous(kMiB, PagePolicy::base).value;
  const pid_t pid = fork();
  if (pid == 0) {
    unsigned char resident;
    _exit(mincore(region->data(), 1, &resident) == -1 && errno == ENOMEM ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void placesOnNodesThatAreThere() {
  const auto region = Region::anonymous(kMiB, PagePolicy::base).value;
  const auto isPlaced = [](mm::Status status) { return status.ok() || status.error == ENOSYS; };
  CHECK(isPlaced(region->placeOnNodes(mm::NodePolicy::local, 1)));
  CHECK(isPlaced(region->placeOnNodes(mm::NodePolicy::interleave, 1)));
  CHECK(region->placeOnNodes(mm::NodePolicy::interleave, 0).error == EINVAL);
  CHECK(region->placeOnNodes(mm::NodePolicy::interleave, 65).error == EINVAL);
  CHECK(region->close().ok());
  CHECK(region->placeOnNodes(mm::NodePolicy::local, 1).error == EBADF);
}

}  // namespace

int main() {
  anonymousIsCountedAndGivenBack();
  transparentHugePagesAreAligned();
  hugetlbIsGrantedWholeOrRefused();
  sharedIsSeenThroughItsDescriptor();
  sealsHold();
  droppedSharedPagesAreFreed();
  fileWindowPastFourGigabytes();
  populateReadsWithoutCopying();
  sharedWriteReachesTheFile();
  adviceOutsideIsRefused();
  childrenOfForkDoNotInheritIt();
  placesOnNodesThatAreThere();
  const mm::LiveBytes left = mm::liveRegionBytes();
  CHECK(left.anonymous == 0 && left.shared == 0 && left.file == 0);
  return checkResult();
}
