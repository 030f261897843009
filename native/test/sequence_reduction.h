#pragma once

// Reduces bytes in memory with assignments made by a plain aligner, and restores them: what tests of the delta file
// share.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../core/sha256.h"
#include "../sequence/assignment.h"
#include "../sequence/reduced_output.h"
#include "../sequence/representative_bytes.h"
#include "../sequence/residues.h"
#include "sequence_assignments.h"

namespace mm_test {

using Bytes = std::vector<uint8_t>;

inline Bytes bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
}

/// Memory of a stage; what is not touched costs nothing.
class Room {
 public:
  explicit Room(size_t bytes)
      : bytes_(bytes),
        start_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (start_ == MAP_FAILED) std::abort();
  }
  ~Room() { munmap(start_, bytes_); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  std::span<uint8_t> bytes() const { return {static_cast<uint8_t*>(start_), bytes_}; }

 private:
  size_t bytes_;
  void* start_;
};

/// A file without a name.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("mm-test", 0)) {}
  explicit MemoryFile(const Bytes& bytes) : MemoryFile() {
    if (!bytes.empty() && pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      std::abort();
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const { return fd_; }
  Bytes bytes() const {
    Bytes all(static_cast<size_t>(lseek(fd_, 0, SEEK_END)));
    if (!all.empty() && pread(fd_, all.data(), all.size(), 0) != static_cast<ssize_t>(all.size())) std::abort();
    return all;
  }

 private:
  int fd_;
};

/// Number of each record and its canonical residues, by the plainest of parsers.
inline std::vector<Bytes> parseRecords(const Bytes& input) {
  std::vector<Bytes> records;
  bool inRecord = false;
  for (size_t at = 0; at < input.size();) {
    const size_t newline =
        static_cast<size_t>(std::find(input.begin() + static_cast<ptrdiff_t>(at), input.end(), '\n') - input.begin());
    const size_t end = std::min(newline + 1, input.size());
    if (input[at] == '>') {
      records.emplace_back();
      inRecord = true;
    } else if (inRecord && input[at] != ';') {
      for (size_t byte = at; byte < end; ++byte) {
        if (mm::isResidue(input[byte])) records.back().push_back(mm::canonical(input[byte]));
      }
    }
    at = end;
  }
  return records;
}

struct MadeAssignment {
  mm::Assignment assignment;
  Bytes operations, head, tail;
};

/// The best alignment, unit costs, ends of the representative free, as an assignment. False when fewer than `identity`
/// / 10,000 of its columns match.
inline bool align(const Bytes& member, const Bytes& representative, uint64_t identity, MadeAssignment& out) {
  const size_t rows = member.size() + 1, columns = representative.size() + 1;
  std::vector<uint32_t> cost(rows * columns);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      uint32_t& here = cost[row * columns + column];
      if (row == 0 || column == 0) {
        here = static_cast<uint32_t>(row);
        continue;
      }
      const uint32_t skip = row + 1 < rows;
      const uint32_t pair = cost[(row - 1) * columns + column - 1] + (member[row - 1] != representative[column - 1]);
      here = std::min({pair, cost[(row - 1) * columns + column] + 1, cost[row * columns + column - 1] + skip});
    }
  }
  std::string path;
  for (size_t row = rows - 1, column = columns - 1; row > 0 || column > 0;) {
    const uint32_t here = cost[row * columns + column];
    if (row + 1 == rows && column > 0 && here == cost[row * columns + column - 1]) {
      path += 'D', --column;
    } else if (row > 0 && column > 0 &&
               here == cost[(row - 1) * columns + column - 1] + (member[row - 1] != representative[column - 1])) {
      path += member[row - 1] == representative[column - 1] ? '=' : 'X';
      --row, --column;
    } else if (row > 0 && here == cost[(row - 1) * columns + column] + 1) {
      path += 'I', --row;
    } else {
      path += 'D', --column;
    }
  }
  std::reverse(path.begin(), path.end());
  size_t first = 0, last = path.size();
  mm::Assignment& made = out.assignment;
  made = {};
  while (first < last && path[first] != '=' && path[first] != 'X')
    (path[first++] == 'I' ? made.memberStart : made.representativeStart)++;
  made.memberLength = made.memberEnd = member.size();
  made.representativeEnd = representative.size();
  while (last > first && path[last - 1] != '=' && path[last - 1] != 'X')
    (path[--last] == 'I' ? made.memberEnd : made.representativeEnd)--;
  if (first == last) return false;
  made.columns = last - first;
  made.matches = static_cast<uint64_t>(
      std::count(path.begin() + static_cast<ptrdiff_t>(first), path.begin() + static_cast<ptrdiff_t>(last), '='));
  if (made.matches * 10'000 < made.columns * identity) return false;
  out.operations.assign(16 + 4 * path.size() + member.size(), 0);
  mm::OperationWriter writer(out.operations);
  size_t at = made.memberStart;
  mm::Operation step;
  for (size_t from = first; from < last;) {
    size_t to = from;
    while (to < last && path[to] == path[from]) ++to;
    if (path[from] == '=') {
      step.copy = to - from;
    } else {
      step.edit = path[from] == 'X' ? mm::Edit::substitute : path[from] == 'I' ? mm::Edit::insert : mm::Edit::erase;
      step.length = to - from;
      if (path[from] != 'D') step.residues = std::span<const uint8_t>(member).subspan(at, to - from);
      writer.add(step);
      step = {};
    }
    if (path[from] != 'D') at += to - from;
    from = to;
  }
  step.edit = mm::Edit::end;
  writer.add(step);
  out.operations.resize(writer.written().size());
  out.head.assign(member.begin(), member.begin() + static_cast<ptrdiff_t>(made.memberStart));
  out.tail.assign(member.begin() + static_cast<ptrdiff_t>(made.memberEnd), member.end());
  made.operations = out.operations;
  made.head = out.head;
  made.tail = out.tail;
  return true;
}

