#include "record_pass.h"

#include <algorithm>

namespace mm {

void RecordPass::begin(MessageOutline& outline, Wanted wanted, const MapLimits& limits, Mapper& mapper, std::span<uint32_t> words,
                       std::span<uint8_t> bytes) {
  outline_ = &outline;
  wanted_ = wanted;
  limits_ = limits;
  mapper_ = &mapper;
  message_ = nullptr;
  words_ = words;
  bytes_ = bytes;
  isInComposite_ = false;
  elements_ = 0;
  maxDepth_ = 0;
}

bool RecordPass::isWanted(const MessageComposite* composite) const {
  if (composite == nullptr) return false;
  return wanted_ == Wanted::all || composite->role == CompositeRole::release || composite->role == CompositeRole::purge;
}

size_t RecordPass::take(MessageReader& reader, size_t from) {
  stop_ = PassStop::tapeEnd;
  while (from < reader.tape().count && stop_ == PassStop::tapeEnd) {
    if (isInComposite_) {
      from = takeComposite(reader, from);
      continue;
    }
    from = outline_->take(reader, from);
    switch (outline_->stop()) {
      case MessageOutline::Stop::tapeEnd:
        break;
      case MessageOutline::Stop::root:
        stop_ = PassStop::root;
        break;
      case MessageOutline::Stop::rootTooLong:
        stop_ = PassStop::rootTooLong;
        break;
      case MessageOutline::Stop::composite:
        isInComposite_ = true;
        walk_.begin({}, limits_);
        if (isWanted(outline_->composite())) mapper_->begin(*outline_->composite()->root, outline_->position(), words_, bytes_);
        break;
      case MessageOutline::Stop::end:
        if (message_ != nullptr && !map(*message_, reader, from, from + 1)) break;
        ++from;
        elements_ += outline_->elements();
        break;
    }
  }
  return from;
}

size_t RecordPass::takeComposite(MessageReader& reader, size_t from) {
  const size_t until = walk_.take(reader.window(), reader.tape(), from);
  const bool isRecord = isWanted(outline_->composite());
  if (isRecord && !map(*mapper_, reader, from, until)) return until;
  if (message_ != nullptr && outline_->isOfMessage() && !map(*message_, reader, from, until)) return until;
  stop_ = stopOf(walk_.stop());
  if (walk_.stop() != CompositeWalk::Stop::end) return until;
  isInComposite_ = false;
  elements_ += walk_.elements();
  maxDepth_ = std::max(maxDepth_, outline_->depth() + walk_.maxDepth());
  if (isRecord) stop_ = PassStop::record;
  return until;
}

bool RecordPass::map(Mapper& mapper, MessageReader& reader, size_t from, size_t until) {
  mapper.take(reader.window(), reader.tape(), from, until);
  const PassStop stop = stopOf(mapper.state());
  if (stop != PassStop::tapeEnd) stop_ = stop;
  return stop == PassStop::tapeEnd;
}

}  // namespace mm
