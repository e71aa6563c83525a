#include "mcp/telemetry.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "mcp/request_span.h"
#include "mcp/trace_context.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py::mcp {

namespace {

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::vector<Json> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

// What an attribute of a span, a point or a resource has as its value; null: it is not there.
Json ValueOf(const Json& object, std::string_view name) {
  for (const Json& one : object["attributes"]) {
    if (one["key"] == name) return one["value"].front();
  }
  return nullptr;
}

Json SpansOf(const Json& line) { return line["resourceSpans"][0]["scopeSpans"][0]["spans"]; }
Json MetricsOf(const Json& line) {
  return line["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
}

}  // namespace

TEST_CASE("a traceparent is read as W3C has it, and what is none is ignored") {
  auto parent = ParseTraceparent(kParent);
  REQUIRE(parent);
  CHECK(parent->trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(parent->span_id == "00f067aa0ba902b7");
  CHECK(parent->flags == 1);
  CHECK(ParseTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
  for (std::string_view wrong :
       {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseTraceparent(wrong));
  }
}

TEST_CASE("a duration is in the bucket of the bound that it does not pass") {
  Histogram histogram;
  for (double seconds : {0.0, 0.01, 0.011, 300.0, 301.0}) histogram.Add(seconds);
  CHECK(histogram.counts[0] == 2);
  CHECK(histogram.counts[1] == 1);
  CHECK(histogram.counts[13] == 1);
  CHECK(histogram.counts[14] == 1);
  CHECK(histogram.least == 0.0);
  CHECK(histogram.most == 301.0);
  CHECK(histogram.sum == doctest::Approx(601.021));
}

TEST_CASE("a request is a line with its span and those below it, and the end one of metrics") {
  LeakCheck leaks;
  TemporaryFolder folder;
  std::string path = folder.path() + "/telemetry.jsonl";
  {
    auto telemetry = Telemetry::Open(path, Telemetry::Transport::kPipe);
    REQUIRE(telemetry);
    (*telemetry)->SetLevels([] { return Telemetry::Levels{3, 4}; });
    auto span = (*telemetry)->Begin("tools/call", "run_python_code", "2026-07-28", "id", kParent);
    span->Begin();
    span->AddRun(RequestSpan::Clock::now(), {{"status", "timeout"}, {"exit_code", 124}});
    span->End({{"result", {{"isError", true}, {"content", {{{"text", "12345"}}}}}}});
    span->Cancel();  // has no effect any more
  }
  struct stat info;
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  auto lines = Lines(path);
  REQUIRE(lines.size() == 2);
  Json spans = SpansOf(lines[0]);
  REQUIRE(spans.size() == 3);
  CHECK(spans[0]["name"] == "tools/call run_python_code");
  CHECK(spans[0]["kind"] == 2);
  CHECK(spans[0]["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(spans[0]["parentSpanId"] == "00f067aa0ba902b7");
  CHECK(spans[0]["flags"] == 0x301);
  CHECK(spans[0]["status"]["code"] == 2);
  CHECK(ValueOf(spans[0], "error.type") == "timeout");
  CHECK(ValueOf(spans[0], "v8py.result_bytes") == "5");
  CHECK(spans[1]["name"] == "queue");
  CHECK(spans[2]["name"] == "run");
  for (int i : {1, 2}) {
    CHECK(spans[i]["traceId"] == spans[0]["traceId"]);
    CHECK(spans[i]["parentSpanId"] == spans[0]["spanId"]);
    CHECK(spans[i]["flags"] == 0x101);
  }
  Json metrics = MetricsOf(lines[1]);
  Json point = metrics[0]["histogram"]["dataPoints"][0];
  CHECK(metrics[0]["name"] == "mcp.server.operation.duration");
  CHECK(point["count"] == "1");
  CHECK(ValueOf(point, "error.type") == "timeout");
  CHECK(ValueOf(point, "jsonrpc.request.id") == nullptr);
  CHECK(metrics[1]["sum"]["dataPoints"][0]["asInt"] == "3");
  CHECK(metrics[2]["sum"]["dataPoints"][0]["asInt"] == "4");
}

TEST_CASE("a request that nobody answers was cancelled, and its program may end later") {
  LeakCheck leaks;
  TemporaryFolder folder;
  std::string path = folder.path() + "/telemetry.jsonl";
  {
    auto telemetry = Telemetry::Open(path, Telemetry::Transport::kHttp);
    REQUIRE(telemetry);
    auto span = (*telemetry)->Begin("tools/call", "", "2025-11-25", 7, "nonsense");
    span->Cancel();
    span->AddRun(RequestSpan::Clock::now(), {{"status", "killed"}, {"exit_code", 137}});
    (*telemetry)->Begin("resources/read", "", "2025-11-25", 8, "");
  }
  auto lines = Lines(path);
  REQUIRE(lines.size() == 4);
  Json span = SpansOf(lines[0])[0], run = SpansOf(lines[1])[0], other = SpansOf(lines[2])[0];
  CHECK(ValueOf(span, "error.type") == "cancelled");
  CHECK(ValueOf(span, "network.transport") == "tcp");
  CHECK_FALSE(span.contains("parentSpanId"));
  CHECK(run["parentSpanId"] == span["spanId"]);
  CHECK(ValueOf(other, "error.type") == "cancelled");
  CHECK(other["traceId"] != span["traceId"]);
}

TEST_CASE("lines of several servers in one file do not mix, and metrics come now and then") {
  LeakCheck leaks;
  TemporaryFolder folder;
  std::string path = folder.path() + "/telemetry.jsonl";
  constexpr int kServers = 4, kRequests = 300;
  std::vector<std::thread> servers;
  for (int i = 0; i < kServers; ++i) {
    servers.emplace_back([&] {
      auto telemetry =
          Telemetry::Open(path, Telemetry::Transport::kPipe, std::chrono::milliseconds(1));
      for (int j = 0; j < kRequests; ++j) {
        (*telemetry)
            ->Begin("tools/call", "list_sessions", "2026-07-28", j, "")
            ->End(Json::object());
      }
    });
  }
  for (std::thread& server : servers) server.join();
  size_t spans = 0, metrics = 0;
  for (const Json& line : Lines(path)) ++(line.contains("resourceSpans") ? spans : metrics);
  CHECK(spans == kServers * kRequests);
  CHECK(metrics > kServers);
}

TEST_CASE("what is no file is refused at once, and one that takes nothing disturbs nobody") {
  LeakCheck leaks;
  TemporaryFolder folder;
  std::string pipe = folder.path() + "/pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path : {folder.path(), pipe, folder.path() + "/none/file"}) {
    auto telemetry = Telemetry::Open(path, Telemetry::Transport::kPipe);
    REQUIRE_FALSE(telemetry);
    CHECK(telemetry.error().code() == Code::kCaller);
    CHECK(telemetry.error().message().find(path) != std::string::npos);
  }
  auto full =
      LineFile::Open("/dev/full", Telemetry::kEvery, [](uint64_t) { return std::string(); });
  REQUIRE(full);
  for (int i = 0; i < 10; ++i) (*full)->Add("line");
  while ((*full)->dropped() < 10) std::this_thread::yield();
  CHECK((*full)->dropped() == 10);
  (*full)->Add(std::string(LineFile::kMostWaiting, 'x'));
  CHECK((*full)->dropped() == 11);
}

}  // namespace v8py::mcp
