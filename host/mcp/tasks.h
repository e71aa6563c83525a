// Calls of tools that take long, for clients that ask again instead of waiting: the extension
// io.modelcontextprotocol/tasks (SEP-2663). Thread: any
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/json.h"
#include "mcp/tool_call.h"

namespace v8py::mcp {

class Tasks {
 public:
  static constexpr const char* kExtension = "io.modelcontextprotocol/tasks";

  Tasks() = default;
  ~Tasks();
  Tasks(const Tasks&) = delete;

  // A call that takes longer than a moment is answered with a task, and what it comes to is kept.
  void Watch(std::shared_ptr<ToolCall> call);
  // What a task is and has come to. nullopt: there is none, or none any more.
  std::optional<Json> Get(const std::string& id);
  // Ends what runs for it. False: as there.
  bool Cancel(const std::string& id);
  // Ends what runs for any. No call becomes a task any more.
  void CancelAll();

 private:
  using Clock = std::chrono::system_clock;
  struct Task {
    std::shared_ptr<ToolCall> call;  // null: it has ended
    const char* status = "working";
    Json outcome = Json::object();  // {"result"} or {"error"}
    size_t bytes = 0;               // of it
    Clock::time_point created = Clock::now(), updated = created;
  };

  void Run();
  void MakeTask(const std::shared_ptr<ToolCall>& call);
  // With mutex_ held:
  void End(Task& task, const char* status, Json outcome);
  void Forget();
  static Json Describe(const std::string& id, const Task& task);

  struct Watched {
    std::chrono::steady_clock::time_point due;
    std::weak_ptr<ToolCall> call;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Watched> watched_;  // the first is due first
  std::map<std::string, Task> tasks_;
  size_t bytes_ = 0;  // of their outcomes
  bool ending_ = false;
  std::thread thread_;  // once there was a call
};

}  // namespace v8py::mcp
