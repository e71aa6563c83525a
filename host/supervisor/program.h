// What to run and under which limits: the options of a run, complete and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/message.h"
#include "supervisor/access.h"
#include "supervisor/limits.h"

namespace v8py {

// The longest source that a program may have; checked by whoever takes it.
inline constexpr size_t kMaxVariables = size_t{8} << 20;
inline constexpr size_t kMaxSource = size_t{16} << 20;

// Whether output is collected for the result, and whether it is given to somebody as it comes.
enum class Keep { kNothing, kOutput };
enum class Deliver { kNothing, kOutput };

struct Program {
  RunMessage message;
  Limits limits;
  std::shared_ptr<const Access> access;  // null: nothing outside. Shared with whoever made it
  Keep keep = Keep::kOutput;
  Deliver deliver = Deliver::kOutput;
  std::vector<std::string>
      functions;      // of the embedding program; whoever waits for the run does them
  uint64_t call = 0;  // which program of a session this is, from 1; 0: of none
  enum class Input { kEmpty, kAsked } input = Input::kEmpty;  // kAsked: somebody answers requests
};

}  // namespace v8py
