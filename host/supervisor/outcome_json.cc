#include "supervisor/outcome_json.h"

#include <algorithm>

#include "base/base64.h"

namespace v8py {

namespace {

Json StepsToJson(const RunRecord& record) {
  Json list = Json::array();
  auto add = [&list](const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      list.push_back({{"name", step.name},
                      {"ms", step.milliseconds},
                      {"resident_bytes", step.resident_bytes}});
    }
  };
  add(record.steps);
  if (record.claim) add(record.claim->steps);
  return list;
}

Json ErrorToJson(const RunRecord& record) {
  if (!record.claim || !record.claim->error) return nullptr;
  const ErrorInfo& error = *record.claim->error;
  return {{"type", error.type},
          {"message", error.message},
          {"traceback", error.traceback},
          {"file", error.file},
          {"line", error.line}};
}

Json ValueToJson(const RunRecord& record, RunStatus status) {
  if (!record.claim || !record.claim->value || status != RunStatus::kOk) return nullptr;
  const ValueInfo& value = *record.claim->value;
  Json json = {{"repr", value.repr}};
  if (value.json) json["json"] = *value.json;
  if (!value.mime.empty()) json["mime"] = value.mime;
  if (value.plain) json["plain"] = *value.plain;
  return json;
}

Json LimitToJson(const RunRecord& record, const RunResult& result) {
  if (result.status == RunStatus::kTimeout) {
    bool cpu = record.stop == StopReason::kCpu;
    return {{"name", cpu ? "cpu" : "wall"},
            {"value", cpu ? record.limits.cpu_ms : record.limits.wall_ms},
            {"used", cpu ? record.cpu_ms : record.durations.run_ms},
            {"unit", "ms"}};
  }
  if (result.status == RunStatus::kMemory && record.claim) {
    return {{"name", "memory"},
            {"value", record.limits.memory_bytes},
            {"used", record.claim->usage.wasm_bytes},
            {"requested", record.claim->memory_requested},
            {"unit", "bytes"}};
  }
  return nullptr;
}

Json TruncationToJson(const RunRecord& record) {
  Json truncated = nullptr;
  for (int stream : {1, 2}) {
    const StreamText& text = record.streams[stream];
    if (text.delivered == text.total) continue;
    truncated[stream == 1 ? "stdout" : "stderr"] = {{"kept", text.delivered},
                                                    {"total", text.total}};
  }
  return truncated;
}

Json ImportsToJson(const RunRecord& record) {
  Json list = Json::array();
  if (!record.claim) return list;
  for (const auto& [module, ms] : record.claim->imports) {
    list.push_back({{"module", module}, {"ms", ms}});
  }
  return list;
}

// Text as it is, all else as base64.
Json DisplaysToJson(const RunRecord& record) {
  Json list = Json::array();
  for (const Display& display : record.displays) {
    Json bundle = Json::object();
    for (const auto& [type, bytes] : display) {
      bool text = (type.starts_with("text/") || type.ends_with("json") || type.ends_with("xml")) &&
                  IsUtf8(bytes);
      bundle[type] = text ? bytes : Base64(bytes);
    }
    list.push_back(std::move(bundle));
  }
  return list;
}

std::string_view TypeOf(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".csv", "text/csv"},
      {".html", "text/html"},
      {".jpeg", "image/jpeg"},
      {".jpg", "image/jpeg"},
      {".json", "application/json"},
      {".md", "text/markdown"},
      {".pdf", "application/pdf"},
      {".png", "image/png"},
      {".py", "text/x-python"},
      {".svg", "image/svg+xml"},
      {".txt", "text/plain"},
      {".xml", "application/xml"},
      {".zip", "application/zip"},
      {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}};
  for (const auto& [end, type] : kTypes) {
    if (path.ends_with(end)) return type;
  }
  return "application/octet-stream";
}

Json PackagesToJson(const RunRecord& record) {
  Json list = Json::array();
  for (const auto& [name, version] : record.packages) {
    list.push_back({{"name", name}, {"version", version}});
  }
  return list;
}

Json FilesToJson(const RunRecord& record) {
  Json list = Json::array();
  if (!record.claim) return list;
  for (const ChangedFile& file : record.claim->files) {
    list.push_back({{"path", file.path}, {"size", file.size}, {"type", TypeOf(file.path)}});
  }
  return list;
}

void AddOutput(Json& json, const RunResult& result) {
  for (int stream : {1, 2}) {
    std::string name = stream == 1 ? "stdout" : "stderr";
    json[name] = result.output[stream];
    if (!IsUtf8(result.output[stream])) json[name + "_base64"] = Base64(result.output[stream]);
  }
}

}  // namespace

Json ResultToJson(const RunRecord& record, const RunResult& result) {
  Usage usage = record.claim ? record.claim->usage : Usage{};
  std::string_view from = record.why_no_image.empty() ? record.start_from : "nothing";
  Json json = {{"status", RunStatusName(result.status)},
               {"reason", result.reason.empty() ? Json(nullptr) : Json(result.reason)},
               {"exit_code", result.exit_code},
               {"summary", result.summary},
               {"value", ValueToJson(record, result.status)},
               {"truncated", TruncationToJson(record)},
               {"error", ErrorToJson(record)},
               {"where", record.claim ? record.claim->where : std::vector<std::string>()},
               {"limit", LimitToJson(record, result)},
               {"files", FilesToJson(record)},
               {"displays", DisplaysToJson(record)},
               {"packages", PackagesToJson(record)},
               {"durations",
                {{"queue_ms", record.durations.queue_ms},
                 {"boot_ms", record.durations.boot_ms},
                 {"run_ms", record.durations.run_ms},
                 {"total_ms", record.durations.total_ms}}},
               {"cpu_ms", record.cpu_ms},
               {"peak_memory",
                {{"wasm_bytes", usage.wasm_bytes},
                 {"heap_bytes", usage.heap_bytes},
                 {"resident_bytes", usage.resident_bytes}}},
               {"steps", StepsToJson(record)},
               {"start", {{"from", from}, {"why", record.why_no_image}}},
               {"imports", ImportsToJson(record)},
               {"session", record.call == 0 ? Json(nullptr) : Json{{"call", record.call}}}};
  AddOutput(json, result);
  return json;
}

}  // namespace v8py
