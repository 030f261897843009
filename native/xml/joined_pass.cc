#include "joined_pass.h"

#include <sys/stat.h>

#include <cerrno>

namespace mm {

namespace {

/// What the message says of itself has such a part of the memory, half of it for its values.
constexpr size_t kMessagePart = 32;
constexpr size_t kFewestMessageBytes = size_t{64} << 10;
/// With which a message of usual size is joined.
constexpr size_t kFewestWorkBytes = size_t{1} << 20;
/// What was captured of a message is seldom more, as a multiple of its bytes.
constexpr uint64_t kCaptureShare = 2;
/// Others refer to a composite soon or not again: more makes nothing faster.
constexpr uint64_t kMostCacheBytes = uint64_t{16} << 20;
constexpr size_t kPadding = 64;

/// With which the cells of a row have room, unless a release names very many parties.
size_t cellBytes(const MessageTable& table, const MessageContents& contents) {
  uint64_t bytes = CsvRows::kFewestBytes;
  for (const CompositeSize& size : contents.largest) {
    if (size.elements > 0) bytes += table.fields.mostCaptureBytes(size.elements, size.attributes, size.bytes);
  }
  return static_cast<size_t>(bytes);
}

}  // namespace

size_t JoinedPass::fewestBytes(const ReadSettings& settings) {
  return MessageReader::memoryBytes(settings.chunkBytes, settings.xml) + MessageOutline::memoryBytes(settings.xml) + Mapper::memoryBytes(messageLimits(settings.map)) + Mapper::memoryBytes(settings.map) +
         CompositeStore::memoryBytes(settings.chunkBytes, settings.xml, settings.map) + kFewestMessageBytes + CompositeIndex::kFewestBytes + kFewestWorkBytes +
         kPadding;
}

bool JoinedPass::start(Grant memory, const ReadSettings& settings, const KnownMessages& known, CompositeIndex& index, ParseProgress& progress) {
  settings_ = settings;
  known_ = &known;
  index_ = &index;
  progress_ = &progress;
  // What is too long was refused in the first look.
  secondLimits_ = settings.map;
  secondLimits_.valueBytes = UINT32_MAX;
  if (!reader_.start(memory, settings.chunkBytes, settings.xml, progress.job.cancelled) || !outline_.start(memory, settings.xml) ||
      !store_.start(memory, settings.chunkBytes, settings.xml, secondLimits_, progress.job.cancelled)) {
    return false;
  }
  messageMapperMemory_ = memory.split(Mapper::memoryBytes(messageLimits(settings.map)));
  mapperMemory_ = memory.split(Mapper::memoryBytes(settings.map));
  const size_t messageBytes = std::max(memory.freeBytes() / kMessagePart, kFewestMessageBytes) / 2;
  messageWords_ = memory.take<uint32_t>(messageBytes / sizeof(uint32_t));
  messageBytes_ = memory.take<uint8_t>(messageBytes);
  work_ = memory.take<uint8_t>(memory.freeBytes());
  return work_.size() >= CompositeIndex::kFewestBytes;
}

Outcome JoinedPass::stateOf(int fd, FileState& state) {
  struct stat status;
  if (fstat(fd, &status) != 0) return Outcome::failed(Status::last("fstat"));
  if (!S_ISREG(status.st_mode)) return Outcome::failed({EINVAL, "fstat"});
  state = {static_cast<uint64_t>(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  return {};
}

Outcome JoinedPass::read(int fd, std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, ReadMessage& message) {
  FileState before;
  if (const Outcome found = stateOf(fd, before); !found.ok()) return found;
  fileBytes_ = before.byteLength;
  toldBytes_ = 0;
  message.bytes = before.byteLength;
  if (const Outcome cleared = index_->clear(work_); !cleared.ok()) return cleared;
  reader_.openFile(fd, before.byteLength);
  outline_.beginDocument();
  indexPass_.begin(outline_, *index_, settings_.map);
  if (const Outcome looked = look(message); !looked.ok() || message.failure.isThere()) return looked;
  message.elements = indexPass_.contents().elements;
  message.maxDepth = indexPass_.contents().maxDepth;
  message.parties = indexPass_.contents().parties;
  if (const Outcome finished = index_->finish(); !finished.ok()) return finished;

  RecordSource source;
  source.file = name;
  source.version = message.version;
  source.root = outline_.root().name();
  source.table = message.version->table;
  source.message = messageMapper_.captures();
  if (const Outcome written = writeRecords(fd, writer, source, output, message); !written.ok()) return written;
  message.internedBytes = store_.internedBytes();
  FileState after;
  if (const Outcome found = stateOf(fd, after); !found.ok()) return found;
  return after == before ? Outcome{} : Outcome::failed({ESTALE, "fstat"});
}

Outcome JoinedPass::look(ReadMessage& message) {
  for (;;) {
    if (const Outcome read = reader_.next(); !read.ok()) {
      if (read.kind != Outcome::Kind::malformed) return read;
      describe(reader_.scanner(), message.failure);
      return {};
    }
    if (reader_.tape().count == 0) return {};
    for (size_t from = 0; from < reader_.tape().count;) {
      if (const Outcome taken = indexPass_.take(reader_, from); !taken.ok()) return taken;
      if (indexPass_.stop() == PassStop::tapeEnd) continue;
      if (const Outcome went = stopped(message); !went.ok() || message.failure.isThere()) return went;
    }
    progressed(reader_.bytesRead() / 2);
  }
}

Outcome JoinedPass::stopped(ReadMessage& message) {
  switch (indexPass_.stop()) {
    case PassStop::root:
      if (!beginMessage(*known_, ParseMode::joined, reader_, outline_, settings_.map, messageMapperMemory_, messageMapper_, messageWords_, messageBytes_,
                        message)) {
        return {};
      }
      indexPass_.read(messageMapper_);
      break;
    case PassStop::noRoom:
      // It has a part of the memory.
      return Outcome::lacksMemory((messageWords_.size_bytes() + messageBytes_.size()) * kMessagePart);
    default:
      describe(indexPass_.stop(), outline_, message.failure);
  }
  return {};
}

Outcome JoinedPass::lacks(uint64_t bytes) const {
  // Of what is granted more a part goes to what the message says of itself, and a quarter to pages of an index on disk.
  const uint64_t shared = index_->hasSpilled() ? bytes + bytes / 3 : bytes;
  return Outcome::lacksMemory(shared + shared / (kMessagePart - 1) + kFewestMessageBytes);
}

Outcome JoinedPass::writeRecords(int fd, RecordWriter& writer, RecordSource& source, RecordOutput& output, ReadMessage& message) {
  const MessageContents& contents = indexPass_.contents();
  const MessageTable& table = *source.table;
  Grant memory(work_.subspan(index_->usedBytes()));
  CompositeSize largest = contents.largest[static_cast<size_t>(CompositeRole::release)];
  largest.add(contents.largest[static_cast<size_t>(CompositeRole::purge)]);
  const uint64_t words = table.fields.mostCaptureBytes(largest.elements, largest.attributes, 0);
  const uint64_t bytes = table.fields.mostCaptureBytes(largest.elements, largest.attributes, largest.bytes) - words;
  const RecordWriter::Sizes sizes{largest.elements, cellBytes(table, contents)};
  const size_t writerBytes = RecordWriter::memoryBytes(sizes, output);
  const std::span<const uint8_t> whole = reader_.wholeMessage();
  const CompositeStore::Message stored{fd, whole, &table, &contents, std::min(kCaptureShare * fileBytes_, kMostCacheBytes)};
  const uint64_t needed = words + bytes + writerBytes + CompositeStore::fewestBytes(stored) + kPadding;
  if (needed > memory.freeBytes()) return lacks(needed - memory.freeBytes());
  const std::span<uint32_t> releaseWords = memory.take<uint32_t>(words / sizeof(uint32_t));
  const std::span<uint8_t> releaseBytes = memory.take<uint8_t>(bytes);
  source.index = index_;
  source.store = &store_;
  if (const Outcome begun = writer.begin(source, sizes, memory.split(writerBytes), output); !begun.ok()) return begun;
  Grant mapperMemory = mapperMemory_;
  if (!store_.open(stored, memory) || !mapper_.start(table.fields, secondLimits_, mapperMemory)) return lacks(kPadding);

  if (const Outcome written = writer.writeMessage(); !written.ok()) return written;
  RecordPass pass;
  if (contents.releaseLists == 1 && contents.purged == 0) {
    if (whole.empty()) {
      reader_.openElement(fd, contents.releaseList);
    } else {
      reader_.openElement(whole, contents.releaseList);
    }
    outline_.beginList(table);
  } else {
    reader_.openFile(fd, fileBytes_);
    outline_.beginDocument();
    outline_.read(table);
  }
  pass.begin(outline_, RecordPass::Wanted::releases, secondLimits_, mapper_, releaseWords, releaseBytes);
  return secondLook(writer, pass, message);
}

Outcome JoinedPass::secondLook(RecordWriter& writer, RecordPass& pass, ReadMessage& message) {
  const Outcome hasChanged = Outcome::failed({ESTALE, "pread"});
  for (;;) {
    if (const Outcome read = reader_.next(); !read.ok()) return read.kind == Outcome::Kind::malformed ? hasChanged : read;
    if (reader_.tape().count == 0) break;
    for (size_t from = 0; from < reader_.tape().count;) {
      from = pass.take(reader_, from);
      if (pass.stop() == PassStop::record) {
        if (const Outcome written = writer.write(pass.composite(), pass.captures()); !written.ok()) return written;
        progress_->releases.fetch_add(1, std::memory_order_relaxed);
      } else if (pass.stop() == PassStop::tooDeep) {
        // How deep is what is read of it, only mapping tells. It takes a larger --max-depth, and groups in groups as no message has them.
        describe(pass.stop(), outline_, message.failure);
        return {};
      } else if (pass.stop() != PassStop::tapeEnd && pass.stop() != PassStop::root) {
        return hasChanged;
      }
    }
    progressed((fileBytes_ + reader_.bytesRead()) / 2);
  }
  progressed(fileBytes_);
  return {};
}

void JoinedPass::progressed(uint64_t bytes) {
  if (bytes <= toldBytes_) return;
  progress_->bytes.fetch_add(bytes - toldBytes_, std::memory_order_relaxed);
  toldBytes_ = bytes;
}

}  // namespace mm
