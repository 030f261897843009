#include "reduced_output.h"

#include <new>

#include "cluster_table.h"
#include "fasta_scanner.h"
#include "record_writer.h"

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
  if (memory.freeBytes() < fewestOutputBytes(request)) return Outcome::lacksMemory(fewestOutputBytes(request));
  InputWindows windows(request.windows);
  if (const Outcome started = windows.start(memory); !started.ok()) return started;
  RecordWriter& writer = *new (memory.take<RecordWriter>(1).data()) RecordWriter(request, assignments, rows);
  if (const Outcome started = writer.start(memory); !started.ok()) return started;
  FastaScanner scanner;
  LinePiece piece;
  progress.total = request.inputBytes;
  for (bool isEnd = false; !isEnd;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    const std::span<const uint8_t> window = windows.next();
    isEnd = window.empty();
    if (isEnd) {
      scanner.finish();
    } else {
      scanner.feed(window);
    }
    while (scanner.next(piece)) {
      if (const Outcome added = addPiece(piece, writer); !added.ok()) return added;
    }
    progress.done += window.size();
  }
  std::array<uint8_t, 32> sha256;
  if (const Outcome read = windows.finish(sha256); !read.ok()) return read;
  if (sha256 != request.inputSha256) return Outcome::failed({ESTALE, "input"});
  if (const Outcome finished = writer.finish(counts); !finished.ok()) return finished;
  if (!writer.clusters().isOpen()) return {};
  const Outcome written =
      writeClusterTable(rows, request.clusterFormat, request.alphabet, writer.clusters(), writer.nameRoom(), progress);
  counts.clusterBytes = writer.clusters().byteLength();
  return written;
}

}  // namespace mm
