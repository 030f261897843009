#include "csv_rows.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "../core/decimal.h"

namespace mm {

namespace {

constexpr uint8_t kBetween = '|';

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

bool isSpecial(uint8_t byte) {
  return byte == ',' || byte == '"' || byte == '\n' || byte == '\r';
}

}  // namespace

size_t CsvRows::memoryBytes(const ColumnTable& table, size_t scratchBytes) {
  return table.columns().size() * sizeof(Cell) + kMostLevels * sizeof(Level) + scratchBytes + alignof(Piece);
}

bool CsvRows::start(const ColumnTable& table, TextOut& out, Grant& memory, size_t scratchBytes) {
  table_ = &table;
  out_ = &out;
  cells_ = memory.take<Cell>(table.columns().size());
  levels_ = memory.take<Level>(kMostLevels);
  // Values of records are some ten bytes each. Places in the cells are of 32 bits.
  scratchBytes = std::min<size_t>(scratchBytes, kNone);
  pieces_ = memory.take<Piece>(scratchBytes / 2 / sizeof(Piece));
  bytes_ = memory.take<uint8_t>(scratchBytes - pieces_.size_bytes());
  std::ranges::fill(cells_, Cell{});
  return cells_.size() == table.columns().size() && !levels_.empty() && !pieces_.empty() && !bytes_.empty();
}

void CsvRows::writeHeader() {
  for (size_t at = 0; at < cells_.size(); ++at) {
    if (at > 0) out_->byte(',');
    out_->bytes(table_->string(table_->columns()[at].header));
  }
  out_->text("\r\n");
}

Outcome CsvRows::endRecord() {
  level_ = tooDeep_ = 0;
  lists_ = node_ = 0;
  clearFrom(0);
  usedPieces_ = usedBytes_ = 0;
  if (lackingBytes_ > 0) return Outcome::lacksMemory(std::exchange(lackingBytes_, 0));
  return {};
}

void CsvRows::push() {
  if (level_ == levels_.size()) {
    ++tooDeep_;
    node_ = kNone;
    return;
  }
  levels_[level_++] = {node_, lists_, usedPieces_, usedBytes_};
}

/// Back to what the level began in.
bool CsvRows::pop() {
  if (tooDeep_ > 0) {
    --tooDeep_;
    return false;
  }
  const Level& level = levels_[--level_];
  node_ = level.node;
  lists_ = level.lists;
  return true;
}

void CsvRows::beginObject() {
  push();
  if (node_ != kNone && table_->node(node_).begins != kNone) lists_ = 0;
}

void CsvRows::key(std::span<const uint8_t> quoted) {
  const uint32_t owner = level_ == 0 || tooDeep_ > 0 ? kNone : levels_[level_ - 1].node;
  node_ = owner == kNone ? kNone : table_->child(owner, quoted);
}

void CsvRows::endObject() {
  if (!pop() || node_ == kNone) return;
  const ColumnNode& node = table_->node(node_);
  if (node.isRow != 0) {
    if (node.as != kNone) addPiece(static_cast<uint32_t>(cells_.size() - 1), table_->string(node.as));
    if (lackingBytes_ == 0) writeRow();
  }
  if (node.begins == kNone) return;
  clearFrom(node.begins);
  usedPieces_ = levels_[level_].pieces;
  usedBytes_ = levels_[level_].bytes;
}

void CsvRows::beginList() {
  push();
  ++lists_;
}

void CsvRows::endList() {
  pop();
}

void CsvRows::text(std::span<const uint8_t> value) {
  if (node_ != kNone && table_->node(node_).column != kNone) addPiece(table_->node(node_).column, value);
}

void CsvRows::integer(int64_t value) {
  const bool isNegative = value < 0;
  const Decimal digits(isNegative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), '-');
  text(isNegative ? digits.bytes() : digits.bytes().subspan(1));
}

void CsvRows::flag(bool value) {
  text(bytesOf(value ? "true" : "false"));
}

void CsvRows::nothing() {
  if (lists_ > 0) text({});
}

void CsvRows::addPiece(uint32_t column, std::span<const uint8_t> text) {
  if (usedPieces_ == pieces_.size() || text.size() > bytes_.size() - usedBytes_) {
    lackingBytes_ += text.size() + sizeof(Piece);
    return;
  }
  const uint32_t number = usedPieces_++;
  pieces_[number] = {kNone, usedBytes_, static_cast<uint32_t>(text.size())};
  std::ranges::copy(text, bytes_.begin() + usedBytes_);
  usedBytes_ += static_cast<uint32_t>(text.size());
  Cell& cell = cells_[column];
  (cell.last == kNone ? cell.first : pieces_[cell.last].next) = number;
  cell.last = number;
}

void CsvRows::clearFrom(uint32_t scope) {
  for (size_t at = 0; at < cells_.size(); ++at) {
    if (table_->columns()[at].scope >= scope) cells_[at] = {};
  }
}

void CsvRows::writeRow() {
  for (size_t at = 0; at < cells_.size(); ++at) {
    if (at > 0) out_->byte(',');
    writeCell(cells_[at]);
  }
  out_->text("\r\n");
}

void CsvRows::writeCell(const Cell& cell) {
  const bool isQuoted = needsQuotes(cell);
  if (isQuoted) out_->byte('"');
  for (uint32_t at = cell.first; at != kNone; at = pieces_[at].next) {
    if (at != cell.first) out_->byte(kBetween);
    std::span<const uint8_t> text = bytes_.subspan(pieces_[at].offset, pieces_[at].length);
    while (isQuoted) {
      const auto quote = std::ranges::find(text, uint8_t{'"'});
      if (quote == text.end()) break;
      const size_t count = static_cast<size_t>(quote - text.begin()) + 1;
      out_->bytes(text.first(count));
      out_->byte('"');
      text = text.subspan(count);
    }
    out_->bytes(text);
  }
  if (isQuoted) out_->byte('"');
}

bool CsvRows::needsQuotes(const Cell& cell) const {
  for (uint32_t at = cell.first; at != kNone; at = pieces_[at].next) {
    if (std::ranges::any_of(bytes_.subspan(pieces_[at].offset, pieces_[at].length), isSpecial)) return true;
  }
  return false;
}

}  // namespace mm
