#include "plane_range.h"

namespace mm {

std::string planeFault(const PlaneRange& plane, size_t slotBytes) {
  const PlaneShape& shape = plane.shape;
  if (shape.width == 0 || shape.height == 0) return "of at least one sample";
  const size_t rowBytes = shape.width * shape.sampleBytes();
  if (shape.strideBytes < rowBytes)
    return "of a stride of at least " + std::to_string(rowBytes) + " bytes, the width of its rows";
  const bool lastRowFits = plane.offsetBytes <= slotBytes && rowBytes <= slotBytes - plane.offsetBytes &&
                           shape.height - 1 <= (slotBytes - plane.offsetBytes - rowBytes) / shape.strideBytes;
  if (lastRowFits) return "";
  return "inside a slot of " + std::to_string(slotBytes) + " bytes, not " + std::to_string(shape.height) + " rows " +
         std::to_string(shape.strideBytes) + " bytes apart from byte " + std::to_string(plane.offsetBytes);
}

}  // namespace mm
