#include "mcp/request_span.h"

#include <utility>

#include "mcp/json_rpc.h"

namespace v8py::mcp {

namespace {

// Of texts, wherever they are in a value.
size_t SizeOfTexts(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().size();
  if (!value.is_structured()) return 0;
  size_t size = 0;
  for (const Json& part : value) size += SizeOfTexts(part);
  return size;
}

// Words and figures of a program's end that do not come from the program.
Attributes RunAttributes(const Json& result) {
  Attributes attributes;
  auto add = [&attributes](const char* name, const Json& value) {
    if (value.is_string() || value.is_number()) attributes[name] = value;
  };
  add("v8py.status", Member(result, "status"));
  add("v8py.reason", Member(result, "reason"));
  add("v8py.exit_code", Member(result, "exit_code"));
  add("v8py.limit", Member(Member(result, "limit"), "name"));
  add("v8py.cpu_ms", Member(result, "cpu_ms"));
  const Json& durations = Member(result, "durations");
  add("v8py.queue_ms", Member(durations, "queue_ms"));
  add("v8py.boot_ms", Member(durations, "boot_ms"));
  add("v8py.run_ms", Member(durations, "run_ms"));
  const Json& memory = Member(result, "peak_memory");
  add("v8py.wasm_bytes", Member(memory, "wasm_bytes"));
  add("v8py.heap_bytes", Member(memory, "heap_bytes"));
  add("v8py.resident_bytes", Member(memory, "resident_bytes"));
  add("v8py.start", Member(Member(result, "start"), "from"));
  return attributes;
}

}  // namespace

RequestSpan::RequestSpan(std::shared_ptr<Telemetry> telemetry, Span span)
    : telemetry_(std::move(telemetry)), span_(std::move(span)) {
  span_.began = std::chrono::system_clock::now();
}

RequestSpan::~RequestSpan() { Cancel(); }

// The clock of the system may be set meanwhile: what took how long does not depend on it.
std::chrono::system_clock::time_point RequestSpan::At(Clock::time_point time) const {
  return span_.began +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(time - began_);
}

Span RequestSpan::Child(std::string_view name, Clock::time_point began) const {
  Span child;
  child.name = name;
  child.context = span_.context;
  child.context.span_id = MakeSpanId();
  child.parent = span_.context.span_id;
  child.began = At(began);
  child.ended = At(Clock::now());
  return child;
}

void RequestSpan::Begin() {
  std::lock_guard lock(mutex_);
  if (!ended_) children_.push_back(Child("queue", began_));
}

void RequestSpan::SetError(std::string_view type) {
  std::lock_guard lock(mutex_);
  error_ = type;
}

void RequestSpan::AddRun(Clock::time_point began, const Json& result) {
  std::lock_guard lock(mutex_);
  Span run = Child("run", began);
  run.attributes = RunAttributes(result);
  std::string status = result.value("status", "");
  bool failed = status != "ok" || Member(result, "exit_code") != 0;
  if (failed) {
    bool ordinary = status == "ok" || status == "error";
    run.attributes["error.type"] = ordinary ? "tool_error" : status;
    error_ = ordinary ? "tool_error" : status;
  }
  // Of a request that was cancelled the program ends a little later.
  if (ended_) return telemetry_->Write({run});
  children_.push_back(std::move(run));
}

void RequestSpan::End(const Json& answer) {
  std::lock_guard lock(mutex_);
  if (ended_) return;
  const Json& error = Member(answer, "error");
  const Json& result = Member(answer, "result");
  if (error.is_object()) {
    std::string code = DumpJson(Member(error, "code"));
    span_.attributes["rpc.response.status_code"] = code;
    span_.attributes["error.type"] = code;
  } else if (Member(result, "isError") == true) {
    span_.attributes["error.type"] = error_;
  }
  Finish(SizeOfTexts(result));
}

void RequestSpan::Cancel() {
  std::lock_guard lock(mutex_);
  if (ended_) return;
  span_.attributes["error.type"] = "cancelled";
  Finish(0);
}

void RequestSpan::Finish(size_t bytes) {
  ended_ = true;
  span_.ended = At(Clock::now());
  span_.attributes["v8py.result_bytes"] = bytes;
  telemetry_->Count(span_, bytes);
  std::vector<Span> all = {span_};
  for (Span& child : children_) all.push_back(std::move(child));
  telemetry_->Write(all);
}

}  // namespace v8py::mcp
