// Clients that have initialized over HTTP, in the revisions that have a handshake, by the names
// that they send as Mcp-Session-Id.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mcp/connection.h"

namespace v8py::mcp {

class HttpSessions {
 public:
  explicit HttpSessions(Offer& offer) : offer_(offer) {}

  // A new one. The one that was idle for longest ends when there are too many.
  std::shared_ptr<Connection> Create(std::string& name);
  // nullptr: there is none.
  std::shared_ptr<Connection> Find(const std::string& name);
  // What is under way in it is cancelled. False: there is none.
  bool End(const std::string& name);
  void EndIdle();
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Session {
    std::shared_ptr<Connection> connection;
    Clock::time_point used;
  };

  Offer& offer_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;
};

}  // namespace v8py::mcp
