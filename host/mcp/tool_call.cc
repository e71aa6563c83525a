#include "mcp/tool_call.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mcp/request_span.h"
#include "mcp/telemetry.h"

namespace v8py::mcp {

namespace {

constexpr std::string_view kLevels[] = {"debug", "info",     "notice", "warning",
                                        "error", "critical", "alert",  "emergency"};
constexpr std::chrono::milliseconds kBetweenProgress{200};

}  // namespace

std::optional<Level> FindLevel(std::string_view name) {
  auto found = std::find(std::begin(kLevels), std::end(kLevels), name);
  if (found == std::end(kLevels)) return std::nullopt;
  return static_cast<Level>(found - std::begin(kLevels));
}

ToolCall::ToolCall(Request request, SendMessage send, std::function<void()> ended)
    : revision_(request.revision),
      request_(std::move(request)),
      send_(std::move(send)),
      ended_(std::move(ended)) {}

bool ToolCall::cancelled() const {
  std::lock_guard lock(mutex_);
  return cancelled_;
}

void ToolCall::Observe(Telemetry& telemetry, std::string_view method, std::string_view tool) {
  std::lock_guard lock(mutex_);
  span_ = telemetry.Begin(method, tool, NameOf(revision_), request_.id, request_.traceparent);
}

void ToolCall::Progress(std::string_view message) {
  std::lock_guard lock(mutex_);
  auto now = std::chrono::steady_clock::now();
  if (!ended_ || request_.progress_token.is_null() || now - last_progress_ < kBetweenProgress)
    return;
  last_progress_ = now;
  Json params = {{"progressToken", request_.progress_token}, {"progress", ++progress_}};
  if (HasProgressMessages(revision_)) params["message"] = message;
  send_(MakeNotification("notifications/progress", std::move(params)), Urgency::kOptional);
}

void ToolCall::Log(Level level, std::string_view text) {
  std::lock_guard lock(mutex_);
  if (!ended_ || level < request_.level) return;
  Json params = {{"level", kLevels[static_cast<size_t>(level)]}, {"data", text}};
  send_(MakeNotification("notifications/message", std::move(params)), Urgency::kOptional);
}

void ToolCall::Answer(Json result) { End(MakeResult(request_.id, std::move(result))); }

void ToolCall::Fail(ErrorCode code, std::string_view message, Json data) {
  End(MakeError(request_.id, code, message, std::move(data)));
}

void ToolCall::End(Json message) {
  std::function<void()> ended;
  SendMessage send;
  {
    std::lock_guard lock(mutex_);
    if (!ended_) return;
    ended = std::exchange(ended_, nullptr);
    send = send_;
    if (span_) span_->End(message);
  }
  // First: once it has the answer, a client may use the id again.
  ended();
  send(std::move(message), Urgency::kNeeded);
}

void ToolCall::Cancel(For whom) {
  std::function<void()> ended;
  {
    std::lock_guard lock(mutex_);
    if (!ended_ || whom != whom_) return;
    ended = std::exchange(ended_, nullptr);
    cancelled_ = true;
    if (stop_) stop_();
    if (span_) span_->Cancel();
  }
  ended();
}

bool ToolCall::HandOver(Json result, SendMessage send) {
  std::function<void()> ended;
  {
    std::lock_guard lock(mutex_);
    if (!ended_) return false;
    ended = std::exchange(ended_, [] {});
    whom_ = For::kTask;
    std::swap(send_, send);
    request_.progress_token = nullptr;
    request_.level = Level::kSilent;
  }
  ended();
  send(MakeResult(request_.id, std::move(result)), Urgency::kNeeded);
  return true;
}

ToolCall::Running::Running(ToolCall& call, std::function<void()> stop) : call_(call) {
  std::lock_guard lock(call_.mutex_);
  call_.stop_ = std::move(stop);
  if (call_.cancelled_) call_.stop_();
}

ToolCall::Running::~Running() {
  std::lock_guard lock(call_.mutex_);
  call_.stop_ = nullptr;
}

}  // namespace v8py::mcp
