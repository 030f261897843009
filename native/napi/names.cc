#include "names.h"

#include <fcntl.h>

namespace mm {
namespace {

template <typename T>
struct Name {
  const char* text;
  T value;
};

constexpr Name<PagePolicy> kPagePolicies[] = {{"base", PagePolicy::base},
                                              {"transparent-huge", PagePolicy::transparentHuge},
                                              {"hugetlb-2m", PagePolicy::hugetlb2m},
                                              {"hugetlb-1g", PagePolicy::hugetlb1g}};
constexpr Name<Advice> kAdvice[] = {{"normal", Advice::normal},      {"sequential", Advice::sequential},
                                    {"random", Advice::random},      {"will-need", Advice::willNeed},
                                    {"dont-need", Advice::dontNeed}, {"populate", Advice::populate},
                                    {"huge-page", Advice::hugePage}};
constexpr Name<MapMode> kMapModes[] = {{"private-read", MapMode::privateRead}, {"shared-write", MapMode::sharedWrite}};
constexpr Name<unsigned> kSeals[] = {{"shrink", F_SEAL_SHRINK},
                                     {"grow", F_SEAL_GROW},
                                     {"write", F_SEAL_WRITE},
                                     // F_SEAL_FUTURE_WRITE (Linux 5.1), absent from older C libraries.
                                     {"future-write", 0x0010},
                                     {"seal", F_SEAL_SEAL}};

template <typename T, size_t Size>
std::optional<T> find(const Name<T> (&names)[Size], std::string_view text) {
  for (const Name<T>& name : names) {
    if (text == name.text) return name.value;
  }
  return std::nullopt;
}

}  // namespace

const char* pagePolicyName(PagePolicy policy) {
  for (const auto& name : kPagePolicies) {
    if (name.value == policy) return name.text;
  }
  return "base";
}

std::optional<PagePolicy> pagePolicyOf(std::string_view name) {
  return find(kPagePolicies, name);
}

std::optional<Advice> adviceOf(std::string_view name) {
  return find(kAdvice, name);
}

std::optional<MapMode> mapModeOf(std::string_view name) {
  return find(kMapModes, name);
}

std::optional<unsigned> sealOf(std::string_view name) {
  return find(kSeals, name);
}

std::vector<const char*> sealNames(unsigned seals) {
  std::vector<const char*> names;
  for (const auto& seal : kSeals) {
    if ((seals & seal.value) != 0) names.push_back(seal.text);
  }
  return names;
}

}  // namespace mm
