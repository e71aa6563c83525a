// The CBOR form of what a worker says to the supervisor. Its reader is the first line of defence
// against a hostile worker.
#include "base/frame.h"
#include "base/message.h"
#include "base/message_fields.h"

namespace v8py {

namespace {

constexpr int64_t kMaxPid = int64_t{1} << 22;  // the kernel's own bound

std::string_view DataOf(const OutputMessage& output) { return output.data; }
std::string_view DataOf(const CallMessage& call) { return call.data; }

Json StepsToJson(const std::vector<Step>& steps) {
  Json list = Json::array();
  for (const Step& step : steps) {
    list.push_back({step.name, step.milliseconds, step.resident_bytes});
  }
  return list;
}

std::vector<Step> ReadSteps(Fields& fields) {
  std::vector<Step> steps;
  for (const Json& item : fields.Array("steps")) {
    if (!item.is_array() || item.size() != 3 || !item[0].is_string() || !item[1].is_number() ||
        !item[2].is_number_unsigned()) {
      fields.Refuse("steps");
      break;
    }
    steps.push_back({item[0].get<std::string>(), item[1].get<double>(), item[2].get<uint64_t>()});
  }
  return steps;
}

Json ToJson(const ReadyMessage& ready) {
  return {{"type", "ready"},
          {"v8", ready.v8},
          {"pyodide", ready.pyodide},
          {"python", ready.python},
          {"steps", StepsToJson(ready.steps)},
          {"landlock_abi", ready.landlock_abi}};
}

Json ToJson(const OutputMessage& output) { return {{"type", "output"}, {"stream", output.stream}}; }

Json ToJson(const WantInputMessage&) { return {{"type", "want_input"}}; }

Json ToJson(const CallMessage& call) {
  return {{"type", "call"}, {"id", call.id}, {"name", call.name}, {"arguments", call.arguments}};
}

Json ToJson(const ProgressMessage& progress) {
  return {{"type", "progress"}, {"step", progress.step}};
}

Json ToJson(const GuestMessage& guest) { return {{"type", "guest"}, {"pid", guest.pid}}; }

Json ToJson(const GuestEndMessage& end) {
  return {{"type", "guest_end"}, {"pid", end.pid}, {"code", end.code}, {"signal", end.signal}};
}

Json ToJson(const SavedMessage&) { return {{"type", "saved"}}; }

Json ToJson(const FaultMessage& fault) { return {{"type", "fault"}, {"message", fault.message}}; }

Json ToJson(const ResultMessage& result) {
  Json json = {{"type", "result"},
               {"outcome", static_cast<int>(result.outcome)},
               {"reason", result.reason},
               {"exit_code", result.exit_code},
               {"kept", result.kept},
               {"denied", result.denied},
               {"where", result.where},
               {"memory_requested", result.memory_requested},
               {"wasm_bytes", result.usage.wasm_bytes},
               {"heap_bytes", result.usage.heap_bytes},
               {"resident_bytes", result.usage.resident_bytes},
               {"cpu_ms", result.usage.cpu_ms},
               {"steps", StepsToJson(result.steps)},
               {"files", Json::array()},
               {"imports", Json::array()}};
  for (const ChangedFile& file : result.files) json["files"].push_back({file.path, file.size});
  for (const auto& [module, ms] : result.imports) json["imports"].push_back({module, ms});
  if (const auto& error = result.error) {
    json["error"] = {{"type", error->type},
                     {"message", error->message},
                     {"traceback", error->traceback},
                     {"file", error->file},
                     {"line", error->line}};
  }
  if (const auto& value = result.value) {
    json["value"] = {{"repr", value->repr}, {"mime", value->mime}};
    // As text: a value of JSON may be nested deeper than a frame of ours.
    if (value->json) json["value"]["json"] = DumpJson(*value->json);
    if (value->plain) json["value"]["plain"] = *value->plain;
  }
  return json;
}

std::optional<ErrorInfo> ReadError(Fields& fields, Status& status) {
  if (!fields.Has("error")) return std::nullopt;
  Fields error(fields.Any("error"), status);
  return ErrorInfo{error.Text("type"), error.Text("message"), error.Text("traceback"),
                   error.Text("file"), static_cast<int>(error.Integer("line", 0, 1'000'000'000))};
}

std::optional<ValueInfo> ReadValue(Fields& fields, Status& status) {
  if (!fields.Has("value")) return std::nullopt;
  Fields value(fields.Any("value"), status);
  ValueInfo info;
  info.repr = value.Text("repr");
  if (value.Has("json")) {
    Result<Json> json = ParseJson(value.Text("json"));
    if (json) {
      info.json = std::move(*json);
    } else {
      value.Refuse("json");
    }
  }
  if (value.Has("plain")) info.plain = value.Text("plain");
  const Json& mime = value.Any("mime");
  if (!mime.is_object()) value.Refuse("mime");
  for (const auto& [type, text] : mime.items()) {
    if (!text.is_string()) value.Refuse("mime");
    info.mime[type] = text;
  }
  return info;
}

std::vector<ChangedFile> ReadFiles(Fields& fields) {
  std::vector<ChangedFile> files;
  for (const Json& item : fields.Array("files")) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_string() ||
        !item[1].is_number_unsigned()) {
      fields.Refuse("files");
      break;
    }
    files.push_back({item[0].get<std::string>(), item[1].get<uint64_t>()});
  }
  return files;
}

ResultMessage ReadResult(Fields& fields, Status& status) {
  ResultMessage result;
  result.outcome = static_cast<ResultMessage::Outcome>(fields.Integer("outcome", 0, 4));
  result.reason = fields.Text("reason");
  result.exit_code = static_cast<int>(fields.Integer("exit_code", 0, 255));
  result.kept = fields.Flag("kept");
  result.denied = fields.Flag("denied");
  result.where = fields.Texts("where");
  result.memory_requested = fields.Count("memory_requested");
  result.usage = {fields.Count("wasm_bytes"), fields.Count("heap_bytes"),
                  fields.Count("resident_bytes"), fields.Number("cpu_ms")};
  result.steps = ReadSteps(fields);
  result.error = ReadError(fields, status);
  result.value = ReadValue(fields, status);
  result.files = ReadFiles(fields);
  for (const Json& pair : fields.Array("imports")) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number()) {
      fields.Refuse("imports");
      break;
    }
    result.imports.emplace_back(pair[0].get<std::string>(), pair[1].get<double>());
  }
  return result;
}

}  // namespace

