#include "mcp/tasks.h"

#include <ctime>
#include <utility>
#include <vector>

#include "mcp/token.h"

namespace v8py::mcp {

namespace {

using std::chrono::milliseconds;

// What ends sooner is answered as ever.
constexpr milliseconds kPatience{2000};
constexpr milliseconds kBetweenPolls{1000};
constexpr milliseconds kKept{10 * 60'000};  // once it has ended
// Beyond these, calls are waited for.
constexpr size_t kMostTasks = 1000;
constexpr size_t kMostBytes = size_t{64} << 20;

template <typename Duration>
auto Milliseconds(Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration).count();
}

// ISO 8601.
std::string TimeText(std::chrono::system_clock::time_point time) {
  time_t seconds = std::chrono::system_clock::to_time_t(time);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

Tasks::~Tasks() { CancelAll(); }

void Tasks::Watch(std::shared_ptr<ToolCall> call) {
  std::lock_guard lock(mutex_);
  if (ending_) return;
  watched_.push_back({std::chrono::steady_clock::now() + kPatience, call});
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_all();
}

void Tasks::Run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (watched_.empty()) {
      changed_.wait(lock);
      continue;
    }
    if (watched_.front().due > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, watched_.front().due);
      continue;
    }
    std::shared_ptr<ToolCall> call = watched_.front().call.lock();
    watched_.pop_front();
    Forget();
    if (!call || tasks_.size() >= kMostTasks || bytes_ > kMostBytes) continue;
    lock.unlock();
    MakeTask(call);
    call.reset();
    lock.lock();
  }
}

void Tasks::MakeTask(const std::shared_ptr<ToolCall>& call) {
  std::string id = MakeToken();
  Json result;
  {
    // Before anybody hears of it.
    std::lock_guard lock(mutex_);
    Task& task = tasks_[id];
    task.call = call;
    result = Describe(id, task);
  }
  result["resultType"] = "task";
  bool is_task = call->HandOver(std::move(result), [this, id](Json message, Urgency urgency) {
    if (urgency == Urgency::kOptional) return;
    bool failed = message.contains("error");
    const char* name = failed ? "error" : "result";
    std::lock_guard lock(mutex_);
    auto found = tasks_.find(id);
    if (found == tasks_.end()) return;
    if (!failed) message[name]["resultType"] = "complete";
    End(found->second, failed ? "failed" : "completed", {{name, std::move(message[name])}});
  });
  if (is_task) return;
  std::lock_guard lock(mutex_);
  tasks_.erase(id);
}

std::optional<Json> Tasks::Get(const std::string& id) {
  std::lock_guard lock(mutex_);
  Forget();
  auto found = tasks_.find(id);
  if (found == tasks_.end()) return std::nullopt;
  Json task = Describe(id, found->second);
  task.update(found->second.outcome);
  return task;
}

bool Tasks::Cancel(const std::string& id) {
  std::shared_ptr<ToolCall> call;
  {
    std::lock_guard lock(mutex_);
    auto found = tasks_.find(id);
    if (found == tasks_.end()) return false;
    call = found->second.call;
    if (call) End(found->second, "cancelled", Json::object());
  }
  if (call) call->Cancel(ToolCall::For::kTask);
  return true;
}

void Tasks::CancelAll() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::vector<std::string> ids;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, task] : tasks_) {
      if (task.call) ids.push_back(id);
    }
  }
  for (const std::string& id : ids) Cancel(id);
}

void Tasks::End(Task& task, const char* status, Json outcome) {
  if (!task.call) return;
  task.call = nullptr;
  task.status = status;
  task.outcome = std::move(outcome);
  task.bytes = DumpJson(task.outcome).size();
  task.updated = Clock::now();
  bytes_ += task.bytes;
}

void Tasks::Forget() {
  std::erase_if(tasks_, [this](const auto& entry) {
    const Task& task = entry.second;
    if (task.call || Clock::now() - task.updated < kKept) return false;
    bytes_ -= task.bytes;
    return true;
  });
}

Json Tasks::Describe(const std::string& id, const Task& task) {
  Json kept;  // while it works: as long as it takes
  if (!task.call) kept = Milliseconds(task.updated - task.created) + kKept.count();
  return {{"taskId", id},
          {"status", task.status},
          {"createdAt", TimeText(task.created)},
          {"lastUpdatedAt", TimeText(task.updated)},
          {"ttlMs", std::move(kept)},
          {"pollIntervalMs", kBetweenPolls.count()}};
}

}  // namespace v8py::mcp
