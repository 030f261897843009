#include "record_writer.h"

#include <algorithm>
#include <string_view>

#include "json_text.h"
#include "typed_value.h"

namespace mm {

namespace {

/// In the order of JOINS in src/ddex/shape.ts.
enum class Join : uint32_t {
  file,
  version,
  root,
  messageId,
  tracks,
  videos,
  images,
  texts,
  deals,
  trackCount,
  discCount,
  seq,
  displaySeq,
  disc,
  isBonus,
  isHidden,
  partyName,
  partyIds,
  problems,
};

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

size_t RecordWriter::memoryBytes(const Sizes& sizes, const RecordOutput& output) {
  const size_t cells = output.columns == nullptr ? 0 : CsvRows::memoryBytes(*output.columns, sizes.cellBytes);
  return RecordProblems::memoryBytes() + ReleaseMentions::memoryBytes(sizes.elements) + cells;
}

Outcome RecordWriter::begin(const RecordSource& source, const Sizes& sizes, Grant memory, RecordOutput& output) {
  source_ = source;
  output_ = &output;
  counts_ = {};
  outcome_ = {};
  const bool hasCells = output.columns == nullptr || rows_.start(*output.columns, *output.out, memory, sizes.cellBytes);
  const bool hasRoom = hasCells && problems_.start(memory) && mentions_.start(sizes.elements, memory);
  return hasRoom ? Outcome{} : Outcome::lacksMemory(memoryBytes(sizes, output));
}

Outcome RecordWriter::writeMessage() {
  return output_->columns == nullptr ? writeJson(source_.message) : Outcome{};
}

Outcome RecordWriter::write(const MessageComposite& composite, const Captures& captures) {
  const bool isRelease = composite.role == CompositeRole::release;
  counts_.releases += isRelease;
  if (output_->columns == nullptr) return writeJson(captures);
  return isRelease ? writeCsv(captures) : Outcome{};
}

Outcome RecordWriter::writeJson(const Captures& captures) {
  TextOut& out = *output_->out;
  output_->frame.beforeRecord(out);
  JsonText json(out);
  writeObject(captures, json);
  output_->frame.afterRecord(out);
  return outcome_.ok() ? out.endRecord() : outcome_;
}

Outcome RecordWriter::writeCsv(const Captures& captures) {
  output_->frame.beforeRecord(rows_);
  writeObject(captures, rows_);
  const Outcome ended = rows_.endRecord();
  if (!outcome_.ok()) return outcome_;
  return ended.ok() ? output_->out->endRecord() : ended;
}

void RecordWriter::writeObject(const Captures& captures, ValueWriter& out) {
  release_ = CapturedObject::rootOf(captures);
  isResolved_ = false;
  mention_ = nullptr;
  problems_.begin(captures.position);
  CaptureWriter writer(source_.table->fields, out, *this);
  writer.object(release_);
  counts_.problems += problems_.count();
}

bool RecordWriter::fail(const Outcome& outcome) {
  if (!outcome.ok() && outcome_.ok()) outcome_ = outcome;
  return !outcome.ok();
}

void RecordWriter::addOddValue(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) {
  const RecordProblem problem = field.kind == FieldKind::flag      ? RecordProblem::invalidFlag
                                : field.kind == FieldKind::integer ? RecordProblem::invalidInteger
                                                                   : RecordProblem::invalidDuration;
  problems_.add(problem, text, owner.captures().position);
}

void RecordWriter::writeJoined(const TableField& field, CapturedObject owner, CaptureWriter& writer) {
  ValueWriter& out = writer.out();
  switch (static_cast<Join>(field.argument)) {
    case Join::file:
      return out.text(source_.file);
    case Join::version:
      return out.text(source_.version->name);
    case Join::root:
      return out.text(source_.root);
    case Join::messageId: {
      const CapturedObject message = CapturedObject::rootOf(source_.message);
      const TableField* id = source_.table->fields.field(message.shape(), bytesOf("messageId"));
      return id == nullptr ? out.nothing() : writer.value(*id, message);
    }
    case Join::tracks:
      return writeResources(ResourceList::tracks, owner, writer);
    case Join::videos:
      return writeResources(ResourceList::videos, owner, writer);
    case Join::images:
      return writeResources(ResourceList::images, owner, writer);
    case Join::texts:
      return writeResources(ResourceList::texts, owner, writer);
    case Join::deals:
      return writeDeals(owner, writer);
    case Join::trackCount: {
      resolve(owner);
      const auto isTrack = [](const Mention& each) { return each.into == ResourceList::tracks; };
      return out.integer(std::ranges::count_if(mentions_.mentions(), isTrack));
    }
    case Join::discCount:
      return writeDiscCount(owner, writer);
    case Join::seq:
      return writeItemField("seq", nullptr, owner, writer);
    case Join::displaySeq:
      return writeItemField("displaySeq", nullptr, owner, writer);
    case Join::disc:
      return mention_ == nullptr || mention_->component == 0 ? out.nothing() : out.integer(mention_->disc);
    case Join::isBonus:
      return writeItemField("isBonus", &field, owner, writer);
    case Join::isHidden:
      return writeItemField("isHidden", &field, owner, writer);
    case Join::partyName:
      return writeParty(field, owner, true, writer);
    case Join::partyIds:
      return writeParty(field, owner, false, writer);
    case Join::problems:
      return problems_.write(out);
  }
}

void RecordWriter::resolve(CapturedObject release) {
  if (isResolved_) return;
  isResolved_ = true;
  mentions_.collect(source_.table->fields, release, problems_);
  for (Mention& mention : mentions_.mentions()) {
    const TextPosition at = release.captures().position;
    if (fail(find(CompositeRole::resource, release.value(mention.reference), at, true, mention.resource, mention.isFound))) return;
    if (mention.isFound) mention.into = source_.table->composites[mention.resource.composite].into;
  }
}

Outcome RecordWriter::find(CompositeRole role, std::span<const uint8_t> reference, TextPosition reportedAt, bool isReported,
                           CompositeIndex::Found& found, bool& isFound) {
  isFound = false;
  if (source_.index == nullptr) return {};
  CompositeIndex::Search search;
  if (const Outcome begun = source_.index->find(role, reference, search); !begun.ok()) return begun;
  if (const Outcome read = source_.index->next(search, found, isFound); !read.ok()) return read;
  if (!isReported) return {};
  bool isRepeated = false;
  CompositeIndex::Found other;
  if (isFound) {
    if (const Outcome read = source_.index->next(search, other, isRepeated); !read.ok()) return read;
  }
  if (!isFound) problems_.add(RecordProblem::missingReference, reference, reportedAt);
  if (isRepeated) problems_.add(RecordProblem::duplicateReference, reference, reportedAt);
  return {};
}

const StoredComposite* RecordWriter::load(const CompositeIndex::Found& place) {
  const StoredComposite* stored = nullptr;
  return fail(output_->out->outcome()) || fail(source_.store->at(place, stored)) ? nullptr : stored;
}

void RecordWriter::writeResources(ResourceList into, CapturedObject release, CaptureWriter& writer) {
  ValueWriter& out = writer.out();
  resolve(release);
  out.beginList();
  for (const Mention& mention : mentions_.mentions()) {
    if (mention.into != into || !outcome_.ok()) continue;
    const StoredComposite* stored = load(mention.resource);
    if (stored == nullptr) break;
    mention_ = &mention;
    writer.object(CapturedObject::rootOf(stored->captures));
    mention_ = nullptr;
    counts_.tracks += into == ResourceList::tracks;
  }
  out.endList();
}

void RecordWriter::writeDiscCount(CapturedObject release, CaptureWriter& writer) {
  resolve(release);
  // The items of a component are mentioned one behind the other.
  uint32_t last = 0;
  int64_t count = 0;
  for (const Mention& mention : mentions_.mentions()) {
    if (mention.into != ResourceList::tracks || mention.component == 0 || mention.component == last) continue;
    last = mention.component;
    ++count;
  }
  writer.out().integer(count);
}

void RecordWriter::writeItemField(std::string_view key, const TableField* otherwise, CapturedObject owner, CaptureWriter& writer) {
  const FieldTable& fields = source_.table->fields;
  if (mention_ != nullptr && mention_->item != 0) {
    const CapturedObject item(release_.captures(), mention_->item);
    const TableField* field = fields.field(item.shape(), bytesOf(key));
    if (field != nullptr && item.first(field->slot) != 0) return writer.value(*field, item);
  }
  const uint32_t said = otherwise == nullptr ? 0 : owner.first(otherwise->slot);
  if (said == 0) return writer.out().nothing();
  if (const auto flag = flagOf(owner.value(said))) return writer.out().flag(*flag);
  problems_.add(RecordProblem::invalidFlag, owner.value(said), owner.captures().position);
  writer.out().nothing();
}

void RecordWriter::writeParty(const TableField& field, CapturedObject owner, bool isName, CaptureWriter& writer) {
  ValueWriter& out = writer.out();
  const auto nothing = [&] {
    if (isName) return out.nothing();
    out.beginList();
    out.endList();
  };
  const uint32_t reference = owner.first(field.slot);
  if (reference == 0 || !outcome_.ok()) return nothing();
  CompositeIndex::Found place;
  bool isFound = false;
  if (fail(find(CompositeRole::party, owner.value(reference), owner.captures().position, isName, place, isFound)) || !isFound) return nothing();
  const StoredComposite* stored = load(place);
  if (stored == nullptr) return nothing();
  const CapturedObject party = CapturedObject::rootOf(stored->captures);
  const TableField* source = source_.table->fields.field(party.shape(), isName ? bytesOf("name") : bytesOf("ids"));
  if (source == nullptr) return nothing();
  writer.value(*source, party);
}

void RecordWriter::writeDeals(CapturedObject release, CaptureWriter& writer) {
  ValueWriter& out = writer.out();
  out.beginList();
  const FieldTable& fields = source_.table->fields;
  const TableField* ref = fields.field(release.shape(), bytesOf("ref"));
  const uint32_t reference = ref == nullptr || source_.index == nullptr ? 0 : release.first(ref->slot);
  CompositeIndex::Search search;
  CompositeIndex::Found place;
  bool isFound = reference != 0 && !fail(source_.index->find(CompositeRole::deal, release.value(reference), search)) &&
                 !fail(source_.index->next(search, place, isFound)) && isFound;
  for (uint64_t last = 0; isFound && outcome_.ok(); isFound = !fail(source_.index->next(search, place, isFound)) && isFound) {
    // Who says twice that a deal is for a release says it once.
    if (place.place.offset == last) continue;
    last = place.place.offset;
    const StoredComposite* stored = load(place);
    if (stored == nullptr) break;
    const CapturedObject deals = CapturedObject::rootOf(stored->captures);
    const TableField* list = fields.field(deals.shape(), bytesOf("deals"));
    const uint32_t slot = list == nullptr ? kNone : list->slot;
    for (uint32_t deal = deals.first(slot); deal != 0; deal = deals.after(slot, deal)) {
      writer.object(deals.object(deal));
      ++counts_.deals;
    }
  }
  out.endList();
}

}  // namespace mm
