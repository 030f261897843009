#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "../status.h"
#include "page_policy.h"
#include "unique_fd.h"

namespace mm {

enum class RegionKind { anonymous, shared, file };
enum class MapMode { privateRead, sharedWrite };
/// Where new pages are taken from: the node of the thread that touches them first, or the nodes in turn.
enum class NodePolicy { local, interleave };
enum class Advice { normal, sequential, random, willNeed, dontNeed, populate, hugePage };

struct LiveBytes {
  uint64_t anonymous;
  uint64_t shared;
  uint64_t file;
};

/// Bytes of all open regions of this process by kind.
LiveBytes liveRegionBytes();

/// One mapping. Unmapped by `close`, or when the last owner lets go.
class Region {
 public:
  static Result<std::shared_ptr<Region>> anonymous(size_t byteLength, PagePolicy pages);
  /// A memfd that may be sealed.
  static Result<std::shared_ptr<Region>> shared(const char* name, size_t byteLength, PagePolicy pages);
  /// Maps a duplicate of a descriptor. Not writable = copy-on-write: the owner's writes are seen, ours stay here.
  static Result<std::shared_ptr<Region>> fromFd(int fd, size_t byteLength, bool writable);
  /// Maps a range of a file at any byte offset. EINVAL past the end of the file as it is now.
  static Result<std::shared_ptr<Region>> mapFile(int fd, uint64_t offset, size_t length, MapMode mode, bool populate);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  uint8_t* data() const { return data_; }
  size_t byteLength() const { return byteLength_; }
  size_t pageBytes() const { return pageBytes_; }
  PagePolicy granted() const { return granted_; }
  RegionKind kind() const { return kind_; }
  /// False when writes stay private to this mapping.
  bool writable() const { return writable_; }
  int fd() const { return fd_.get(); }

  /// Offset and length are bytes from data(). dontNeed touches whole pages inside the range only.
  Status advise(size_t offset, size_t length, Advice advice);
  /// Sets from which memory nodes its pages come, for those not touched yet (mbind(2)). nodes: how many take part, from node 0 on, 1 to 64.
  Status placeOnNodes(NodePolicy policy, unsigned nodes);
  /// Pages of the mapping that are in memory, by mincore(2).
  Result<size_t> residentBytes() const;
  Status sync();
  /// F_SEAL_* bits.
  Result<unsigned> seals() const;
  Status addSeals(unsigned seals);

  void pin() { pins_.fetch_add(1); }
  void unpin() { pins_.fetch_sub(1); }
  bool pinned() const { return pins_.load() != 0; }

  bool closed() const { return mapped_ == nullptr; }
  /// Unmaps. EBUSY while pinned. Idempotent. Only on the owner's thread.
  Status close();

 private:
  /// What is to be mapped: the size rounded to pages, the alignment wanted, and how.
  struct Shape {
    size_t mappedBytes;
    size_t alignmentBytes;
    int protection;
    int flags;
    int fd;
    uint64_t offset;
  };

  Region() = default;
  Status map(const Shape& shape);
  void finish(RegionKind kind, size_t deltaBytes, size_t byteLength, size_t pageBytes, PagePolicy granted,
              bool writable);
  Status populate(uint8_t* start, size_t length);

  uint8_t* mapped_ = nullptr;
  size_t mappedBytes_ = 0;
  uint8_t* data_ = nullptr;
  size_t byteLength_ = 0;
  size_t pageBytes_ = 0;
  PagePolicy granted_ = PagePolicy::base;
  RegionKind kind_ = RegionKind::anonymous;
  bool writable_ = true;
  UniqueFd fd_;
  std::atomic<uint32_t> pins_{0};
};

}  // namespace mm
