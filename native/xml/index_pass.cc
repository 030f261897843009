#include "index_pass.h"

namespace mm {

void IndexPass::begin(MessageOutline& outline, CompositeIndex& index, const MapLimits& limits) {
  outline_ = &outline;
  index_ = &index;
  limits_ = limits;
  contents_ = {};
  isInComposite_ = false;
}

Outcome IndexPass::take(MessageReader& reader, size_t& from) {
  stop_ = PassStop::tapeEnd;
  while (from < reader.tape().count) {
    if (isInComposite_) {
      if (const Outcome taken = takeComposite(reader, from); !taken.ok()) return taken;
      if (stop_ != PassStop::tapeEnd) return {};
      continue;
    }
    from = outline_->take(reader, from);
    switch (outline_->stop()) {
      case MessageOutline::Stop::tapeEnd:
        break;
      case MessageOutline::Stop::root:
        stop_ = PassStop::root;
        return {};
      case MessageOutline::Stop::rootTooLong:
        stop_ = PassStop::rootTooLong;
        return {};
      case MessageOutline::Stop::composite:
        isInComposite_ = true;
        hasReference_ = false;
        walk_.begin(outline_->composite() == nullptr ? std::span<const uint8_t>() : outline_->composite()->reference, limits_);
        break;
      case MessageOutline::Stop::end:
        contents_.elements += outline_->elements();
        contents_.maxDepth = std::max(contents_.maxDepth, outline_->depth());
        if (!map(reader, from, from + 1)) return {};
        ++from;
        break;
    }
  }
  return {};
}

Outcome IndexPass::takeComposite(MessageReader& reader, size_t& from) {
  const MessageComposite* composite = outline_->composite();
  const size_t first = from;
  do {
    from = walk_.take(reader.window(), reader.tape(), from);
    if (walk_.stop() != CompositeWalk::Stop::reference || (hasReference_ && composite->role != CompositeRole::deal)) continue;
    // The deals of one composite may be those of many releases; all else has one reference.
    hasReference_ = true;
    if (const Outcome added = index_->add(*composite, walk_.reference(), outline_->position()); !added.ok()) return added;
  } while (walk_.stop() == CompositeWalk::Stop::reference);
  stop_ = stopOf(walk_.stop());
  if (outline_->isOfMessage() && !map(reader, first, from)) return {};
  if (walk_.stop() == CompositeWalk::Stop::end) endComposite(reader.offsetOf(reader.tape().offsets[from - 1]));
  return {};
}

void IndexPass::endComposite(uint64_t end) {
  isInComposite_ = false;
  contents_.elements += walk_.elements();
  contents_.maxDepth = std::max(contents_.maxDepth, outline_->depth() + walk_.maxDepth());
  if (outline_->composite() == nullptr) return;
  const CompositeRole role = outline_->composite()->role;
  contents_.largest[static_cast<size_t>(role)].add({end - outline_->position().offset, walk_.elements(), walk_.attributes()});
  contents_.purged += role == CompositeRole::purge;
  contents_.parties += role == CompositeRole::party;
  if (role != CompositeRole::release) return;
  ++contents_.releases;
  if (contents_.releaseList.offset == outline_->list().offset) return;
  contents_.releaseList = outline_->list();
  ++contents_.releaseLists;
}

bool IndexPass::map(MessageReader& reader, size_t from, size_t until) {
  message_->take(reader.window(), reader.tape(), from, until);
  const PassStop stop = stopOf(message_->state());
  if (stop != PassStop::tapeEnd) stop_ = stop;
  return stop == PassStop::tapeEnd;
}

}  // namespace mm
