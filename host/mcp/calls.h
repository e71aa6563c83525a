// Calls that take time: some run at once, a number of others wait, in order. Calls of one session
// run one after another, and do not keep those of others from their turn.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace v8py::mcp {

class Calls {
 public:
  // At most `running` at a time, each on a thread of its own; at most `waiting` beside them. None
  // is begun while `hold` says so.
  Calls(int running, size_t waiting, std::function<bool()> hold)
      : most_running_(running), most_waiting_(waiting), hold_(std::move(hold)) {}
  // What waits is dropped; what runs is waited for.
  ~Calls();
  Calls(const Calls&) = delete;

  // False: too many wait already. `session`: "": of none. Thread: any
  bool Add(std::string session, std::function<void()> work);
  size_t waiting() const;
  // Whether nothing is left after so long. Thread: any
  bool WaitUntilIdle(int milliseconds);

 private:
  struct Call {
    std::string session;
    std::function<void()> work;
  };
  void Work();
  // The first that may run now.
  std::deque<Call>::iterator Next();

  const int most_running_;
  const size_t most_waiting_;
  const std::function<bool()> hold_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Call> waiting_;
  std::set<std::string> busy_;  // sessions in which something runs
  int running_ = 0;
  int idle_ = 0;  // threads
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace v8py::mcp
