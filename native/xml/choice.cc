#include "choice.h"

#include <algorithm>
#include <string_view>

#include "typed_value.h"

namespace mm {

namespace {

constexpr std::string_view kWorldwide = "Worldwide";

/// Whether a slot holds a value of that kind.
template <typename Test>
bool holds(CapturedObject variant, uint32_t slot, Test test) {
  for (uint32_t item = variant.first(slot); item != 0; item = variant.after(slot, item)) {
    if (test(variant.value(item))) return true;
  }
  return false;
}

bool isWorldwide(std::span<const uint8_t> value) {
  return std::ranges::equal(value, kWorldwide);
}

/// The first that says it is the default, else the first for the whole world, else the first.
CapturedObject defaultVariant(const TableChoice& choice, CapturedObject owner) {
  CapturedObject worldwide;
  for (uint32_t item = owner.first(choice.slot); item != 0; item = owner.after(choice.slot, item)) {
    const CapturedObject variant = owner.object(item);
    if (holds(variant, choice.isDefault, [](auto value) { return flagOf(value) == true; })) return variant;
    if (worldwide.isThere()) continue;
    if (holds(variant, choice.territory, isWorldwide) || holds(variant, choice.territories, isWorldwide)) {
      worldwide = variant;
    }
  }
  return worldwide.isThere() ? worldwide : owner.object(owner.first(choice.slot));
}

bool isThere(const FieldTable& table, const TableField& field, CapturedObject owner) {
  if (field.kind == FieldKind::constant) return true;
  if (field.kind == FieldKind::chosen) return chosenOf(table, field, owner).object.isThere();
  return owner.first(field.slot) != 0;
}

}  // namespace

Choice chosenOf(const FieldTable& table, const TableField& chosen, CapturedObject owner) {
  for (const TableChoice& choice : table.choices(chosen)) {
    const CapturedObject variant = defaultVariant(choice, owner);
    if (!variant.isThere() || variant.shape() != choice.shape) continue;
    if (choice.field == kNone) return {variant, nullptr};
    const TableField& field = table.fields(choice.shape)[choice.field];
    if (isThere(table, field, variant)) return {variant, &field};
  }
  return {};
}

bool holdsMany(const FieldTable& table, const TableField& field, CapturedObject owner) {
  if (field.kind != FieldKind::chosen) return owner.hasMany(field.slot);
  const Choice choice = chosenOf(table, field, owner);
  return choice.field != nullptr && holdsMany(table, *choice.field, choice.object);
}

}  // namespace mm
