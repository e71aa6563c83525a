#include "python/run_report.h"

#include <algorithm>
#include <csignal>

#include "base/json.h"

namespace v8py {

namespace {

const char* KindName(RunMessage::Kind kind) {
  switch (kind) {
    case RunMessage::Kind::kCode:
      return "code";
    case RunMessage::Kind::kFile:
      return "file";
    case RunMessage::Kind::kModule:
      break;
  }
  return "module";
}

std::string StringIn(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int IntegerIn(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int>() : 0;
}

void ReadError(const Json& error, ResultMessage& result) {
  result.error =
      ErrorInfo{StringIn(error, "type"), StringIn(error, "message"), StringIn(error, "traceback"),
                StringIn(error, "file"), IntegerIn(error, "line")};
}

void ReadValue(const Json& value, ResultMessage& result) {
  ValueInfo info;
  info.repr = StringIn(value, "repr");
  if (value.contains("json")) info.json = value["json"];
  if (value.contains("mime") && value["mime"].is_object()) info.mime = value["mime"];
  if (value.contains("plain") && value["plain"].is_string()) {
    info.plain = value["plain"].get<std::string>();
  }
  result.value = std::move(info);
}

// The frames of faulthandler's dump: `  File "x.py", line 3 in f`, innermost first.
std::vector<std::string> ParseDump(std::string_view dump) {
  std::vector<std::string> frames;
  while (!dump.empty()) {
    size_t end = std::min(dump.find('\n'), dump.size());
    std::string_view line = dump.substr(0, end);
    dump.remove_prefix(std::min(end + 1, dump.size()));
    size_t file = line.find("File \"");
    if (file == std::string_view::npos || line.find("_v8py.py\"") != std::string_view::npos ||
        line.find("/pyodide/") != std::string_view::npos) {
      continue;
    }
    std::string frame(line.substr(file));
    size_t in = frame.rfind(" in ");
    if (in != std::string::npos && frame.find(", in ") == std::string::npos) frame.insert(in, ",");
    frames.push_back(std::move(frame));
  }
  std::reverse(frames.begin(), frames.end());
  return frames;
}

}  // namespace

int SignalFor(InterruptMessage::Reason reason) {
  switch (reason) {
    case InterruptMessage::Reason::kWall:
      return SIGALRM;
    case InterruptMessage::Reason::kCpu:
      return SIGXCPU;
    case InterruptMessage::Reason::kCancel:
      break;
  }
  return SIGINT;
}

std::string ProgramSpec(const RunMessage& program, Purpose purpose) {
  Json environment = Json::object();
  for (const auto& [name, value] : program.environment) environment[name] = value;
  return DumpJson({{"kind", KindName(program.kind)},
                   {"argv", program.argv},
                   {"environment", environment},
                   {"color", program.color},
                   {"print_error", program.print_error},
                   {"rehearsal", purpose == Purpose::kRehearsal},
                   {"variables", program.variables},
                   {"want_value", program.want_value},
                   {"want_plain", program.want_plain},
                   {"explain", program.explain},
                   {"keep", program.keep},
                   {"files_out", program.files_out},
                   {"wall_limit_ms", program.wall_limit_ms},
                   {"cpu_limit_ms", program.cpu_limit_ms}});
}

std::string MountsText(const RunMessage& program) {
  Json mounts = Json::array();
  for (const MountInfo& mount : program.mounts) mounts.push_back({mount.path, mount.folder});
  return DumpJson(mounts);
}

void ReadRunReport(std::string_view text, uint64_t refused_bytes, ResultMessage& result) {
  Result<Json> parsed = ParseJson(text);
  if (!parsed || !parsed->is_object()) {
    ReadCrash({"abort", "the runner's report is not JSON"}, result);
    return;
  }
  const Json& report = *parsed;
  result.exit_code = IntegerIn(report, "exit_code") & 0xFF;
  if (StringIn(report, "outcome") != "ok") result.outcome = ResultMessage::Outcome::kError;
  if (report.contains("error") && report["error"].is_object()) ReadError(report["error"], result);
  if (report.contains("value") && report["value"].is_object()) ReadValue(report["value"], result);
  if (report.contains("where") && report["where"].is_array()) {
    for (const Json& frame : report["where"]) {
      if (frame.is_string()) result.where.push_back(frame.get<std::string>());
    }
  }
  if (report.contains("files") && report["files"].is_array()) {
    for (const Json& file : report["files"]) {
      bool fits = file.is_array() && file.size() == 2 && file[0].is_string() &&
                  file[1].is_number_unsigned();
      if (fits) result.files.push_back({file[0].get<std::string>(), file[1].get<uint64_t>()});
    }
  }
  if (report.contains("imports") && report["imports"].is_object()) {
    for (const auto& [module, ms] : report["imports"].items()) {
      if (ms.is_number()) result.imports.emplace_back(module, ms.get<double>());
    }
  }
  result.denied = report.value("is_denied", Json(false)) == Json(true);
  bool memory_error = report.value("is_memory_error", Json(false)) == Json(true);
  if (memory_error && refused_bytes > 0) {
    result.outcome = ResultMessage::Outcome::kMemory;
    result.reason = "wasm_memory";
    result.memory_requested = refused_bytes;
  }
}

void ReadCrash(const Report::Crash& crash, ResultMessage& result) {
  if (crash.reason == "exit") {
    result.outcome = ResultMessage::Outcome::kOk;
    result.exit_code = atoi(crash.detail.c_str()) & 0xFF;
    return;
  }
  result.outcome = ResultMessage::Outcome::kCrashed;
  result.reason = crash.reason;
  result.where = ParseDump(crash.detail);
  ErrorInfo error;
  error.type = "FatalError";
  error.message = crash.detail.substr(0, crash.detail.find('\n'));
  result.error = std::move(error);
}

void ReadTermination(std::string_view traceback, bool heap_exhausted, ResultMessage& result) {
  result.outcome = ResultMessage::Outcome::kTerminated;
  result.where = ParseDump(traceback);
  if (heap_exhausted) {
    result.outcome = ResultMessage::Outcome::kMemory;
    result.reason = "heap";
  }
}

}  // namespace v8py
