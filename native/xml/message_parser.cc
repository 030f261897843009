#include "message_parser.h"

#include <algorithm>
#include <cerrno>

namespace mm {

namespace {

constexpr size_t kPadding = 64;

size_t outputBytes(const ParseRequest& request) {
  return std::max(request.bufferBytes, TextOut::kFewestBytes);
}

/// Of a message's end: whether it is the message's own affair.
bool isOfMessage(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::memory) return true;
  if (outcome.kind != Outcome::Kind::io) return false;
  const std::string_view call = outcome.status.operation;
  return call == "pread" || call == "read" || call == "fstat";
}

/// The outputs of the messages, one open at a time.
class Outputs {
 public:
  Outputs(const ParseRequest& request, std::span<uint8_t> buffer) : request_(request), buffer_(buffer) {}

  RecordOutput& output() { return output_; }
  uint64_t byteLength() const { return out_.byteLength(); }
  Outcome open(const ParseInput& input) {
    if (input.outputFd < 0) return {};
    if (const Outcome closed = close(); !closed.ok()) return closed;
    out_ = TextOut(input.outputFd, buffer_, request_.flushBytes);
    output_ = {&out_, RecordFrame(request_.format, request_.frame), request_.columns};
    return {};
  }
  Outcome close() {
    output_.frame.end(out_);
    return out_.flush();
  }

 private:
  const ParseRequest& request_;
  std::span<uint8_t> buffer_;
  TextOut out_;
  RecordOutput output_;
};

}  // namespace

size_t fewestParseBytes(const ParseRequest& request) {
  const size_t pass = request.mode == ParseMode::joined ? JoinedPass::fewestBytes(request.read) : StreamedPass::fewestBytes(request.read);
  return pass + outputBytes(request) + kPadding;
}

Outcome parseMessages(const ParseRequest& request, const KnownMessages& known, CompositeIndex& index, Grant memory, ParseProgress& progress,
                      std::span<ParseOutcome> outcomes, size_t& count) {
  count = 0;
  const size_t freeBytes = memory.freeBytes();
  const std::span<uint8_t> buffer = memory.take<uint8_t>(outputBytes(request));
  const Outcome lacks = Outcome::lacksMemory(fewestParseBytes(request) - std::min(freeBytes, fewestParseBytes(request)) + kPadding);
  JoinedPass joined;
  StreamedPass streamed;
  const bool isJoined = request.mode == ParseMode::joined;
  const bool hasStarted = !buffer.empty() && (isJoined ? joined.start(memory, request.read, known, index, progress)
                                                       : streamed.start(memory, request.read, known, progress));
  Outputs outputs(request, buffer);
  for (const ParseInput& input : request.inputs) {
    ParseOutcome& outcome = outcomes[count++];
    RecordWriter writer;
    if (!hasStarted) {
      outcome.stop = lacks;
      return {};
    }
    if (const Outcome opened = outputs.open(input); !opened.ok()) return opened;
    const uint64_t before = outputs.byteLength();
    const Outcome read = isJoined ? joined.read(input.fd, input.name, writer, outputs.output(), outcome.message)
                                  : streamed.read(input.fd, input.name, writer, outputs.output(), outcome.message);
    outcome.counts = writer.counts();
    outcome.outputBytes = outputs.byteLength() - before;
    progress.inputs.fetch_add(1, std::memory_order_relaxed);
    progress.elements.fetch_add(outcome.message.elements, std::memory_order_relaxed);
    if (!read.ok() && !isOfMessage(read)) return read;
    outcome.stop = read;
    if (!read.ok() || outcome.message.failure.isThere()) break;
  }
  return outputs.close();
}

}  // namespace mm
