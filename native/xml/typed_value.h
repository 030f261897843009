#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace mm {

// Values of XML Schema part 2, with white space around them left out.

/// true, 1, false, 0.
std::optional<bool> flagOf(std::span<const uint8_t> text);

/// Decimal digits, with a sign or without, of what a double holds exactly: 2^53 - 1 at most.
std::optional<int64_t> integerOf(std::span<const uint8_t> text);

/// A duration without years, months and sign, in milliseconds rounded half up: what a double holds exactly.
std::optional<int64_t> millisecondsOf(std::span<const uint8_t> text);

/// Of a ParentalWarningType: Explicit is, NotExplicit and ExplicitContentEdited are not, what else there is says neither.
std::optional<bool> explicitnessOf(std::span<const uint8_t> text);

}  // namespace mm
