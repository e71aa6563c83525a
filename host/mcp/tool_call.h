// One request for a tool, from its arrival to its answer: exactly one answer, or none once it is
// cancelled. Thread: any
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "include/v8py.h"
#include "mcp/json_rpc.h"
#include "mcp/revision.h"

namespace v8py::mcp {

class RequestSpan;
class Telemetry;

// Of a line to a client: what is kOptional is dropped when the client reads too slowly.
enum class Urgency { kNeeded, kOptional };
using SendMessage = std::function<void(Json message, Urgency urgency)>;

// The levels of syslog, by their rank; kSilent: the client wants none.
enum class Level {
  kDebug,
  kInfo,
  kNotice,
  kWarning,
  kError,
  kCritical,
  kAlert,
  kEmergency,
  kSilent
};
// nullopt: there is no such level.
std::optional<Level> FindLevel(std::string_view name);

class ToolCall {
 public:
  struct Request {
    Json id;
    Revision revision = kLastLegacy;
    Json progress_token;  // null: progress is not wanted
    Level level = Level::kSilent;
    std::string traceparent = {};  // as the client has sent it; "": it has not
  };
  // `ended` is called once, when it is answered or cancelled.
  ToolCall(Request request, SendMessage send, std::function<void()> ended);
  ToolCall(const ToolCall&) = delete;

  Revision revision() const { return revision_; }
  // Where it is told what becomes of it; null: nowhere. Given before it is begun.
  RequestSpan* span() const { return span_.get(); }
  void Observe(Telemetry& telemetry, std::string_view method, std::string_view tool);
  bool cancelled() const;

  // For a person or a model that watches: a few a second are sent.
  void Progress(std::string_view message);
  void Log(Level level, std::string_view text);
  void Answer(Json result);
  void Fail(ErrorCode code, std::string_view message, Json data = nullptr);
  // Ends what runs for it; nothing more is sent. Once it is handed over its request is answered,
  // and whoever sent that does not end it any more.
  enum class For { kRequest, kTask };
  void Cancel(For whom = For::kRequest);
  // Answers with `result`, and goes on: what it comes to is given to `send`. False: it is answered.
  bool HandOver(Json result, SendMessage send);

  // A program runs for this call, for the length of this object's life. It is ended by `stop` when
  // the call is cancelled, at once if it has been.
  class Running {
   public:
    Running(ToolCall& call, std::function<void()> stop);
    ~Running();
    Running(const Running&) = delete;

   private:
    ToolCall& call_;
  };

 private:
  void End(Json message);

  const Revision revision_;
  mutable std::mutex mutex_;
  Request request_;
  SendMessage send_;
  std::function<void()> ended_;  // null once it was called
  std::function<void()> stop_;
  std::shared_ptr<RequestSpan> span_;
  For whom_ = For::kRequest;  // it is done
  bool cancelled_ = false;
  uint64_t progress_ = 0;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace v8py::mcp
