#include "mcp/sessions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/units.h"
#include "mcp/token.h"

namespace v8py::mcp {

namespace {

constexpr size_t kRemembered = 1000;

Result<SessionHandle> NewInterpreter(const Home& home) {
  v8py_session* raw = nullptr;
  Status status = ToStatus(v8py_session_new(home.runtime.get(), &raw));
  if (!status.ok()) return Fail(status);
  return SessionHandle(raw);
}

auto WithId(const std::string& id) {
  return [&id](const std::shared_ptr<Session>& session) { return session->id == id; };
}

}  // namespace

Result<std::shared_ptr<const Home>> HomeOf(Interpreters& interpreters, const Session* session) {
  if (session) return session->home;
  return interpreters.Get();
}

Result<std::shared_ptr<Session>> Sessions::Create() {
  EndIdle();
  auto home = interpreters_.Get();
  if (!home) return Fail(home.error());
  Result<SessionHandle> interpreter = NewInterpreter(**home);
  if (!interpreter) return Fail(interpreter.error());
  std::lock_guard lock(mutex_);
  if (sessions_.size() >= settings_.sessions) {
    return Fail(CallerError("there are " + std::to_string(sessions_.size()) +
                            " sessions, which is as many as there may be: end one (list_sessions "
                            "names them, end_session ends one)"));
  }
  auto session = std::make_shared<Session>(MakeToken(), *home, std::move(*interpreter));
  session->pending = 1;
  sessions_.push_back(session);
  return session;
}

Result<std::shared_ptr<Session>> Sessions::Acquire(const std::string& id) {
  EndIdle();
  std::lock_guard lock(mutex_);
  auto found = std::find_if(sessions_.begin(), sessions_.end(), WithId(id));
  if (found == sessions_.end()) {
    constexpr auto kAdvice = "; start_session gives a new one";
    auto ended = std::find_if(ended_.begin(), ended_.end(),
                              [&](const auto& known) { return known.first == id; });
    if (ended != ended_.end()) {
      return Fail(CallerError("session " + id + " has ended: " + ended->second + kAdvice));
    }
    return Fail(CallerError("there is no session '" + id.substr(0, 100) + "'" + kAdvice));
  }
  std::lock_guard inner((*found)->mutex);
  ++(*found)->pending;
  return *found;
}

void Sessions::Release(Session& session) {
  const char* reason = "";
  bool alive = v8py_session_alive(session.interpreter.get(), &reason) != 0;
  {
    std::lock_guard lock(session.mutex);
    --session.pending;
    ++session.calls;
    session.used = Session::Clock::now();
  }
  if (alive) return;
  // As a sentence of ours goes on.
  std::string why = reason;
  if (size_t colon = why.find(": "); colon != why.npos) why.erase(0, colon + 2);
  End(session.id, why.substr(0, why.find("; make another")));
}

Status Sessions::Reset(Session& session) {
  auto home = interpreters_.Get();
  if (!home) return home.error();
  Result<SessionHandle> interpreter = NewInterpreter(**home);
  if (!interpreter) return interpreter.error();
  session.interpreter = std::move(*interpreter);
  session.home = *home;  // after what was of the one before
  std::lock_guard lock(session.mutex);
  session.files.clear();
  session.calls = 0;
  return Ok();
}

void Sessions::End(const std::string& id, const std::string& why) {
  Remove([&](const Session& session) { return session.id == id; }, why);
}

void Sessions::EndIdle() {
  if (settings_.session_idle_ms == V8PY_UNLIMITED) return;
  auto longest = std::chrono::milliseconds(settings_.session_idle_ms);
  auto now = Session::Clock::now();
  Remove(
      [&](Session& session) {
        std::lock_guard lock(session.mutex);
        return session.pending == 0 && now - session.used > longest;
      },
      "nobody used it for " + FormatDuration(static_cast<double>(settings_.session_idle_ms)));
}

void Sessions::Remove(const std::function<bool(Session&)>& which, const std::string& why) {
  std::vector<std::shared_ptr<Session>> removed;  // freed outside of the lock
  std::lock_guard lock(mutex_);
  for (const auto& session : sessions_) {
    if (which(*session)) removed.push_back(session);
  }
  for (const auto& session : removed) {
    std::erase(sessions_, session);
    ended_.emplace_back(session->id, why);
    if (ended_.size() > kRemembered) ended_.pop_front();
  }
}

std::deque<std::shared_ptr<Session>> Sessions::All() const {
  std::lock_guard lock(mutex_);
  return sessions_;
}

}  // namespace v8py::mcp
