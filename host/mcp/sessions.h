// Interpreters that are kept for a client, by names that nobody guesses. Thread: any
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/json.h"
#include "mcp/handles.h"
#include "mcp/interpreters.h"
#include "mcp/settings.h"

namespace v8py::mcp {

struct KnownFile {
  uint64_t size = 0;
  std::string type;  // MIME
};

// One of them. Its calls come one after another; what they share with lists is behind the mutex.
struct Session {
  using Clock = std::chrono::steady_clock;

  const std::string id;
  std::shared_ptr<const Home> home;  // shared with other sessions and Interpreters
  SessionHandle interpreter;         // for the call whose turn it is; of that home
  std::mutex mutex;
  const Clock::time_point created = Clock::now();
  Clock::time_point used = Clock::now();
  int calls = 0;                           // so far
  int pending = 0;                         // calls that run or wait
  std::map<std::string, KnownFile> files;  // that its programs have made or changed, by their paths
};

// Where programs of a session run, or others. Fails when there is nothing to run them.
Result<std::shared_ptr<const Home>> HomeOf(Interpreters& interpreters, const Session* session);

class Sessions {
 public:
  Sessions(const Settings& settings, Interpreters& interpreters)
      : settings_(settings), interpreters_(interpreters) {}

  // kCaller when there are as many as there may be.
  Result<std::shared_ptr<Session>> Create();
  // One that is in use from now on: until Release(). kCaller with what to do instead when there is
  // none of this name (any more).
  Result<std::shared_ptr<Session>> Acquire(const std::string& id);
  void Release(Session& session);
  // Gives it a new interpreter; in its turn only.
  Status Reset(Session& session);
  // It is found no more. `why`, for whoever asks for it later.
  void End(const std::string& id, const std::string& why);
  // Ends those that nobody has used for too long.
  void EndIdle();
  // All, in the order in which they were made.
  std::deque<std::shared_ptr<Session>> All() const;

 private:
  void Remove(const std::function<bool(Session&)>& which, const std::string& why);

  const Settings& settings_;
  Interpreters& interpreters_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Session>> sessions_;
  std::deque<std::pair<std::string, std::string>> ended_;  // id and why; the last of them
};

}  // namespace v8py::mcp
