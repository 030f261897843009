#include "streamed_pass.h"

#include <algorithm>

namespace mm {

namespace {

/// What the message says of itself has such a part of the memory; composites have the rest.
constexpr size_t kMessagePart = 32;
constexpr size_t kFewestMessageBytes = size_t{64} << 10;
constexpr size_t kFewestRecordBytes = size_t{1} << 20;
/// Of problems, and of the cells of a row of CSV.
constexpr size_t kWriterBytes = size_t{256} << 10;
constexpr size_t kPadding = 64;

}  // namespace

size_t StreamedPass::fewestBytes(const ReadSettings& settings) {
  return MessageReader::memoryBytes(settings.chunkBytes, settings.xml) + MessageOutline::memoryBytes(settings.xml) + Mapper::memoryBytes(messageLimits(settings.map)) + Mapper::memoryBytes(settings.map) +
         kWriterBytes + kFewestMessageBytes + kFewestRecordBytes + kPadding;
}

bool StreamedPass::start(Grant memory, const ReadSettings& settings, const KnownMessages& known, ParseProgress& progress) {
  settings_ = settings;
  known_ = &known;
  progress_ = &progress;
  if (!reader_.start(memory, settings.chunkBytes, settings.xml, progress.job.cancelled) || !outline_.start(memory, settings.xml)) return false;
  messageMapperMemory_ = memory.split(Mapper::memoryBytes(messageLimits(settings.map)));
  mapperMemory_ = memory.split(Mapper::memoryBytes(settings.map));
  writerMemory_ = memory.split(kWriterBytes);
  const size_t messageBytes = std::max(memory.freeBytes() / kMessagePart, kFewestMessageBytes) / 2;
  messageWords_ = memory.take<uint32_t>(messageBytes / sizeof(uint32_t));
  messageBytes_ = memory.take<uint8_t>(messageBytes);
  // More words than text, as small values are.
  words_ = memory.take<uint32_t>(memory.freeBytes() / 2 / sizeof(uint32_t));
  bytes_ = memory.take<uint8_t>(memory.freeBytes());
  return bytes_.size() >= kFewestRecordBytes / 4;
}

Outcome StreamedPass::read(int fd, std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, ReadMessage& message) {
  hasBegun_ = false;
  reader_.openStream(fd);
  outline_.beginDocument();
  RecordPass pass;
  pass.begin(outline_, RecordPass::Wanted::all, settings_.map, mapper_, words_, bytes_);
  uint64_t told = 0;
  Outcome outcome;
  while (outcome.ok() && !message.failure.isThere()) {
    outcome = reader_.next();
    if (outcome.kind == Outcome::Kind::malformed) {
      describe(reader_.scanner(), message.failure);
      outcome = {};
      break;
    }
    if (!outcome.ok() || reader_.tape().count == 0) break;
    outcome = take(name, writer, output, pass, message);
    progress_->bytes.fetch_add(reader_.bytesRead() - told, std::memory_order_relaxed);
    told = reader_.bytesRead();
  }
  message.bytes = reader_.bytesRead();
  message.elements = pass.elements();
  message.maxDepth = pass.maxDepth();
  if (outcome.kind == Outcome::Kind::memory) reader_.rewindStream();
  if (!outcome.ok() || message.failure.isThere()) return outcome;
  return hasBegun_ ? Outcome{} : begin(name, writer, output, message);
}

Outcome StreamedPass::take(std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, RecordPass& pass, ReadMessage& message) {
  for (size_t from = 0; from < reader_.tape().count && !message.failure.isThere();) {
    from = pass.take(reader_, from);
    switch (pass.stop()) {
      case PassStop::tapeEnd:
        break;
      case PassStop::root: {
        if (!beginMessage(*known_, ParseMode::records, reader_, outline_, settings_.map, messageMapperMemory_, messageMapper_, messageWords_, messageBytes_,
                          message)) {
          return {};
        }
        pass.mapMessage(messageMapper_);
        const MessageTable& table = *message.version->table;
        Grant mapperMemory = mapperMemory_;
        if (!mapper_.start(table.fields, settings_.map, mapperMemory)) return Outcome::lacksMemory(Mapper::memoryBytes(settings_.map));
        break;
      }
      case PassStop::record:
        if (!hasBegun_) {
          if (const Outcome begun = begin(name, writer, output, message); !begun.ok()) return begun;
        }
        if (const Outcome written = writer.write(pass.composite(), pass.captures()); !written.ok()) return written;
        if (pass.composite().role == CompositeRole::release) progress_->releases.fetch_add(1, std::memory_order_relaxed);
        message.parties += pass.composite().role == CompositeRole::party;
        break;
      case PassStop::noRoom:
        return Outcome::lacksMemory(words_.size_bytes() + bytes_.size());
      default:
        describe(pass.stop(), outline_, message.failure);
    }
  }
  return {};
}

Outcome StreamedPass::begin(std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, const ReadMessage& message) {
  hasBegun_ = true;
  RecordSource source;
  source.file = name;
  source.version = message.version;
  source.root = outline_.root().name();
  source.table = message.version->table;
  // Without a header nothing has ended the root's tag.
  if (!messageMapper_.endAttributes()) return Outcome::lacksMemory(messageWords_.size_bytes() + messageBytes_.size());
  source.message = messageMapper_.captures();
  if (const Outcome begun = writer.begin(source, {}, writerMemory_, output); !begun.ok()) return begun;
  return writer.writeMessage();
}

}  // namespace mm
