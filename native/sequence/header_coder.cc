#include "header_coder.h"

#include <algorithm>

namespace mm {

namespace {

constexpr size_t kMostDigits = 18;
/// Larger differences are written as text.
constexpr int64_t kMostDifference = 1 << 20;

constexpr std::array<bool, 256> kEndsField = [] {
  std::array<bool, 256> table{};
  for (const char byte : {' ', '|', '_', '=', ',', ';', ':', '.', '/', '-', '\t'})
    table[static_cast<uint8_t>(byte)] = true;
  return table;
}();

bool isDigit(uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

/// The next field of a header; empty at its end.
std::span<const uint8_t> firstField(std::span<const uint8_t> rest) {
  size_t at = 0;
  if (!rest.empty() && isDigit(rest[0])) {
    while (at < rest.size() && at < kMostDigits && isDigit(rest[at])) ++at;
    return rest.first(at);
  }
  while (at < rest.size() && !isDigit(rest[at])) {
    if (kEndsField[rest[at++]]) break;
  }
  return rest.first(at);
}

bool equal(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

int64_t valueOf(std::span<const uint8_t> digits) {
  int64_t value = 0;
  for (const uint8_t digit : digits) value = value * 10 + (digit - '0');
  return value;
}

/// The step from one number to the other, kStepLiteral when there is none.
uint8_t numberStep(std::span<const uint8_t> before, std::span<const uint8_t> now, int64_t& difference) {
  if (before.empty() || now.empty() || !isDigit(before[0]) || !isDigit(now[0])) return kStepLiteral;
  difference = valueOf(now) - valueOf(before);
  if (difference > kMostDifference || difference < -kMostDifference) return kStepLiteral;
  if (before.size() == now.size()) return kStepPaddedNumber;
  return now[0] != '0' || now.size() == 1 ? kStepNumber : kStepLiteral;
}

/// The steps of one header, with what can be joined held back.
class StepWriter {
 public:
  explicit StepWriter(ColumnWriters& columns) : columns_(columns) {}

  void same() {
    endLiteral();
    ++sameFields_;
  }
  void number(uint8_t step, int64_t difference) {
    flush();
    columns_[Column::headerSteps].byte(step);
    columns_[Column::headerNumbers].varint(zigzag(difference));
  }
  void literal(std::span<const uint8_t> field) {
    flushSame();
    columns_[Column::headerText].bytes(field);
    literalBytes_ += field.size();
  }
  /// isRest: the fields that stayed are all that the header before has left.
  void end(bool isRest) {
    if (isRest && sameFields_ > 0) {
      columns_[Column::headerSteps].byte(kStepRest);
      return;
    }
    flush();
    columns_[Column::headerSteps].byte(kStepEnd);
  }

 private:
  void flush() {
    endLiteral();
    flushSame();
  }
  void endLiteral() {
    if (literalBytes_ == 0) return;
    columns_[Column::headerSteps].byte(kStepLiteral);
    columns_[Column::headerLengths].varint(literalBytes_);
    literalBytes_ = 0;
  }
  void flushSame() {
    while (sameFields_ > 0) {
      const uint64_t fields = std::min<uint64_t>(sameFields_, kMostStepFields);
      columns_[Column::headerSteps].byte(static_cast<uint8_t>(kStepFields + fields - 1));
      sameFields_ -= fields;
    }
  }

  ColumnWriters& columns_;
  uint64_t sameFields_ = 0;
  uint64_t literalBytes_ = 0;
};

}  // namespace

bool HeaderEncoder::allocate(Grant& memory) {
  previous_ = memory.take<uint8_t>(kMostHeaderTextBytes);
  return !previous_.empty();
}

void HeaderEncoder::add(std::span<const uint8_t> header, ColumnWriters& columns) {
  StepWriter steps(columns);
  std::span<const uint8_t> before = std::span<const uint8_t>(previous_).first(previousBytes_);
  std::span<const uint8_t> rest = header;
  bool endsSame = false;
  while (!rest.empty()) {
    const auto was = firstField(before);
    const auto now = firstField(rest);
    int64_t difference = 0;
    endsSame = equal(was, now);
    if (endsSame) {
      steps.same();
    } else if (const uint8_t step = numberStep(was, now, difference); step != kStepLiteral) {
      steps.number(step, difference);
    } else {
      steps.literal(now);
    }
    before = before.subspan(was.size());
    rest = rest.subspan(now.size());
  }
  steps.end(endsSame && before.empty());
  if (!header.empty()) std::memcpy(previous_.data(), header.data(), header.size());
  previousBytes_ = header.size();
}

bool HeaderDecoder::next(ColumnReaders& columns, std::span<uint8_t> out, size_t& byteLength) {
  ByteWriter header{out};
  std::span<const uint8_t> before = previous_;
  const auto takeField = [&before] {
    const auto field = firstField(before);
    before = before.subspan(field.size());
    return field;
  };
  ByteReader& steps = columns[Column::headerSteps];
  for (;;) {
    const uint8_t step = steps.byte();
    if (!steps.ok()) return false;
    if (step == kStepEnd) break;
    if (step == kStepRest) {
      header.bytes(before);
      break;
    }
    if (step < kStepFields + kMostStepFields) {
      for (unsigned fields = step - kStepFields + 1; fields > 0; --fields) header.bytes(takeField());
    } else if (step == kStepPaddedNumber || step == kStepNumber) {
      const auto was = takeField();
      const int64_t difference = unzigzag(columns[Column::headerNumbers].varint());
      if (was.empty() || !isDigit(was[0]) || difference > kMostDifference || difference < -kMostDifference)
        return false;
      const int64_t value = valueOf(was) + difference;
      if (value < 0) return false;
      uint8_t digits[kMostDigits + 1];
      size_t at = sizeof digits;
      for (int64_t left = value; left > 0 || at == sizeof digits; left /= 10)
        digits[--at] = static_cast<uint8_t>('0' + left % 10);
      while (step == kStepPaddedNumber && sizeof digits - at < was.size()) digits[--at] = '0';
      header.bytes(std::span<const uint8_t>(digits).subspan(at));
    } else if (step == kStepLiteral) {
      const auto literal = columns[Column::headerText].bytes(columns[Column::headerLengths].varint());
      if (literal.empty()) return false;
      header.bytes(literal);
      for (auto fields = literal; !fields.empty(); fields = fields.subspan(firstField(fields).size())) takeField();
    } else {
      return false;
    }
    if (!header.ok()) return false;
  }
  if (!header.ok()) return false;
  byteLength = header.size();
  previous_ = std::span<const uint8_t>(out).first(byteLength);
  return true;
}

}  // namespace mm
