// What becomes of one request, until its answer: its span, and below it one for the time in which
// it waited for its turn and one for each program that ran for it. Thread: any
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/otlp.h"
#include "mcp/telemetry.h"

namespace v8py::mcp {

class RequestSpan {
 public:
  using Clock = std::chrono::steady_clock;

  RequestSpan(std::shared_ptr<Telemetry> telemetry, Span span);
  // Without an answer it was cancelled.
  ~RequestSpan();
  RequestSpan(const RequestSpan&) = delete;

  // Its turn has come.
  void Begin();
  // What the error is of, should the answer be one: "busy".
  void SetError(std::string_view type);
  // A program ran from then to now; `result` as result.schema.json has it.
  void AddRun(Clock::time_point began, const Json& result);
  // Only the first of these counts. `answer`: a result or an error.
  void End(const Json& answer);
  void Cancel();

 private:
  // With mutex_ held:
  std::chrono::system_clock::time_point At(Clock::time_point time) const;
  Span Child(std::string_view name, Clock::time_point began) const;
  void Finish(size_t bytes);

  const std::shared_ptr<Telemetry> telemetry_;  // shared with all spans and the settings
  const Clock::time_point began_ = Clock::now();
  std::mutex mutex_;
  Span span_;
  std::vector<Span> children_;
  std::string error_ = "tool_error";
  bool ended_ = false;
};

}  // namespace v8py::mcp
