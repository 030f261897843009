#include "reduced_output.h"

#include <new>

#include "cluster_table.h"
#include "record_writer.h"
#include "scan_input.h"

namespace mm {

namespace {

/// A piece of a line and its end, as they were in the input.
Outcome addPiece(const LinePiece& piece, RecordWriter& writer) {
  constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  if (piece.kind == LineKind::header && piece.startsLine) {
    if (const Outcome started = writer.startRecord(); !started.ok()) return started;
  }
  if (const Outcome added = writer.add(piece.bytes); !added.ok()) return added;
  return writer.add(std::span(kLineEnd).last(piece.lineEndBytes));
}

}  // namespace

size_t fewestOutputBytes(const OutputRequest& request) {
  return InputWindows::memoryBytes(request.windows) + sizeof(RecordWriter) + RecordWriter::fewestBytes() + 4096;
}

Outcome writeReduced(const OutputRequest& request, ExternalSorter& assignments, ExternalSorter& rows, Grant memory,
                     Progress& progress, OutputCounts& counts) {
  const size_t fewest = fewestOutputBytes(request);
  if (memory.freeBytes() < fewest) return Outcome::lacksMemory(fewest - memory.freeBytes());
  InputWindows windows(request.windows);
  if (const Outcome started = windows.start(memory); !started.ok()) return started;
  RecordWriter& writer = *new (memory.take<RecordWriter>(1).data()) RecordWriter(request, assignments, rows);
  if (const Outcome started = writer.start(memory); !started.ok()) return started;
  progress.total = request.inputBytes;
  std::array<uint8_t, 32> sha256;
  const auto add = [&](const LinePiece& piece) { return addPiece(piece, writer); };
  if (const Outcome scanned = scanInput(windows, progress, sha256, add); !scanned.ok()) return scanned;
  if (sha256 != request.inputSha256) return Outcome::failed({ESTALE, "input"});
  if (const Outcome finished = writer.finish(counts); !finished.ok()) return finished;
  if (!writer.clusters().isOpen()) return {};
  const Outcome written =
      writeClusterTable(rows, request.clusterFormat, request.alphabet, writer.clusters(), writer.nameRoom(), progress);
  counts.clusterBytes = writer.clusters().byteLength();
  return written;
}

}  // namespace mm
