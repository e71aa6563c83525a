// The CBOR form of what the supervisor says to a worker.
#include "base/frame.h"
#include "base/message.h"
#include "base/message_fields.h"

namespace v8py {

namespace {

std::string_view DataOf(const RunMessage& run) { return run.source; }
std::string_view DataOf(const InputMessage& input) { return input.data; }
std::string_view DataOf(const ReplyMessage& reply) { return reply.data; }

Json ToJson(const RunMessage& run) {
  Json environment = Json::array();
  for (const auto& [name, value] : run.environment) environment.push_back({name, value});
  Json mounts = Json::array();
  for (const MountInfo& mount : run.mounts) mounts.push_back({mount.path, mount.folder});
  return {
      {"type", "run"},
      {"kind", static_cast<int>(run.kind)},
      {"name", run.name},
      {"argv", run.argv},
      {"environment", environment},
      {"terminals", {run.streams[0].terminal, run.streams[1].terminal, run.streams[2].terminal}},
      {"columns", run.columns},
      {"rows", run.rows},
      {"color", run.color},
      {"print_error", run.print_error},
      {"variables", run.variables},
      {"want_value", run.want_value},
      {"want_plain", run.want_plain},
      {"explain", run.explain},
      {"keep", run.keep},
      {"memory_limit", run.memory_limit},
      {"wall_limit_ms", run.wall_limit_ms},
      {"cpu_limit_ms", run.cpu_limit_ms},
      {"files_limit", run.files_limit},
      {"mounts", mounts},
      {"files_out", run.files_out},
      {"packs", run.packs}};
}

Json ToJson(const InputMessage& input) { return {{"type", "input"}, {"end", input.end}}; }

Json ToJson(const InterruptMessage& interrupt) {
  return {{"type", "interrupt"}, {"reason", static_cast<int>(interrupt.reason)}};
}

Json ToJson(const ReplyMessage& reply) {
  return {{"type", "reply"},    {"id", reply.id},         {"error", reply.error},
          {"text", reply.text}, {"result", reply.result}, {"descriptors", reply.descriptors}};
}

Json ToJson(const ForkMessage&) { return {{"type", "fork"}}; }

Json ToJson(const ReapMessage& reap) { return {{"type", "reap"}, {"pid", reap.pid}}; }

void ReadEnvironment(Fields& fields, RunMessage& run) {
  for (const Json& pair : fields.Array("environment")) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      return fields.Refuse("environment");
    }
    run.environment.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  }
}

void ReadTerminals(Fields& fields, RunMessage& run) {
  const Json& terminals = fields.Array("terminals");
  if (terminals.size() != 3) return fields.Refuse("terminals");
  for (size_t i = 0; i < 3; ++i) {
    if (!terminals[i].is_boolean()) return fields.Refuse("terminals");
    run.streams[i].terminal = terminals[i].get<bool>();
  }
}

void ReadMounts(Fields& fields, RunMessage& run) {
  for (const Json& mount : fields.Array("mounts")) {
    if (!mount.is_array() || mount.size() != 2 || !mount[0].is_string() || !mount[1].is_boolean()) {
      return fields.Refuse("mounts");
    }
    run.mounts.push_back({mount[0].get<std::string>(), mount[1].get<bool>()});
  }
}

ReplyMessage ReadReply(Fields& fields, std::string_view data) {
  ReplyMessage reply;
  reply.id = fields.Count("id");
  reply.error = fields.Text("error");
  reply.text = fields.Text("text");
  reply.result = fields.Value("result");
  reply.data = data;
  reply.descriptors = static_cast<unsigned>(fields.Count("descriptors", kMaxDescriptorsToWorker));
  return reply;
}

RunMessage ReadRun(Fields& fields, std::string_view data) {
  RunMessage run;
  run.kind = static_cast<RunMessage::Kind>(fields.Integer("kind", 0, 2));
  run.name = fields.Text("name");
  run.source = data;
  run.argv = fields.Texts("argv");
  ReadEnvironment(fields, run);
  ReadTerminals(fields, run);
  run.columns = static_cast<int>(fields.Integer("columns", 1, 100000));
  run.rows = static_cast<int>(fields.Integer("rows", 1, 100000));
  run.color = fields.Flag("color");
  run.print_error = fields.Flag("print_error");
  run.variables = fields.Text("variables");
  run.want_value = fields.Flag("want_value");
  run.want_plain = fields.Flag("want_plain");
  run.explain = fields.Flag("explain");
  run.keep = fields.Flag("keep");
  run.memory_limit = fields.Count("memory_limit");
  run.wall_limit_ms = fields.Count("wall_limit_ms");
  run.cpu_limit_ms = fields.Count("cpu_limit_ms");
  run.files_limit = fields.Count("files_limit");
  ReadMounts(fields, run);
  run.files_out = fields.Text("files_out");
  run.packs = static_cast<unsigned>(fields.Count("packs", kMaxDescriptorsToWorker));
  return run;
}

}  // namespace

std::string EncodeMessage(const ToWorker& message) {
  auto encode = [](const auto& specific) {
    return EncodeFrame(EncodeCbor(ToJson(specific)), DataOf(specific));
  };
  return std::visit(encode, message);
}

Result<ToWorker> DecodeToWorker(std::string_view payload) {
  std::string_view data;
  Result<Json> value = DecodeCbor(payload, &data);
  if (!value) return Fail(value.error());
  Status status;
  Fields fields(*value, status);
  std::string type = fields.Text("type");
  ToWorker message;
  if (type == "run") {
    message = ReadRun(fields, data);
  } else if (type == "input") {
    message = InputMessage{std::string(data), fields.Flag("end")};
  } else if (type == "interrupt") {
    message =
        InterruptMessage{static_cast<InterruptMessage::Reason>(fields.Integer("reason", 0, 2))};
  } else if (type == "reply") {
    message = ReadReply(fields, data);
  } else if (type == "fork") {
    message = ForkMessage{};
  } else if (type == "reap") {
    message =
        ReapMessage{static_cast<int>(fields.Integer("pid", 1, std::numeric_limits<int>::max()))};
  } else {
    fields.Refuse("type");
  }
  if (!status.ok()) return Fail(status.While("a message to a worker"));
  return message;
}

}  // namespace v8py
