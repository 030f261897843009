#pragma once

namespace mm {

/// `abi` of types.ts. Bumped, here and in src/binding/load.ts, when any signature changes.
inline constexpr int kAbi = 11;

}  // namespace mm
