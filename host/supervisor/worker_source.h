// Where a run gets a worker that is ready, and gives it back: a pool, a daemon, a session.
// Rule: lives on the loop's thread, and longer than whoever has a worker of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "supervisor/worker_process.h"

namespace v8py {

class WorkerSource {
 public:
  struct Guest {
    std::unique_ptr<WorkerProcess> worker;
    ReadyMessage ready;
    std::string_view from = "image";  // as the result's start.from says it
    // Whether it has run a program before: its kernel limits are set then.
    bool used = false;
    // Why its interpreter did not start from an image; "": it did.
    std::string why_no_image = {};
    // What its process held when it was ready (ChildProcess::DataBytes()); 0: not looked at yet.
    uint64_t data_bytes = 0;
  };
  using Taker = std::function<void(std::unique_ptr<Guest>)>;

  virtual ~WorkerSource() = default;

  // Calls `taker` with a guest, now or when there is one; with null when this source has none to
  // give. The taker sets the worker's handler.
  virtual void Take(Taker taker) = 0;
  // Takes back a worker that has given its result, or got no program. Not inside of its handler.
  virtual void Bury(std::unique_ptr<WorkerProcess> worker) = 0;
};

}  // namespace v8py
