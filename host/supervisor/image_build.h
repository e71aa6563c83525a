// Has a worker boot, warm up and save itself as a process image.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "os/loop.h"
#include "supervisor/install.h"

namespace v8py {

// Blocks until the worker has ended. `output`: an empty file, open for writing. `packages`:
// the bundle that it holds; -1: none. `progress` is called on the loop's thread. Not on the loop's
// thread.
Status SaveWorker(const Install& install, Loop& loop, int output, int packages,
                  const std::function<void(const std::string&)>& progress);

}  // namespace v8py
