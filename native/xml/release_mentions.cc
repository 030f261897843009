#include "release_mentions.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "choice.h"
#include "typed_value.h"

namespace mm {

namespace {

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

uint32_t slotOf(const FieldTable& table, uint32_t shape, std::string_view key) {
  const TableField* field = table.field(shape, bytesOf(key));
  return field == nullptr ? kNone : field->slot;
}

/// What a field that is a list of objects, or chosen from such lists, comes to: its owner and slot.
std::pair<CapturedObject, uint32_t> listOf(const FieldTable& table, const TableField* field, CapturedObject owner) {
  while (field != nullptr && field->kind == FieldKind::chosen) {
    const Choice choice = chosenOf(table, *field, owner);
    owner = choice.object;
    field = choice.field;
  }
  return {owner, field == nullptr ? kNone : field->slot};
}

}  // namespace

size_t ReleaseMentions::memoryBytes(uint64_t elements) {
  return static_cast<size_t>(elements) * (sizeof(Mention) + sizeof(uint32_t)) + 2 * alignof(Mention);
}

bool ReleaseMentions::start(uint64_t elements, Grant& memory) {
  mentions_ = memory.take<Mention>(static_cast<size_t>(elements));
  order_ = memory.take<uint32_t>(static_cast<size_t>(elements));
  return mentions_.size() == elements && order_.size() == elements;
}

const ReleaseMentions::Group& ReleaseMentions::slotsOfGroup(CapturedObject group) {
  const uint32_t shape = group.shape();
  if (group_.shape == shape) return group_;
  const auto slot = [&](std::string_view key) { return slotOf(*table_, shape, key); };
  group_ = {shape, slot("seq"), slot("type"), slot("groups"), slot("items"), slot("linked")};
  return group_;
}

const ReleaseMentions::Item& ReleaseMentions::slotsOfItem(CapturedObject item) {
  const uint32_t shape = item.shape();
  if (item_.shape == shape) return item_;
  const auto slot = [&](std::string_view key) { return slotOf(*table_, shape, key); };
  item_ = {shape, slot("ref"), slot("seq"), slot("linked")};
  return item_;
}

void ReleaseMentions::collect(const FieldTable& table, CapturedObject release, RecordProblems& problems) {
  if (table_ != &table) {
    group_ = {};
    item_ = {};
  }
  table_ = &table;
  release_ = release;
  problems_ = &problems;
  count_ = others_ = 0;
  components_ = 0;
  const auto [owner, slot] = listOf(table, table.field(release.shape(), bytesOf("groups")), release);
  const uint32_t first = owner.first(slot);
  // A group that is alone at the top, and has groups, is the whole release: those are its components.
  const bool isAlone = first != 0 && !owner.hasMany(slot) && hasComponents(owner.object(first));
  for (uint32_t top = first; top != 0; top = owner.after(slot, top)) {
    const CapturedObject group = owner.object(top);
    if (isAlone) {
      walk(group, Level::onlyTop, {});
    } else {
      walk(group, Level::inside, componentOf(group, ++components_));
    }
  }
  addAll(release, slotOf(table, release.shape(), "resourceRefs"));
  dropRepeated();
}

void ReleaseMentions::walk(CapturedObject group, Level level, Component component) {
  const uint32_t groups = slotsOfGroup(group).groups;
  for (uint32_t at = group.first(groups); at != 0; at = group.after(groups, at)) {
    const CapturedObject inner = group.object(at);
    const bool isComponent = level == Level::onlyTop && !isPart(inner);
    walk(inner, Level::inside, isComponent ? componentOf(inner, ++components_) : component);
  }
  addItems(group, component);
  addAll(group, slotsOfGroup(group).linked);
}

void ReleaseMentions::addItems(CapturedObject group, Component component) {
  std::optional<int64_t> last;
  const uint32_t items = slotsOfGroup(group).items;
  for (uint32_t at = group.first(items); at != 0; at = group.after(items, at)) {
    const CapturedObject item = group.object(at);
    const Item& slots = slotsOfItem(item);
    if (const uint32_t seq = item.first(slots.seq); seq != 0) {
      const std::optional<int64_t> number = integerOf(item.value(seq));
      if (number && last && *number <= *last) problems_->add(RecordProblem::sequenceOrder, item.value(seq), release_.captures().position);
      if (number) last = number;
    }
    if (const uint32_t reference = item.first(slots.ref); reference != 0 && count_ + others_ < mentions_.size()) {
      mentions_[count_++] = {reference, at, component.number, component.disc, false, ResourceList::none, {}};
    }
    addAll(item, slots.linked);
  }
}

void ReleaseMentions::addAll(CapturedObject owner, uint32_t slot) {
  for (uint32_t reference = owner.first(slot); reference != 0; reference = owner.after(slot, reference)) {
    if (count_ + others_ == mentions_.size()) return;
    mentions_[mentions_.size() - ++others_] = {reference, 0, 0, 0, false, ResourceList::none, {}};
  }
}

ReleaseMentions::Component ReleaseMentions::componentOf(CapturedObject group, uint32_t number) {
  const uint32_t seq = group.first(slotsOfGroup(group).seq);
  const std::optional<int64_t> said = seq == 0 ? std::nullopt : integerOf(group.value(seq));
  return {number, said.value_or(number)};
}

bool ReleaseMentions::isPart(CapturedObject group) {
  const uint32_t type = group.first(slotsOfGroup(group).type);
  if (type == 0) return false;
  const std::span<const uint8_t> name = group.value(type);
  return std::ranges::equal(name, bytesOf("MultiWorkPart")) || std::ranges::equal(name, bytesOf("Side"));
}

bool ReleaseMentions::hasComponents(CapturedObject group) {
  const uint32_t groups = slotsOfGroup(group).groups;
  for (uint32_t at = group.first(groups); at != 0; at = group.after(groups, at)) {
    if (!isPart(group.object(at))) return true;
  }
  return false;
}

/// By sorting: in a table, references that were chosen to be in each other's way would take quadratic time.
void ReleaseMentions::dropRepeated() {
  if (others_ == 0) return;
  const std::span<Mention> others = mentions_.subspan(count_, others_);
  std::ranges::reverse(mentions_.last(others_));
  std::ranges::copy(mentions_.last(others_), others.begin());
  const auto referenceOf = [&](uint32_t at) {
    const std::span<const uint8_t> reference = release_.value(mentions_[at].reference);
    return std::string_view(reinterpret_cast<const char*>(reference.data()), reference.size());
  };
  const std::span<uint32_t> order = order_.first(count_ + others_);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](uint32_t one, uint32_t other) {
    const int difference = referenceOf(one).compare(referenceOf(other));
    return difference != 0 ? difference < 0 : one < other;
  });
  // From the last on, so that the one before is still there to compare with.
  for (size_t at = order.size(); at-- > 1;) {
    if (order[at] >= count_ && referenceOf(order[at - 1]) == referenceOf(order[at])) mentions_[order[at]].reference = 0;
  }
  const auto kept = std::ranges::remove(others, 0u, &Mention::reference).begin();
  count_ += static_cast<size_t>(kept - others.begin());
}

}  // namespace mm
