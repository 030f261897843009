#pragma once

#include <cstdint>

#include "../core/external_sorter.h"
#include "../core/job.h"
#include "input_windows.h"

namespace mm {

/// Bytes that the representatives will take in their file: all that writeReduced() puts there. Reads the input once more, and
/// the assignments, which are at their first one again afterwards.
Outcome representativeBytes(const InputWindowsRequest& request, ExternalSorter& assignments, Grant memory, Progress& progress,
                            uint64_t& bytes);

}  // namespace mm
