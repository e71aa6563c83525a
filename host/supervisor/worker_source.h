// Where a run gets a worker that is ready, other than by starting one.
// Rule: lives on the loop's thread, and longer than whoever has a worker of it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "supervisor/worker_process.h"

namespace v8py {

class WorkerSource {
 public:
  struct Guest {
    std::unique_ptr<WorkerProcess> worker;
    ReadyMessage ready;
    std::string_view from = "image";  // as the result's start.from says it
  };
  using Taker = std::function<void(std::unique_ptr<Guest>)>;

  virtual ~WorkerSource() = default;

  // Calls `taker` with a guest, now or when the next one is ready; with null when there is none to
  // give. The taker sets the worker's handler.
  virtual void Take(Taker taker) = 0;
  // Ends a worker that was taken, and needs nothing more of it. Not inside of its handler.
  virtual void Bury(std::unique_ptr<WorkerProcess> worker) = 0;
};

}  // namespace v8py
