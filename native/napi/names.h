#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "../core/linux/page_policy.h"
#include "../core/linux/region.h"

namespace mm {

// The string literals of types.ts.
const char* pagePolicyName(PagePolicy policy);
std::optional<PagePolicy> pagePolicyOf(std::string_view name);
std::optional<Advice> adviceOf(std::string_view name);
std::optional<MapMode> mapModeOf(std::string_view name);
/// One F_SEAL_* bit.
std::optional<unsigned> sealOf(std::string_view name);
std::vector<const char*> sealNames(unsigned seals);

}  // namespace mm
