// Spans and metrics as OTLP's JSON has them, a line each: what the OpenTelemetry Collector's file
// exporter writes and its receiver "otlpjsonfile" reads.
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: identifiers in hexadecimal,
// integers of 64 bits as texts, enumerations as numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/trace_context.h"

namespace v8py::mcp {

// Names and values: texts, integers, numbers, truth values.
using Attributes = std::map<std::string, Json>;

struct Span {
  enum class Kind { kInternal = 1, kServer = 2 };
  std::string name;
  Kind kind = Kind::kInternal;
  TraceContext context;
  std::string parent;  // the id of a span; "": none
  bool remote_parent = false;
  std::chrono::system_clock::time_point began, ended;
  Attributes attributes;  // with error.type the status is that of an error
};

// How long what has these attributes took.
struct Histogram {
  // In seconds, as the semantic conventions for MCP want them.
  static constexpr double kBounds[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1,
                                       2,    5,    10,   30,  60,  120, 300};
  void Add(double seconds);

  uint64_t counts[std::size(kBounds) + 1] = {};  // one more: what is above the last
  double sum = 0, least = 0, most = 0;
};

struct Metric {
  // kTotal only rises; kLevel goes up and down.
  enum class Kind { kTotal, kLevel };
  const char *name, *description, *unit;
  Kind kind;
  uint64_t value;
};

// What is said of the process that all this is of, with each line.
Json MakeResource(const Attributes& attributes);

std::string SpansLine(const Json& resource, const std::vector<Span>& spans);
// `began`: from when on it was counted.
std::string MetricsLine(const Json& resource, std::chrono::system_clock::time_point began,
                        const std::map<Attributes, Histogram>& durations,
                        const std::vector<Metric>& metrics);

}  // namespace v8py::mcp
