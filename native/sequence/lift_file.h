#pragma once

#include "../core/external_sorter.h"
#include "../core/linux/spill_file.h"
#include "../core/page_cache.h"

namespace mm {

// Representatives with their members, as hits are lifted: a temporary file of this machine. Each representative is its
// head and name, then for each member a head, name and parts, then a head without parts. The names are a second file:
// NameEntry by NameEntry, in the order of their hashes.

struct RepresentativeHead {
  uint64_t residues = 0;
  uint64_t nameBytes = 0;
};

struct MemberHead {
  /// Of the parts together.
  uint64_t partBytes = 0;
  uint64_t residues = 0;
  /// What the parts pass of the representative; see lift.h.
  int64_t begin = 0;
  int64_t end = 0;
  uint32_t nameBytes = 0;
  uint32_t isReverse = 0;
};

/// What one entry of the delta file says; its operations follow, with kAsRepresentative where that is so.
struct PartHead {
  uint64_t member = 0;
  /// See lift.h.
  int64_t representative = 0;
  uint64_t representativeResidues = 0;
  uint32_t residues = 0;
  uint32_t operationBytes = 0;
};
constexpr size_t kMostOperationBytes = size_t{512} << 10;

struct NameEntry {
  uint64_t hash = 0;
  uint64_t position = 0;
};

/// Where a hit's target was found.
struct FoundRepresentative {
  enum class Kind : uint8_t { none, one, several };
  Kind kind = Kind::none;
  /// The target is the accession in the name: MMseqs2 writes it so.
  bool isAccession = false;
  uint64_t residues = 0;
  uint64_t firstMember = 0;
};

struct FoundMember {
  MemberHead head;
  uint64_t name = 0;
  uint64_t parts = 0;
};

/// Reads the two files.
class LiftFile {
 public:
  static constexpr size_t kFewestBytes = 2 * PageCache::kFewestBytes + (size_t{64} << 10);
  /// Takes what is left of the memory. False when it is too small.
  bool start(const SpillFile& names, const SpillFile& lifts, Grant& memory);

  /// By its name, else by its accession; of several by the length, where that is known (not 0) and one has it.
  Outcome find(std::span<const uint8_t> target, uint64_t length, FoundRepresentative& found);
  /// The member at `position`, which is moved to the next. hasMember is false behind the last.
  Outcome nextMember(uint64_t& position, FoundMember& member, bool& hasMember);
  Outcome read(uint64_t position, std::span<uint8_t> out) { return lifts_.read(position, out); }
  template <typename Value>
  Outcome readValue(uint64_t position, Value& value) {
    return lifts_.readValue(position, value);
  }

 private:
  Outcome firstEntry(uint64_t hash, uint64_t& index);

  PageCache names_;
  PageCache lifts_;
  uint64_t nameCount_ = 0;
  std::span<uint8_t> name_;
};

}  // namespace mm
