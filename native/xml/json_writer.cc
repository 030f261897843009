#include "json_writer.h"

#include "choice.h"
#include "json_text.h"
#include "typed_value.h"

namespace mm {

void JsonWriter::object(CapturedObject object) {
  if (!object.isThere()) return out_.text("null");
  out_.byte('{');
  bool isFirst = true;
  fields(object, isFirst);
  out_.byte('}');
}

void JsonWriter::fields(CapturedObject object, bool& isFirst) {
  for (const TableField& field : table_.fields(object.shape())) {
    if (field.flags & TableField::kHidden) continue;
    if (field.flags & TableField::kIfMany && !object.hasMany(field.slot)) continue;
    const std::span<const uint8_t> key = table_.quotedKey(field);
    if (!isFirst) out_.byte(',');
    isFirst = false;
    out_.bytes(key);
    value(field, object);
  }
}

void JsonWriter::value(const TableField& field, CapturedObject owner) {
  switch (field.kind) {
    case FieldKind::joined:
      return joins_.writeJoined(field, owner, *this);
    case FieldKind::constant:
      return out_.bytes(table_.string(field.argument));
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
  if (item == 0) return out_.text("null");
  switch (field.kind) {
    case FieldKind::text:
    case FieldKind::code:
    case FieldKind::element:
      return writeJsonString(out_, owner.value(item));
    case FieldKind::object:
      return object(owner.object(item));
    default:
      return typed(field, owner, owner.value(item));
  }
}

void JsonWriter::list(const TableField& field, CapturedObject owner) {
  const bool isOfObjects = field.kind == FieldKind::objects;
  out_.byte('[');
  const uint32_t first = owner.first(field.slot);
  for (uint32_t item = first; item != 0; item = owner.after(field.slot, item)) {
    if (item != first) out_.byte(',');
    if (isOfObjects) {
      object(owner.object(item));
    } else {
      writeJsonString(out_, owner.value(item));
    }
  }
  out_.byte(']');
}

void JsonWriter::chosen(const TableField& field, CapturedObject owner) {
  const Choice choice = chosenOf(table_, field, owner);
  if (choice.field == nullptr) return object(choice.object);
  value(*choice.field, choice.object);
}

void JsonWriter::typed(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) {
  switch (field.kind) {
    case FieldKind::flag:
      if (const auto value = flagOf(text)) return flag(*value);
      break;
    case FieldKind::isExplicit:
      if (const auto value = explicitnessOf(text)) return flag(*value);
      return out_.text("null");
    default:
      if (const auto value = field.kind == FieldKind::integer ? integerOf(text) : millisecondsOf(text)) {
        return writeJsonInteger(out_, *value);
      }
  }
  joins_.addOddValue(field, owner, text);
  out_.text("null");
}

void JsonWriter::flag(bool value) {
  if (value) return out_.text("true");
  out_.text("false");
}

}  // namespace mm
