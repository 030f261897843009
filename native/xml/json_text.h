#pragma once

#include <cstdint>
#include <span>

#include "text_out.h"

namespace mm {

/// A string in quotes, as JSON.stringify writes it (ECMA-262, QuoteJSONString). `value` is UTF-8 without surrogates.
void writeJsonString(TextOut& out, std::span<const uint8_t> value);

/// An integer in decimal.
void writeJsonInteger(TextOut& out, int64_t value);

}  // namespace mm
