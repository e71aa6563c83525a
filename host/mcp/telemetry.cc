#include "mcp/telemetry.h"

#include <unistd.h>

#include <utility>

#include "include/v8py.h"
#include "mcp/request_span.h"
#include "mcp/token.h"

namespace v8py::mcp {

namespace {

// Which of a request's attributes make a metric of their own: few values each.
constexpr const char* kCounted[] = {"mcp.method.name",      "gen_ai.tool.name",
                                    "error.type",           "rpc.response.status_code",
                                    "mcp.protocol.version", "gen_ai.operation.name",
                                    "network.transport",    "network.protocol.name"};

}  // namespace

Telemetry::Telemetry(Transport transport)
    : transport_(transport),
      resource_(MakeResource({{"service.name", "v8py"},
                              {"service.version", v8py_version()},
                              {"service.instance.id", MakeToken()},
                              {"process.pid", getpid()}})) {}

Result<std::shared_ptr<Telemetry>> Telemetry::Open(const std::string& path, Transport transport,
                                                   std::chrono::milliseconds every) {
  std::shared_ptr<Telemetry> telemetry(new Telemetry(transport));
  auto file = LineFile::Open(
      path, every, [raw = telemetry.get()](uint64_t dropped) { return raw->Metrics(dropped); });
  if (!file) return Fail(file.error());
  telemetry->file_ = std::move(*file);
  return telemetry;
}

Telemetry::~Telemetry() {
  if (file_) file_->Add(Metrics(file_->dropped()));
}

void Telemetry::SetLevels(std::function<Levels()> levels) {
  std::lock_guard lock(levels_mutex_);
  levels_ = std::move(levels);
}

std::shared_ptr<RequestSpan> Telemetry::Begin(std::string_view method, std::string_view tool,
                                              std::string_view revision, const Json& id,
                                              std::string_view traceparent) {
  Span span;
  span.name = method;
  if (!tool.empty()) span.name += " " + std::string(tool);
  span.kind = Span::Kind::kServer;
  if (auto parent = ParseTraceparent(traceparent)) {
    span.context = *parent;
    span.parent = parent->span_id;
    span.remote_parent = true;
  } else {
    span.context.trace_id = MakeTraceId();
  }
  span.context.span_id = MakeSpanId();
  std::string name = id.is_string() ? id.get<std::string>().substr(0, 100) : DumpJson(id);
  span.attributes = {{"mcp.method.name", method},
                     {"mcp.protocol.version", revision},
                     {"jsonrpc.request.id", name},
                     {"network.transport", transport_ == Transport::kHttp ? "tcp" : "pipe"}};
  if (transport_ == Transport::kHttp) span.attributes["network.protocol.name"] = "http";
  if (method == "tools/call") span.attributes["gen_ai.operation.name"] = "execute_tool";
  if (!tool.empty()) span.attributes["gen_ai.tool.name"] = tool;
  return std::make_shared<RequestSpan>(shared_from_this(), std::move(span));
}

void Telemetry::Count(const Span& request, size_t bytes) {
  Attributes key;
  for (const char* name : kCounted) {
    auto found = request.attributes.find(name);
    if (found != request.attributes.end()) key.insert(*found);
  }
  std::lock_guard lock(mutex_);
  durations_[key].Add(std::chrono::duration<double>(request.ended - request.began).count());
  bytes_ += bytes;
}

void Telemetry::Write(const std::vector<Span>& spans) { file_->Add(SpansLine(resource_, spans)); }

std::string Telemetry::Metrics(uint64_t dropped) {
  using enum Metric::Kind;
  Levels levels;
  {
    std::lock_guard lock(levels_mutex_);
    if (levels_) levels = levels_();
  }
  std::lock_guard lock(mutex_);
  return MetricsLine(
      resource_, began_, durations_,
      {{"v8py.mcp.sessions", "Sessions that are open.", "{session}", kLevel, levels.sessions},
       {"v8py.mcp.queue", "Calls that wait for their turn.", "{call}", kLevel, levels.waiting},
       {"v8py.mcp.result.size", "Texts and data in results.", "By", kTotal, bytes_},
       {"v8py.telemetry.dropped", "Lines that could not be written.", "{line}", kTotal, dropped}});
}

}  // namespace v8py::mcp
