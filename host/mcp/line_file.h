// A file to which lines are appended by a thread: nobody who has something to say waits for a disk.
// Each line is one write(2), so that several processes can share the file. Thread: any
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"

namespace v8py::mcp {

class LineFile {
 public:
  // So much may wait; what would be more is dropped.
  static constexpr size_t kMostWaiting = size_t{4} << 20;

  // A line, without its end. It is told dropped(): it may run before Open() has returned.
  using Report = std::function<std::string(uint64_t dropped)>;

  // kCaller when it cannot be written. It is made with mode 0600. What `report` gives is appended
  // each time that `every` has passed; "" is not.
  static Result<std::unique_ptr<LineFile>> Open(const std::string& path,
                                                std::chrono::milliseconds every, Report report);
  // Writes what waits, for half a second at most; `report` is not called any more then.
  ~LineFile();
  LineFile(const LineFile&) = delete;

  // `line` without its end.
  void Add(std::string line);
  // Lines that were not written: too many waited, or the system has refused them.
  uint64_t dropped() const;

 private:
  struct State;
  explicit LineFile(std::shared_ptr<State> state) : state_(std::move(state)) {}
  static void Write(const std::shared_ptr<State>& state);

  // With the thread, which a disk that hangs may keep longer than this object.
  const std::shared_ptr<State> state_;
};

}  // namespace v8py::mcp
