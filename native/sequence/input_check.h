#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"
#include "input_files.h"
#include "residues.h"

namespace mm {

/// What the beginning of an input tells.
struct InputCheck {
  Alphabet alphabet = Alphabet::nucleotide;
  /// malformed: no line begins with '>' in the first MiB, or it is FASTQ. An empty input is well. io: it cannot be read.
  Outcome outcome;
};

/// Reads an input from its start until a MiB of residues was seen. takesAnything: nothing is malformed. `scratch` is of
/// any size from two bytes on.
InputCheck checkInput(const InputFiles& input, bool takesAnything, std::span<uint8_t> scratch);

}  // namespace mm
