#include "sequence_data_soa.h"

#include <algorithm>

namespace mm {

size_t SequenceDataSoA::bytes(size_t rows, size_t columnAlignment) {
  return rows * kRowBytes + 4 * std::max(columnAlignment, alignof(uint64_t));
}

bool SequenceDataSoA::create(Grant& memory, size_t rows, size_t columnAlignment) {
  ids_ = memory.take<uint64_t>(rows, std::max(columnAlignment, alignof(uint64_t)));
  lengths_ = memory.take<uint32_t>(rows, std::max(columnAlignment, alignof(uint32_t)));
  gcContents_ = memory.take<float>(rows, std::max(columnAlignment, alignof(float)));
  complexities_ = memory.take<float>(rows, std::max(columnAlignment, alignof(float)));
  clear();
  return !complexities_.empty();
}

void SequenceDataSoA::add(uint64_t id, uint32_t length, float gcContent, float complexity) {
  ids_[count_] = id;
  lengths_[count_] = length;
  gcContents_[count_] = gcContent;
  complexities_[count_] = complexity;
  ++count_;
}

}  // namespace mm
