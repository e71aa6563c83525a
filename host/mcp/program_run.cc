#include "mcp/program_run.h"

#include <utility>

#include "mcp/request_span.h"

namespace v8py::mcp {

namespace {

constexpr size_t kMostOfLine = 10'000;  // that a log tells

struct Watcher {
  ToolCall& call;
  std::string_view input;
  OutputLines lines;
  bool input_given = false;
};

int OnOutput(void* user, v8py_stream stream, const char* data, size_t size) {
  auto* watcher = static_cast<Watcher*>(user);
  watcher->lines.Add(stream, {data, size}, [&](v8py_stream from, const std::string& line) {
    watcher->call.Log(from == V8PY_STDOUT ? Level::kInfo : Level::kWarning,
                      std::string_view(line).substr(0, kMostOfLine));
    watcher->call.Progress(std::string_view(line).substr(0, 1000));
  });
  return 0;
}

void OnInput(void* user, v8py_run* run) {
  auto* watcher = static_cast<Watcher*>(user);
  if (std::exchange(watcher->input_given, true)) return;
  v8py_run_write_input(run, watcher->input.data(), watcher->input.size());
  v8py_run_end_input(run);
}

void OnStep(void* user, const char* step) {
  auto* watcher = static_cast<Watcher*>(user);
  watcher->call.Log(Level::kDebug, step);
  watcher->call.Progress(step);
}

}  // namespace

std::vector<std::string> OutputLines::Take() {
  for (std::string& open : open_) {
    if (!open.empty()) lines_.push_back(std::move(open));
  }
  return std::move(lines_);
}

Result<Ended> RunProgram(v8py_runtime* runtime, v8py_session* session, OptionsHandle options,
                         ToolCall& call, std::string_view input) {
  Watcher watcher{call, input, {}, false};
  v8py_options_set_callbacks(options.get(), OnOutput, OnInput, &watcher);
  v8py_options_set_progress(options.get(), OnStep, &watcher);
  // It is told apart from what the program itself has printed.
  v8py_options_set_flag(options.get(), V8PY_FLAG_PRINT_ERROR, 0);
  auto began = RequestSpan::Clock::now();
  v8py_run* raw_run = nullptr;
  Status status = ToStatus(session ? v8py_session_start(session, options.get(), &raw_run)
                                   : v8py_run_start(runtime, options.get(), &raw_run));
  RunHandle run(raw_run);
  if (!status.ok()) return Fail(status);
  // A session outlives what is cancelled in it, if it listens.
  ToolCall::Running running(
      call, [raw_run, session] { session ? v8py_run_cancel(raw_run) : v8py_run_kill(raw_run); });
  v8py_result* raw_result = nullptr;
  status = ToStatus(v8py_run_wait(raw_run, &raw_result));
  ResultHandle ended(raw_result);
  if (!status.ok()) return Fail(status);
  // Nobody takes what it came to, and its output may be long. (Of a session its files are noted.)
  if (!session && !call.span() && call.cancelled()) return Fail(CallerError("cancelled"));
  Result<Json> json = ParseJson(v8py_result_json(ended.get()));
  if (!json) return Fail(json.error());
  if (call.span()) call.span()->AddRun(began, *json);
  size_t size = 0;
  const char* output = v8py_result_output(ended.get(), V8PY_STDOUT, &size);
  return Ended{std::move(*json), watcher.lines.Take(), {output, size}};
}

}  // namespace v8py::mcp