struct Reduced {
  mm::Outcome outcome;
  mm::OutputCounts counts;
  Bytes representatives, deltas, clusters, index;
  uint64_t members = 0;
  /// What was said of the representatives before they were written.
  uint64_t measuredBytes = 0;
};

struct ReduceOptions {
  mm::Alphabet alphabet = mm::Alphabet::nucleotide;
  uint64_t identity = 7000;
  size_t longestAligned = 1500;
  mm::ClusterFormat format = mm::ClusterFormat::tsv;
  /// Bytes of the sorters; small ones leave long assignments on the disk.
  size_t sorterBytes = size_t{8} << 20;
  size_t windowBytes = 4096;
};

/// Writes the assignments that `assign(record, MadeAssignment&)` makes; false from it makes a representative.
template <typename Assign>
Reduced reduceWith(const Bytes& input, size_t records, const ReduceOptions& options, Assign&& assign) {
  Reduced reduced;
  const MemoryFile in(input), representatives, deltas, clusters, index, assignmentSpill, rowSpill;
  mm::DiskAllowance disk;
  mm::SpillFile assignmentFile(assignmentSpill.fd(), disk), rowFile(rowSpill.fd(), disk);
  const Room assignmentMemory(options.sorterBytes), rowMemory(options.sorterBytes);
  mm::ExternalSorter assignments(assignmentMemory.bytes(), assignmentFile), rows(rowMemory.bytes(), rowFile);
  for (size_t record = 0; record < records; ++record) {
    MadeAssignment made;
    if (!assign(record, made)) continue;
    ++reduced.members;
    Bytes payload(assignmentBytes(made.assignment));
    writeAssignment(made.assignment, payload);
    if (!assignments.add({record, 0}, payload).ok()) std::abort();
  }
  if (!assignments.finish().ok()) std::abort();
  mm::Sha256 hash;
  hash.update(input);
  mm::OutputRequest request{.windows = {.input = in.fd(), .windowBytes = options.windowBytes},
                            .inputSha256 = hash.digest(),
                            .inputBytes = input.size(),
                            .records = records,
                            .alphabet = options.alphabet,
                            .representatives = representatives.fd(),
                            .deltas = deltas.fd(),
                            .clusters = clusters.fd(),
                            .index = index.fd(),
                            .clusterFormat = options.format};
  const Room memory(mm::fewestOutputBytes(request) + (1 << 16));
  mm::Progress progress;
  if (!mm::representativeBytes(request.windows, assignments, mm::Grant(memory.bytes()), progress, reduced.measuredBytes).ok())
    std::abort();
  reduced.outcome = mm::writeReduced(request, assignments, rows, mm::Grant(memory.bytes()), progress, reduced.counts);
  reduced.representatives = representatives.bytes();
  reduced.deltas = deltas.bytes();
  reduced.clusters = clusters.bytes();
  reduced.index = index.bytes();
  return reduced;
}

