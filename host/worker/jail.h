// The worker gives up its rights. Order matters: everything that needs a file comes before.
// Nothing may ever be built that needs more than what is left here: a socket, memory, a clock.
#pragma once

#include <span>

#include "base/status.h"

namespace v8py {

// The descriptors that stay open are those to `keep`.
Status CloseAllBut(std::span<const int> keep);

struct Jail {
  int landlock_abi = 0;  // 0: this kernel has no Landlock
};

// 1. Dies with its parent. 2. Closes every descriptor but those to `keep`. 3. No new privileges by
// exec.
// 4. A Landlock rule set that allows nothing: no file, no TCP, no signal or abstract socket
// outside. For the calling process and all its later threads; there is no way back.
Result<Jail> EnterJail(std::span<const int> keep);

}  // namespace v8py
