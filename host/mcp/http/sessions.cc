#include "mcp/http/sessions.h"

#include <algorithm>
#include <vector>

#include "mcp/token.h"

namespace v8py::mcp {

namespace {

constexpr size_t kMost = 1024;
constexpr std::chrono::hours kIdle{1};

}  // namespace

std::shared_ptr<Connection> HttpSessions::Create(std::string& name) {
  name = MakeToken();
  auto connection = std::make_shared<Connection>(offer_);
  std::shared_ptr<Connection> ended;  // outside of the lock
  std::lock_guard lock(mutex_);
  if (sessions_.size() >= kMost) {
    auto oldest = std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    ended = std::move(oldest->second.connection);
    sessions_.erase(oldest);
  }
  sessions_[name] = {connection, Clock::now()};
  return connection;
}

std::shared_ptr<Connection> HttpSessions::Find(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(name);
  if (found == sessions_.end()) return nullptr;
  found->second.used = Clock::now();
  return found->second.connection;
}

bool HttpSessions::End(const std::string& name) {
  std::shared_ptr<Connection> ended;
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(name);
  if (found == sessions_.end()) return false;
  ended = std::move(found->second.connection);
  sessions_.erase(found);
  return true;
}

void HttpSessions::EndIdle() {
  std::vector<std::shared_ptr<Connection>> ended;
  std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](auto& entry) {
    if (Clock::now() - entry.second.used < kIdle) return false;
    ended.push_back(std::move(entry.second.connection));
    return true;
  });
}

void HttpSessions::Clear() {
  std::map<std::string, Session> ended;
  std::lock_guard lock(mutex_);
  ended.swap(sessions_);
}

}  // namespace v8py::mcp
