// Where a request stands in a trace: W3C Trace Context, https://www.w3.org/TR/trace-context/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace v8py::mcp {

struct TraceContext {
  std::string trace_id;  // 32 hexadecimal digits
  std::string span_id;   // 16
  uint32_t flags = 1;    // 1: sampled
};

// What a client's "traceparent" says; nullopt: it is none that is valid, and is to be ignored.
std::optional<TraceContext> ParseTraceparent(std::string_view text);

std::string MakeTraceId();
std::string MakeSpanId();

}  // namespace v8py::mcp