/// Each record against the longer ones that are representatives, on both strands.
inline Reduced reduce(const Bytes& input, const ReduceOptions& options = {}) {
  const std::vector<Bytes> records = parseRecords(input);
  std::vector<size_t> order(records.size());
  for (size_t index = 0; index < order.size(); ++index) order[index] = index;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return records[a].size() > records[b].size(); });
  std::vector<std::unique_ptr<MadeAssignment>> made(records.size());
  std::vector<size_t> representatives;
  for (const size_t record : order) {
    auto candidate = std::make_unique<MadeAssignment>();
    for (const size_t representative : representatives) {
      if (records[record].size() > options.longestAligned || records[representative].size() > options.longestAligned)
        continue;
      Bytes other = records[representative];
      bool passes = align(records[record], other, options.identity, *candidate);
      if (!passes && options.alphabet == mm::Alphabet::nucleotide) {
        mm::reverseComplement(records[representative], other);
        passes = align(records[record], other, options.identity, *candidate);
        mm::Assignment& reverse = candidate->assignment;
        reverse.isReverse = true;
        const uint64_t start = other.size() - reverse.representativeEnd;
        reverse.representativeEnd = other.size() - reverse.representativeStart;
        reverse.representativeStart = start;
      }
      if (!passes) continue;
      candidate->assignment.representative = representative;
      made[record] = std::move(candidate);
      break;
    }
    if (!made[record]) representatives.push_back(record);
  }
  return reduceWith(input, records.size(), options, [&](size_t record, MadeAssignment& out) {
    if (!made[record]) return false;
    out = std::move(*made[record]);
    return true;
  });
}

struct Restored {
  mm::Outcome outcome;
  mm::RestoreCounts counts;
  Bytes bytes;
};

inline Restored restore(const Bytes& representatives, const Bytes& deltas, unsigned threads = 2,
                        size_t memoryBytes = size_t{80} << 20) {
  Restored restored;
  const MemoryFile from(representatives), delta(deltas), to;
  const Room memory(memoryBytes);
  mm::Progress progress;
  const mm::RestoreRequest request{from.fd(), representatives.size(), delta.fd(), deltas.size(), to.fd(), threads};
  restored.outcome = mm::restoreAll(request, mm::Grant(memory.bytes()), progress, restored.counts);
  restored.bytes = to.bytes();
  return restored;
}

inline Bytes restoreByName(const Reduced& reduced, const std::vector<std::string>& names, uint64_t& found,
                           mm::Outcome& outcome) {
  const MemoryFile from(reduced.representatives), delta(reduced.deltas), to;
  const Room memory(size_t{32} << 20);
  mm::Progress progress;
  std::vector<Bytes> held;
  for (const std::string& name : names) held.push_back(bytesOf(name));
  std::vector<std::span<const uint8_t>> wanted(held.begin(), held.end());
  const mm::RestoreRequest request{
      from.fd(), reduced.representatives.size(), delta.fd(), reduced.deltas.size(), to.fd(), 1};
  outcome = mm::restoreNamed(request, wanted, mm::Grant(memory.bytes()), progress, found);
  return to.bytes();
}

/// The same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15 + 1) {}
  uint64_t next() {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return state_ * 0x2545F4914F6CDD1D >> 8;
  }
  uint64_t below(uint64_t bound) { return next() % bound; }
  bool oneIn(uint64_t times) { return below(times) == 0; }
  char letter(const std::string& letters) { return letters[below(letters.size())]; }

 private:
  uint64_t state_;
};

}  // namespace mm_test
