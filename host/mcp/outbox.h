// Lines on their way to the client, written by a thread: nobody who has something to say waits for
// a client that does not read. Thread: any
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "base/json.h"
#include "mcp/tool_call.h"

namespace v8py::mcp {

class Outbox {
 public:
  // Lines that may be dropped are, while more than this waits.
  static constexpr size_t kOptionalBytes = size_t{1} << 20;
  // While more than this waits, no request should be taken and no call begun.
  static constexpr size_t kFullBytes = size_t{8} << 20;

  // Writes to `descriptor`, which stays the caller's.
  explicit Outbox(int descriptor);
  // What waits is not written any more.
  ~Outbox();
  Outbox(const Outbox&) = delete;

  void Send(const Json& message, Urgency urgency);
  bool full() const;
  // Whether the client has gone.
  bool broken() const;
  // Waits until all is written; false: not after so long.
  bool Flush(int milliseconds);

 private:
  void Write();
  // Writes a line, in parts if need be. False when nobody reads any more, or this ends.
  bool WriteAll(const std::string& line);

  const int descriptor_;
  int wake_ = -1;  // an eventfd: ends a write that waits
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;  // of those, and of the one that is being written
  bool broken_ = false;
  bool ending_ = false;
  std::thread thread_;  // last: uses the rest
};

}  // namespace v8py::mcp
