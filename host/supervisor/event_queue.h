// What the loop's thread has for the thread that waits for a run: output, requests for input, calls
// of its functions, the end. Bounded: the loop stops reading from the worker while too much is
// queued, and never blocks.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "base/status.h"
#include "supervisor/host_calls.h"
#include "supervisor/outcome.h"

namespace v8py {

struct Event {
  enum class Kind { kOutput, kWantInput, kHostCall, kQuestion, kEnd };
  Kind kind = Kind::kEnd;
  int stream = 1;
  std::string data = {};
  Result<RunResult> result = RunResult{};  // kEnd
  HostCall call = {};                      // kHostCall; answered by Run::Answer()
  Asker::Question question = {};           // kQuestion
};

class EventQueue {
 public:
  // Over this many bytes of output Push() says kFull; under half of it, Pop() calls `on_drained`.
  static constexpr size_t kFullAt = size_t{1} << 20;
  enum class Room { kFree, kFull };

  // Thread: any
  explicit EventQueue(std::function<void()> on_drained) : on_drained_(std::move(on_drained)) {}
  Room Push(Event event);
  // Blocks until there is an event.
  Event Pop();

 private:
  std::function<void()> on_drained_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  size_t bytes_ = 0;
  bool was_full_ = false;
};

}  // namespace v8py
