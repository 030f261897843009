#include "capture_writer.h"

#include "choice.h"
#include "typed_value.h"

namespace mm {

void CaptureWriter::object(CapturedObject object) {
  if (!object.isThere()) return out_.nothing();
  out_.beginObject();
  for (const TableField& field : table_.fields(object.shape())) {
    if (field.flags & TableField::kHidden) continue;
    if (field.flags & TableField::kIfMany && !holdsMany(table_, field, object)) continue;
    out_.key(table_.quotedKey(field));
    value(field, object);
  }
  out_.endObject();
}

void CaptureWriter::value(const TableField& field, CapturedObject owner) {
  switch (field.kind) {
    case FieldKind::joined:
      return joins_.writeJoined(field, owner, *this);
    case FieldKind::constant:
      return out_.text(table_.string(field.argument));
    case FieldKind::chosen:
      return chosen(field, owner);
    case FieldKind::texts:
    case FieldKind::codes:
    case FieldKind::objects:
      return list(field, owner);
    default:
      break;
  }
  const uint32_t item = owner.first(field.slot);
  if (item == 0) return out_.nothing();
  switch (field.kind) {
    case FieldKind::text:
    case FieldKind::code:
    case FieldKind::element:
      return out_.text(owner.value(item));
    case FieldKind::object:
      return object(owner.object(item));
    default:
      return typed(field, owner, owner.value(item));
  }
}

void CaptureWriter::list(const TableField& field, CapturedObject owner) {
  const bool isOfObjects = field.kind == FieldKind::objects;
  out_.beginList();
  for (uint32_t item = owner.first(field.slot); item != 0; item = owner.after(field.slot, item)) {
    if (isOfObjects) {
      object(owner.object(item));
    } else {
      out_.text(owner.value(item));
    }
  }
  out_.endList();
}

void CaptureWriter::chosen(const TableField& field, CapturedObject owner) {
  const Choice choice = chosenOf(table_, field, owner);
  if (choice.field != nullptr) return value(*choice.field, choice.object);
  if (choice.object.isThere() || !(field.flags & TableField::kList)) return object(choice.object);
  out_.beginList();
  out_.endList();
}

void CaptureWriter::typed(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) {
  switch (field.kind) {
    case FieldKind::flag:
      if (const auto value = flagOf(text)) return out_.flag(*value);
      break;
    case FieldKind::isExplicit:
      if (const auto value = explicitnessOf(text)) return out_.flag(*value);
      return out_.nothing();
    default:
      if (const auto value = field.kind == FieldKind::integer ? integerOf(text) : millisecondsOf(text)) {
        return out_.integer(*value);
      }
  }
  joins_.addOddValue(field, owner, text);
  out_.nothing();
}

}  // namespace mm
