#pragma once

#include <span>

#include "captures.h"
#include "field_table.h"

namespace mm {

/// What a chosen field comes to: an object, of which `field` is taken; null for the object itself. The object is not there when nothing is.
struct Choice {
  CapturedObject object;
  const TableField* field = nullptr;
};

/// The first of its choices that is there.
Choice chosenOf(const FieldTable& table, const TableField& chosen, CapturedObject owner);

/// Whether a list, or what is chosen from lists, has more than one.
bool holdsMany(const FieldTable& table, const TableField& field, CapturedObject owner);

}  // namespace mm
