#include "region.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <limits>

// Linux 5.14; older C libraries do not name them.
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

namespace mm {
namespace {

// Not destroyed at exit: other threads may still hold regions then.
std::atomic<uint64_t> liveBytes[3];

std::atomic<uint64_t>& liveBytesOf(RegionKind kind) {
  return liveBytes[static_cast<int>(kind)];
}

constexpr size_t roundUp(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

bool tooLarge(size_t byteLength) {
  return byteLength == 0 || byteLength > std::numeric_limits<ptrdiff_t>::max() / 2;
}

/// Page size and policy of a request: hugetlb must be met, transparent huge pages are what the machine allows.
struct Pages {
  size_t pageBytes;
  PagePolicy granted;
};

Pages grant(PagePolicy wanted, size_t byteLength, bool shared) {
  if (const size_t hugetlb = hugetlbPageBytes(wanted)) return {hugetlb, wanted};
  if (wanted == PagePolicy::transparentHuge) {
    const size_t huge = transparentHugePageBytes(shared);
    if (huge != 0 && byteLength >= huge) return {huge, wanted};
  }
  return {basePageBytes(), PagePolicy::base};
}

}  // namespace

LiveBytes liveRegionBytes() {
  return {liveBytesOf(RegionKind::anonymous).load(), liveBytesOf(RegionKind::shared).load(),
          liveBytesOf(RegionKind::file).load()};
}

/// Maps with the alignment asked for, by mapping more and giving back both ends.
Status Region::map(const Shape& shape) {
  const bool aligned = shape.alignmentBytes > basePageBytes() && (shape.flags & MAP_HUGETLB) == 0;
  void* hint = nullptr;
  int flags = shape.flags;
  size_t slack = 0;
  if (aligned) {
    slack = shape.alignmentBytes;
    void* reserved =
        mmap(nullptr, shape.mappedBytes + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return Status::last("mmap");
    const auto address = reinterpret_cast<uintptr_t>(reserved);
    const size_t before = roundUp(address, shape.alignmentBytes) - address;
    hint = static_cast<uint8_t*>(reserved) + before;
    if (before > 0) munmap(reserved, before);
    munmap(static_cast<uint8_t*>(hint) + shape.mappedBytes, slack - before);
    flags |= MAP_FIXED;
  }
  void* mapped = mmap(hint, shape.mappedBytes, shape.protection, flags, shape.fd, static_cast<off_t>(shape.offset));
  if (mapped == MAP_FAILED) {
    const Status failure = Status::last("mmap");
    if (hint != nullptr) munmap(hint, shape.mappedBytes);
    return failure;
  }
  mapped_ = static_cast<uint8_t*>(mapped);
  mappedBytes_ = shape.mappedBytes;
  // fork copies neither the page tables of a gigabyte of pool nor the duty to copy its pages on write; a child of ours
  // gets memory by descriptor. Advice, so a refusal changes nothing.
  madvise(mapped_, mappedBytes_, MADV_DONTFORK);
  return {};
}

void Region::finish(RegionKind kind, size_t deltaBytes, size_t byteLength, size_t pageBytes, PagePolicy granted,
                    bool writable) {
  kind_ = kind;
  data_ = mapped_ + deltaBytes;
  byteLength_ = byteLength;
  pageBytes_ = pageBytes;
  granted_ = granted;
  writable_ = writable;
  if (granted == PagePolicy::transparentHuge) madvise(mapped_, mappedBytes_, MADV_HUGEPAGE);
  liveBytesOf(kind).fetch_add(byteLength);
}

Result<std::shared_ptr<Region>> Region::anonymous(size_t byteLength, PagePolicy pages) {
  if (tooLarge(byteLength)) return Status{EINVAL, "segmentAnonymous"};
  const Pages got = grant(pages, byteLength, false);
  const bool hugetlb = hugetlbPageBytes(got.granted) != 0;
  const int hugeFlags = hugetlb ? MAP_HUGETLB | static_cast<int>(hugetlbSizeFlag(got.granted)) : 0;
  const size_t mappedBytes = roundUp(byteLength, hugetlb ? got.pageBytes : basePageBytes());
  std::shared_ptr<Region> region(new Region());
  const Status status =
      region->map({mappedBytes, got.pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | hugeFlags, -1, 0});
  if (!status.ok()) return status;
  region->finish(RegionKind::anonymous, 0, byteLength, got.pageBytes, got.granted, true);
  return region;
}

Result<std::shared_ptr<Region>> Region::shared(const char* name, size_t byteLength, PagePolicy pages) {
  if (tooLarge(byteLength)) return Status{EINVAL, "segmentShared"};
  const Pages got = grant(pages, byteLength, true);
  const bool hugetlb = hugetlbPageBytes(got.granted) != 0;
  const unsigned hugeFlags = hugetlb ? MFD_HUGETLB | hugetlbSizeFlag(got.granted) : 0;
  const size_t mappedBytes = roundUp(byteLength, hugetlb ? got.pageBytes : basePageBytes());
  std::shared_ptr<Region> region(new Region());
  region->fd_.reset(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | hugeFlags));
  if (region->fd() < 0) return Status::last("memfd_create");
  if (ftruncate(region->fd(), static_cast<off_t>(hugetlb ? mappedBytes : byteLength)) != 0)
    return Status::last("ftruncate");
  const Status status = region->map({mappedBytes, got.pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, region->fd(), 0});
  if (!status.ok()) return status;
  region->finish(RegionKind::shared, 0, byteLength, got.pageBytes, got.granted, true);
  return region;
}

Result<std::shared_ptr<Region>> Region::fromFd(int fd, size_t byteLength, bool writable) {
  if (tooLarge(byteLength)) return Status{EINVAL, "segmentFromFd"};
  std::shared_ptr<Region> region(new Region());
  region->fd_.reset(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (region->fd() < 0) return Status::last("fcntl");
  struct stat file;
  struct statfs system;
  if (fstat(region->fd(), &file) != 0) return Status::last("fstat");
  if (fstatfs(region->fd(), &system) != 0) return Status::last("fstatfs");
  if (byteLength > static_cast<uint64_t>(file.st_size)) return Status{EINVAL, "segmentFromFd"};

  Pages pages{basePageBytes(), PagePolicy::base};
  if (system.f_type == HUGETLBFS_MAGIC) {
    pages.pageBytes = static_cast<size_t>(system.f_bsize);
    pages.granted =
        pages.pageBytes >= hugetlbPageBytes(PagePolicy::hugetlb1g) ? PagePolicy::hugetlb1g : PagePolicy::hugetlb2m;
  }
  const int flags = writable ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE;
  const Status status = region->map(
      {roundUp(byteLength, pages.pageBytes), basePageBytes(), PROT_READ | PROT_WRITE, flags, region->fd(), 0});
  if (!status.ok()) return status;
  region->finish(RegionKind::shared, 0, byteLength, pages.pageBytes, pages.granted, writable);
  return region;
}

Result<std::shared_ptr<Region>> Region::mapFile(int fd, uint64_t offset, size_t length, MapMode mode, bool populate) {
  struct stat file;
  if (fstat(fd, &file) != 0) return Status::last("fstat");
  const auto fileBytes = static_cast<uint64_t>(file.st_size);
  if (tooLarge(length) || offset > fileBytes || length > fileBytes - offset) return Status{EINVAL, "segmentMapFile"};

  const size_t delta = offset % basePageBytes();
  const bool writable = mode == MapMode::sharedWrite;
  const int flags = writable ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE;
  std::shared_ptr<Region> region(new Region());
  const Status status = region->map(
      {roundUp(length + delta, basePageBytes()), basePageBytes(), PROT_READ | PROT_WRITE, flags, fd, offset - delta});
  if (!status.ok()) return status;
  region->finish(RegionKind::file, delta, length, basePageBytes(), PagePolicy::base, writable);
  if (populate) {
    const Status populated = region->advise(0, length, Advice::populate);
    if (!populated.ok()) return populated;
  }
  return region;
}

Region::~Region() {
  pins_.store(0);
  static_cast<void>(close().ok());
}

Status Region::close() {
  if (closed()) return {};
  if (pinned()) return {EBUSY, "segmentClose"};
  if (munmap(mapped_, mappedBytes_) != 0) return Status::last("munmap");
  mapped_ = nullptr;
  data_ = nullptr;
  fd_.reset();
  liveBytesOf(kind_).fetch_sub(byteLength_);
  return {};
}

Status Region::populate(uint8_t* start, size_t length) {
  const bool copies = kind_ == RegionKind::file && !writable_;
  // MAP_POPULATE would break copy-on-write for every page of a private writable mapping: read faults only.
  if (madvise(start, length, copies ? MADV_POPULATE_READ : MADV_POPULATE_WRITE) == 0) return {};
  if (errno != EINVAL) return Status::last("madvise");
  // Before Linux 5.14. Touching a file's pages could fault past an end that moved, so those are only asked for.
  if (kind_ == RegionKind::file) return madvise(start, length, MADV_WILLNEED) == 0 ? Status{} : Status::last("madvise");
  for (size_t at = 0; at < length; at += basePageBytes()) __atomic_fetch_or(start + at, 0, __ATOMIC_RELAXED);
  return {};
}

Status Region::advise(size_t offset, size_t length, Advice advice) {
  if (closed()) return {EBADF, "segmentAdvise"};
  if (offset > byteLength_ || length > byteLength_ - offset) return {EINVAL, "segmentAdvise"};
  const size_t page = hugetlbPageBytes(granted_) != 0 ? pageBytes_ : basePageBytes();
  size_t start = static_cast<size_t>(data_ - mapped_) + offset;
  size_t end = start + length;
  if (advice == Advice::dontNeed) {
    // Dropping a page drops all of it, so neighbours of the range keep theirs; the mapping's own edges have none.
    start = offset == 0 ? 0 : roundUp(start, page);
    end = offset + length == byteLength_ ? mappedBytes_ : end / page * page;
  } else {
    start = start / page * page;
    end = roundUp(end, page);
  }
  if (start >= end) return {};

  int flag = MADV_NORMAL;
  switch (advice) {
    case Advice::normal:
      break;
    case Advice::sequential:
      flag = MADV_SEQUENTIAL;
      break;
    case Advice::random:
      flag = MADV_RANDOM;
      break;
    case Advice::willNeed:
      flag = MADV_WILLNEED;
      break;
    case Advice::dontNeed:
      // For shared memory MADV_DONTNEED frees nothing: the pages belong to the memfd. MADV_REMOVE gives them back.
      flag = kind_ == RegionKind::shared && writable_ ? MADV_REMOVE : MADV_DONTNEED;
      break;
    case Advice::hugePage:
      flag = MADV_HUGEPAGE;
      break;
    case Advice::populate:
      return populate(mapped_ + start, end - start);
  }
  return madvise(mapped_ + start, end - start, flag) == 0 ? Status{} : Status::last("madvise");
}

Status Region::placeOnNodes(NodePolicy policy, unsigned nodes) {
  if (closed()) return {EBADF, "mbind"};
  if (nodes == 0 || nodes > 64) return {EINVAL, "mbind"};
  // The C library has no mbind(2); libnuma does, and nothing else that we need.
  const uint64_t mask = nodes == 64 ? ~uint64_t{0} : (uint64_t{1} << nodes) - 1;
  const bool isLocal = policy == NodePolicy::local;
  const long failed = syscall(SYS_mbind, mapped_, mappedBytes_, isLocal ? MPOL_LOCAL : MPOL_INTERLEAVE,
                              isLocal ? nullptr : &mask, isLocal ? 0ul : 65ul, 0u);
  return failed == 0 ? Status{} : Status::last("mbind");
}

Result<size_t> Region::residentBytes() const {
  if (closed()) return Status{EBADF, "segmentResidentBytes"};
  const size_t page = basePageBytes();
  unsigned char pages[4096];
  size_t resident = 0;
  for (size_t at = 0; at < mappedBytes_; at += sizeof(pages) * page) {
    const size_t span = mappedBytes_ - at < sizeof(pages) * page ? mappedBytes_ - at : sizeof(pages) * page;
    if (mincore(mapped_ + at, span, pages) != 0) return Status::last("mincore");
    for (size_t index = 0; index < span / page; ++index) resident += (pages[index] & 1) * page;
  }
  return resident;
}

Status Region::sync() {
  if (closed()) return {EBADF, "segmentSync"};
  return msync(mapped_, mappedBytes_, MS_SYNC) == 0 ? Status{} : Status::last("msync");
}

Result<unsigned> Region::seals() const {
  if (closed()) return Status{EBADF, "segmentSeals"};
  const int seals = fcntl(fd_.get(), F_GET_SEALS);
  if (seals < 0) return Status::last("fcntl");
  return static_cast<unsigned>(seals);
}

Status Region::addSeals(unsigned seals) {
  if (closed()) return {EBADF, "segmentAddSeals"};
  return fcntl(fd_.get(), F_ADD_SEALS, seals) == 0 ? Status{} : Status::last("fcntl");
}

}  // namespace mm
