// What a server does, for whoever watches it: a span for each request, counters now and then, in
// a file (line_file.h) of OTLP's JSON (otlp.h). The names are those of OpenTelemetry's semantic
// conventions for MCP, and ours begin with "v8py.". No program, value, output or name of a session
// is in it: those are secrets of clients. Thread: any
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "mcp/line_file.h"
#include "mcp/otlp.h"

namespace v8py::mcp {

class RequestSpan;

class Telemetry : public std::enable_shared_from_this<Telemetry> {
 public:
  // Metrics are written each time that this has passed, and at the end.
  static constexpr std::chrono::milliseconds kEvery{60'000};
  enum class Transport { kPipe, kHttp };
  struct Levels {
    size_t sessions = 0, waiting = 0;
  };

  // kCaller when the file cannot be written. Shared with the spans, which end after it is no
  // longer needed elsewhere.
  static Result<std::shared_ptr<Telemetry>> Open(const std::string& path, Transport transport,
                                                 std::chrono::milliseconds every = kEvery);
  // Writes the metrics a last time.
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;

  // Asked for metrics; null: from now on there are none of these. Not called afterwards.
  void SetLevels(std::function<Levels()> levels);
  // A request has come. `method` and `tool` ("": none) are names that we know. `traceparent`: the
  // client's, "" or whatever it has sent.
  std::shared_ptr<RequestSpan> Begin(std::string_view method, std::string_view tool,
                                     std::string_view revision, const Json& id,
                                     std::string_view traceparent);

 private:
  friend class RequestSpan;
  explicit Telemetry(Transport transport);
  // Of what is `ended`; counts it, too. `bytes`: of its result.
  void Count(const Span& request, size_t bytes);
  void Write(const std::vector<Span>& spans);
  std::string Metrics(uint64_t dropped);

  const Transport transport_;
  const std::chrono::system_clock::time_point began_ = std::chrono::system_clock::now();
  const Json resource_;
  std::mutex mutex_;
  std::map<Attributes, Histogram> durations_;
  uint64_t bytes_ = 0;
  std::mutex levels_mutex_;  // held while they are asked for
  std::function<Levels()> levels_;
  std::unique_ptr<LineFile> file_;  // last: its thread asks for metrics
};

}  // namespace v8py::mcp
