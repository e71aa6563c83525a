#include "mcp/otlp.h"

#include <algorithm>
#include <iterator>

#include "include/v8py.h"

namespace v8py::mcp {

namespace {

using Time = std::chrono::system_clock::time_point;

constexpr int kError = 2;                 // of a span's status
constexpr int kCumulative = 2;            // aggregation temporality
constexpr uint32_t kKnowsRemote = 0x100;  // of a span's flags: whether its parent is remote is told
constexpr uint32_t kRemote = 0x200;

std::string Nanoseconds(Time time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

Json Value(const Json& value) {
  if (value.is_boolean()) return {{"boolValue", value}};
  if (value.is_number_integer()) return {{"intValue", value.dump()}};
  if (value.is_number()) return {{"doubleValue", value}};
  return {{"stringValue", value}};
}

Json List(const Attributes& attributes) {
  Json list = Json::array();
  for (const auto& [name, value] : attributes) {
    list.push_back({{"key", name}, {"value", Value(value)}});
  }
  return list;
}

Json Scope() { return {{"name", "v8py.mcp"}, {"version", v8py_version()}}; }

Json SpanJson(const Span& span) {
  uint32_t flags = (span.context.flags & 0xff) | kKnowsRemote | (span.remote_parent ? kRemote : 0);
  Json json = {{"traceId", span.context.trace_id},
               {"spanId", span.context.span_id},
               {"flags", flags},
               {"name", span.name},
               {"kind", static_cast<int>(span.kind)},
               {"startTimeUnixNano", Nanoseconds(span.began)},
               {"endTimeUnixNano", Nanoseconds(span.ended)},
               {"attributes", List(span.attributes)},
               {"status", Json::object()}};
  if (!span.parent.empty()) json["parentSpanId"] = span.parent;
  if (span.attributes.contains("error.type")) json["status"]["code"] = kError;
  return json;
}

Json HistogramJson(const Histogram& histogram) {
  Json counts = Json::array(), bounds = Json::array();
  uint64_t count = 0;
  for (uint64_t one : histogram.counts) {
    counts.push_back(std::to_string(one));
    count += one;
  }
  for (double bound : Histogram::kBounds) bounds.push_back(bound);
  return {{"count", std::to_string(count)}, {"sum", histogram.sum},   {"min", histogram.least},
          {"max", histogram.most},          {"bucketCounts", counts}, {"explicitBounds", bounds}};
}

Json DurationMetric(const std::map<Attributes, Histogram>& durations, const Json& times) {
  Json points = Json::array();
  for (const auto& [attributes, histogram] : durations) {
    Json point = HistogramJson(histogram);
    point.update(times);
    point["attributes"] = List(attributes);
    points.push_back(std::move(point));
  }
  return {{"name", "mcp.server.operation.duration"},
          {"description", "From the arrival of a request to its result."},
          {"unit", "s"},
          {"histogram", {{"dataPoints", points}, {"aggregationTemporality", kCumulative}}}};
}

Json MetricJson(const Metric& metric, const Json& times) {
  Json point = times;
  point["asInt"] = std::to_string(metric.value);
  return {{"name", metric.name},
          {"description", metric.description},
          {"unit", metric.unit},
          {"sum",
           {{"dataPoints", Json::array({point})},
            {"aggregationTemporality", kCumulative},
            {"isMonotonic", metric.kind == Metric::Kind::kTotal}}}};
}

}  // namespace

void Histogram::Add(double seconds) {
  bool first = std::all_of(std::begin(counts), std::end(counts), [](uint64_t n) { return n == 0; });
  least = first ? seconds : std::min(least, seconds);
  most = std::max(most, seconds);
  sum += seconds;
  // A bound belongs to the bucket below it.
  auto bucket = std::lower_bound(std::begin(kBounds), std::end(kBounds), seconds);
  ++counts[bucket - std::begin(kBounds)];
}

Json MakeResource(const Attributes& attributes) { return {{"attributes", List(attributes)}}; }

std::string SpansLine(const Json& resource, const std::vector<Span>& spans) {
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(SpanJson(span));
  Json scope = {{"scope", Scope()}, {"spans", std::move(list)}};
  Json one = {{"resource", resource}, {"scopeSpans", Json::array({std::move(scope)})}};
  return DumpJson({{"resourceSpans", Json::array({std::move(one)})}});
}

std::string MetricsLine(const Json& resource, Time began,
                        const std::map<Attributes, Histogram>& durations,
                        const std::vector<Metric>& metrics) {
  Json times = {{"startTimeUnixNano", Nanoseconds(began)},
                {"timeUnixNano", Nanoseconds(std::chrono::system_clock::now())}};
  Json list = Json::array();
  if (!durations.empty()) list.push_back(DurationMetric(durations, times));
  for (const Metric& metric : metrics) list.push_back(MetricJson(metric, times));
  Json scope = {{"scope", Scope()}, {"metrics", std::move(list)}};
  Json one = {{"resource", resource}, {"scopeMetrics", Json::array({std::move(scope)})}};
  return DumpJson({{"resourceMetrics", Json::array({std::move(one)})}});
}

}  // namespace v8py::mcp
