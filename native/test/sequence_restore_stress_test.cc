#include <thread>

#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

/// Blocks that take different time, restored by several threads in any order, written in one.
void testManyBlocks() {
  Random random(9);
  std::string dna, input;
  for (int base = 0; base < 400; ++base) dna += random.letter("ACGT");
  constexpr size_t kRecords = 30'000;
  for (size_t record = 0; record < kRecords; ++record) input += ">r" + std::to_string(record) + "\n" + dna + "\n";
  const Reduced reduced = reduceWith(bytesOf(input), kRecords, {}, [&](size_t record, MadeAssignment& made) {
    made.assignment.representative = record / 1000 * 1000;
    made.assignment.memberLength = made.assignment.memberEnd = made.assignment.representativeEnd = 400;
    made.assignment.matches = made.assignment.columns = 400;
    return record % 1000 != 0;
  });
  CHECK(reduced.outcome.ok());
  for (const unsigned threads : {1u, 2u, 4u}) {
    const Restored restored = restore(reduced.representatives, reduced.deltas, threads, size_t{160} << 20);
    CHECK(restored.outcome.ok());
    CHECK(restored.bytes == bytesOf(input));
  }
  // Cancelled anywhere, the threads end.
  const MemoryFile from(reduced.representatives), delta(reduced.deltas);
  for (int round = 0; round < 20; ++round) {
    const MemoryFile to;
    const Room memory(size_t{160} << 20);
    mm::Progress progress;
    mm::RestoreCounts counts;
    std::thread canceller([&progress, round] {
      while (progress.done < static_cast<uint64_t>(round) * 300'000) std::this_thread::yield();
      progress.cancelled = true;
    });
    const mm::RestoreRequest request{
        from.fd(), reduced.representatives.size(), delta.fd(), reduced.deltas.size(), to.fd(), 3};
    const mm::Outcome outcome = mm::restoreAll(request, mm::Grant(memory.bytes()), progress, counts);
    CHECK(outcome.ok() || outcome.kind == mm::Outcome::Kind::cancelled);
    canceller.join();
  }
}

}  // namespace

int main() {
  testManyBlocks();
  return checkResult();
}