std::string EncodeMessage(const FromWorker& message) {
  auto encode = [](const auto& specific) {
    return EncodeFrame(EncodeCbor(ToJson(specific)), DataOf(specific));
  };
  return std::visit(encode, message);
}

Result<FromWorker> DecodeFromWorker(std::string_view payload) {
  std::string_view data;
  Result<Json> value = DecodeCbor(payload, &data);
  if (!value) return Fail(value.error());
  Status status;
  Fields fields(*value, status);
  std::string type = fields.Text("type");
  FromWorker message;
  if (type == "ready") {
    message =
        ReadyMessage{fields.Text("v8"), fields.Text("pyodide"), fields.Text("python"),
                     ReadSteps(fields), static_cast<int>(fields.Integer("landlock_abi", 0, 1000))};
  } else if (type == "output") {
    message = OutputMessage{static_cast<int>(fields.Integer("stream", 1, 2)), std::string(data)};
  } else if (type == "want_input") {
    message = WantInputMessage{};
  } else if (type == "call") {
    message = CallMessage{fields.Count("id"), fields.Text("name"), fields.Value("arguments"),
                          std::string(data)};
  } else if (type == "result") {
    message = ReadResult(fields, status);
  } else if (type == "progress") {
    message = ProgressMessage{fields.Text("step")};
  } else if (type == "saved") {
    message = SavedMessage{};
  } else if (type == "guest") {
    message = GuestMessage{static_cast<int>(fields.Integer("pid", 0, kMaxPid))};
  } else if (type == "guest_end") {
    message = GuestEndMessage{static_cast<int>(fields.Integer("pid", 1, kMaxPid)),
                              static_cast<int>(fields.Integer("code", 0, 255)),
                              static_cast<int>(fields.Integer("signal", 0, 64))};
  } else if (type == "fault") {
    message = FaultMessage{fields.Text("message")};
  } else {
    fields.Refuse("type");
  }
  bool may_have_data = type == "output" || type == "call";
  if (!data.empty() && !may_have_data) fields.Refuse("data");
  if (!status.ok()) return Fail(status.While("a message from a worker"));
  return message;
}

}  // namespace v8py
