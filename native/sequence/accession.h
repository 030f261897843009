#pragma once

#include <cstdint>
#include <span>

namespace mm {

/// The part of a name that MMseqs2 gives in its place: P12345 of sp|P12345|ABC_HUMAN. Empty where it gives the whole.
/// Source: Util::getFastaHeaderPosition of MMseqs2 14 tells the databases apart by these beginnings.
std::span<const uint8_t> accessionOf(std::span<const uint8_t> name);

}  // namespace mm
