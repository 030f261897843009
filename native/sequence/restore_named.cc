#include <algorithm>
#include <new>

#include "../core/linux/output_file.h"
#include "block_decoder.h"
#include "name_filter.h"
#include "reduced_output.h"

namespace mm {

namespace {

/// The names that are looked for, by hash.
class WantedNames {
 public:
  WantedNames(std::span<const std::span<const uint8_t>> names, std::span<uint32_t> order, std::span<uint64_t> hashes)
      : names_(names), order_(order), hashes_(hashes) {
    for (size_t index = 0; index < names.size(); ++index) {
      hashes_[index] = nameHash(names[index]);
      order_[index] = static_cast<uint32_t>(index);
    }
    std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return hashes_[a] < hashes_[b]; });
  }

  bool mayBeIn(std::span<const uint8_t> filter) const {
    return std::any_of(hashes_.begin(), hashes_.end(), [filter](uint64_t hash) { return mayHold(filter, hash); });
  }
  bool holds(std::span<const uint8_t> name) const {
    const uint64_t hash = nameHash(name);
    auto at = std::lower_bound(order_.begin(), order_.end(), hash,
                               [this](uint32_t index, uint64_t wanted) { return hashes_[index] < wanted; });
    for (; at != order_.end() && hashes_[*at] == hash; ++at) {
      if (std::equal(name.begin(), name.end(), names_[*at].begin(), names_[*at].end())) return true;
    }
    return false;
  }

 private:
  std::span<const std::span<const uint8_t>> names_;
  std::span<uint32_t> order_;
  std::span<uint64_t> hashes_;
};

}  // namespace

Outcome restoreNamed(const RestoreRequest& request, std::span<const std::span<const uint8_t>> names, Grant memory,
                     Progress& progress, uint64_t& found) {
  found = 0;
  DeltaFile file;
  if (const Outcome opened = file.open(request.deltas, request.deltasBytes, memory); !opened.ok()) return opened;
  if (request.representativesBytes != file.header().representativesBytes) {
    return Outcome::malformedAt(0, "the representatives are not those the delta file was made with");
  }
  const std::span<uint32_t> order = memory.take<uint32_t>(names.size());
  const std::span<uint64_t> hashes = memory.take<uint64_t>(names.size());
  const std::span<uint8_t> room = memory.take<uint8_t>(kBlockOutputBytes);
  const std::span<BlockDecoder> place = memory.take<BlockDecoder>(1);
  if (order.size() != names.size() || hashes.size() != names.size() || room.empty() || place.empty()) {
    return Outcome::lacksMemory(fewestRestoreBytes(1));
  }
  BlockDecoder& decoder = *new (place.data()) BlockDecoder();
  if (const Outcome started = decoder.start(file, request.representatives, memory); !started.ok()) return started;
  const WantedNames wanted(names, order, hashes);
  progress.total = file.blocks();
  bool goesOn = false;
  for (uint64_t block = 0; block < file.blocks(); ++block) {
    if (progress.cancelled) return Outcome::wasCancelled();
    ++progress.done;
    std::span<const uint8_t> filter;
    if (const Outcome read = file.readFilter(block, room, filter); !read.ok()) return read;
    if (!goesOn && !wanted.mayBeIn(filter)) continue;
    const std::span<uint8_t> bytes = room.first(file.outputBytes(block));
    if (const Outcome restored = decoder.restore(block, bytes); !restored.ok()) return restored;
    const std::span<const uint32_t> starts = decoder.recordStarts();
    size_t at = 0;
    for (size_t record = 0; record <= starts.size(); ++record) {
      const size_t end = record < starts.size() ? starts[record] : bytes.size();
      if (goesOn) {
        if (const Outcome written = writeAll(request.output, bytes.subspan(at, end - at)); !written.ok())
          return written;
      }
      if (record == starts.size()) break;
      at = end;
      goesOn = at < bytes.size() && wanted.holds(firstWord(bytes.subspan(at + 1)));
      found += goesOn ? 1 : 0;
    }
  }
  return {};
}

}  // namespace mm
