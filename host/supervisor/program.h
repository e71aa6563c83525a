// What to run and under which limits: the options of a run, complete and checked.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/message.h"
#include "supervisor/access.h"

namespace v8py {

inline constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
// The longest source that a program may have; checked by whoever takes it.
inline constexpr size_t kMaxSource = size_t{16} << 20;

struct Limits {
  uint64_t wall_ms = 300'000;
  uint64_t cpu_ms = kUnlimited;
  uint64_t memory_bytes = uint64_t{1} << 30;
  uint64_t output_bytes = uint64_t{64} << 20;
  // What a program may add to files: those in its memory, and again to those of the host.
  uint64_t files_bytes = uint64_t{256} << 20;
};

// Whether output is collected for the result, and whether it is given to somebody as it comes.
enum class Keep { kNothing, kOutput };
enum class Deliver { kNothing, kOutput };

struct Program {
  RunMessage message;
  Limits limits;
  std::shared_ptr<const Access> access;  // null: nothing outside. Shared with whoever made it
  Keep keep = Keep::kOutput;
  Deliver deliver = Deliver::kOutput;
  uint64_t call = 0;  // which program of a session this is, from 1; 0: of none
  enum class Input { kEmpty, kAsked } input = Input::kEmpty;  // kAsked: somebody answers requests
};

}  // namespace v8py
