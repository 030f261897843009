#pragma once

#include <napi.h>

#include <memory>

#include "../core/linux/region.h"
#include "../sequence/hit_expansion.h"
#include "../sequence/lift_index.h"

namespace mm {

struct AddonState;

/// The memory and the temporary files of one expansion. Pinned until the end.
class Expansion {
 public:
  /// Empty files for reading and writing.
  struct Files {
    int records;
    int entries;
    int lifts;
    int names;
  };
  Expansion(std::shared_ptr<Region> region, const Files& files, uint64_t diskLimitBytes)
      : region_(std::move(region)),
        disk_{diskLimitBytes},
        records_(files.records, disk_),
        entries_(files.entries, disk_),
        lifts_(files.lifts, disk_),
        names_(files.names, disk_) {
    region_->pin();
  }
  ~Expansion() { region_->unpin(); }
  Expansion(const Expansion&) = delete;
  Expansion& operator=(const Expansion&) = delete;

  Outcome index(const LiftIndexRequest& request) {
    return indexLifts(request, {&records_, &entries_, &lifts_, &names_}, grant(), *progress_, indexCounts_);
  }
  Outcome expand(const ExpandRequest& request) {
    return expandHits(request, names_, lifts_, grant(), *progress_, expandCounts_);
  }
  const LiftIndexCounts& indexCounts() const { return indexCounts_; }
  const ExpandCounts& expandCounts() const { return expandCounts_; }
  const DiskAllowance& disk() const { return disk_; }
  const std::shared_ptr<Progress>& progress() const { return progress_; }

 private:
  Grant grant() const { return Grant({region_->data(), region_->byteLength()}); }

  std::shared_ptr<Region> region_;
  DiskAllowance disk_;
  SpillFile records_;
  SpillFile entries_;
  SpillFile lifts_;
  SpillFile names_;
  LiftIndexCounts indexCounts_;
  ExpandCounts expandCounts_;
  std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
};

/// NativeExpansion of types.ts.
class ExpansionWrap : public Napi::ObjectWrap<ExpansionWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<Expansion> expansion);

  explicit ExpansionWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value index(const Napi::CallbackInfo& info);
  Napi::Value expand(const Napi::CallbackInfo& info);
  Napi::Value counts(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  bool isFree(Napi::Env env, const char* operation) const;

  std::shared_ptr<Expansion> expansion_;
  bool isRunning_ = false;
};

}  // namespace mm
