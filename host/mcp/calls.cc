#include "mcp/calls.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace v8py::mcp {

namespace {

constexpr std::chrono::milliseconds kHold{20};

}  // namespace

Calls::~Calls() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Calls::Add(std::string session, std::function<void()> work) {
  std::lock_guard lock(mutex_);
  bool at_once = running_ < most_running_ && waiting_.empty();
  if (ending_ || (!at_once && waiting_.size() >= most_waiting_)) return false;
  waiting_.push_back({std::move(session), std::move(work)});
  bool more = waiting_.size() > static_cast<size_t>(idle_) &&
              threads_.size() < static_cast<size_t>(most_running_);
  if (more) threads_.emplace_back([this] { Work(); });
  changed_.notify_all();
  return true;
}

size_t Calls::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

bool Calls::WaitUntilIdle(int milliseconds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                           [this] { return waiting_.empty() && running_ == 0; });
}

std::deque<Calls::Call>::iterator Calls::Next() {
  return std::find_if(waiting_.begin(), waiting_.end(), [this](const Call& call) {
    return call.session.empty() || !busy_.contains(call.session);
  });
}

void Calls::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || Next() != waiting_.end(); });
    --idle_;
    while (!ending_ && hold_()) changed_.wait_for(lock, kHold);
    if (ending_) return;
    auto next = Next();
    if (next == waiting_.end()) continue;  // another thread has it
    Call call = std::move(*next);
    waiting_.erase(next);
    ++running_;
    if (!call.session.empty()) busy_.insert(call.session);
    lock.unlock();
    call.work();
    call.work = nullptr;
    lock.lock();
    --running_;
    busy_.erase(call.session);
    changed_.notify_all();
  }
}

}  // namespace v8py::mcp
