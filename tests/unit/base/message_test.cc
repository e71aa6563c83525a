#include "base/message.h"

#include <doctest/doctest.h>

#include "base/frame.h"

namespace v8py {

namespace {

template <typename Message>
std::string Payload(const Message& message) {
  return EncodeMessage(message).substr(4);
}

ResultMessage FullResult() {
  ResultMessage result;
  result.outcome = ResultMessage::Outcome::kError;
  result.exit_code = 1;
  result.kept = true;
  result.reason = "exception";
  result.error = ErrorInfo{"ValueError", "no", "Traceback…", "a.py", 3};
  result.value = ValueInfo{"[1]", Json::array({1}), {{"text/html", "<b>"}}, "[\n  1\n]"};
  result.where = {"File \"a.py\", line 3, in f"};
  result.usage = {1, 2, 3, 4.5};
  result.steps = {{"run", 1.5, 4096}};
  result.imports = {{"json", 6.5}};
  return result;
}

}  // namespace

TEST_CASE("every message to a worker survives the way") {
  RunMessage run;
  run.kind = RunMessage::Kind::kFile;
  run.name = "a.py";
  run.source = std::string("print(1)\0\xff", 10);
  run.argv = {"a.py", "x"};
  run.environment = {{"A", "b"}};
  run.streams[1].terminal = true;
  run.memory_limit = uint64_t{1} << 40;
  run.variables = R"({"x":1})";
  run.want_plain = true;
  run.print_error = false;
  run.keep = true;
  auto back = std::get<RunMessage>(DecodeToWorker(Payload(ToWorker(run))).value());
  CHECK(back.source == run.source);
  CHECK(back.argv == run.argv);
  CHECK(back.environment == run.environment);
  CHECK(back.streams[1].terminal);
  CHECK(!back.streams[0].terminal);
  CHECK(back.memory_limit == run.memory_limit);
  CHECK(back.keep);
  CHECK(back.variables == R"({"x":1})");
  CHECK(back.want_plain);
  CHECK(!back.print_error);
  auto input =
      std::get<InputMessage>(DecodeToWorker(Payload(ToWorker(InputMessage{"\xff", true}))).value());
  CHECK(input.data == "\xff");
  CHECK(input.end);
  InterruptMessage cpu{InterruptMessage::Reason::kCpu};
  auto interrupt = std::get<InterruptMessage>(DecodeToWorker(Payload(ToWorker(cpu))).value());
  CHECK(interrupt.reason == InterruptMessage::Reason::kCpu);
}

TEST_CASE("every message from a worker survives the way") {
  auto result =
      std::get<ResultMessage>(DecodeFromWorker(Payload(FromWorker(FullResult()))).value());
  CHECK(result.error->line == 3);
  CHECK(result.kept);
  CHECK(*result.value->json == Json::array({1}));
  CHECK(result.value->mime["text/html"] == "<b>");
  CHECK(result.value->plain == "[\n  1\n]");
  CHECK(result.usage.cpu_ms == 4.5);
  CHECK(result.steps[0].resident_bytes == 4096);
  CHECK(result.imports[0].first == "json");
  ReadyMessage ready{"13", "314", "3.14", {{"boot", 2, 3}}, 7};
  CHECK(std::get<ReadyMessage>(DecodeFromWorker(Payload(FromWorker(ready))).value()).landlock_abi ==
        7);
  OutputMessage output{2, std::string("\0\xff", 2)};
  CHECK(std::get<OutputMessage>(DecodeFromWorker(Payload(FromWorker(output))).value()).data ==
        output.data);
  CHECK(std::holds_alternative<WantInputMessage>(
      DecodeFromWorker(Payload(FromWorker(WantInputMessage{}))).value()));
  CHECK(std::get<FaultMessage>(DecodeFromWorker(Payload(FromWorker(FaultMessage{"x"}))).value())
            .message == "x");
}

TEST_CASE(
    "a message with any one field missing or of another type is refused and the field named") {
  Json good = DecodeCbor(Payload(FromWorker(FullResult()))).value();
  for (const auto& [name, value] : good.items()) {
    if (name == "error" || name == "value") continue;  // both may be missing
    Json missing = good, changed = good;
    missing.erase(name);
    changed[name] = value.is_object() ? Json(1) : Json::object();
    for (const Json& bad : {missing, changed}) {
      auto decoded = DecodeFromWorker(EncodeCbor(bad));
      REQUIRE_MESSAGE(!decoded, name);
      CHECK(decoded.error().message().find("'" + name + "'") != std::string::npos);
    }
  }
}

TEST_CASE("a call and its reply survive the way, whatever their arguments are") {
  for (const Json& arguments :
       {Json::array({0, "path", true}), Json::object({{"a", 1.5}}), Json(nullptr), Json("text")}) {
    CallMessage call{uint64_t{1} << 40, "file.open", arguments, std::string("\0\xff", 2)};
    auto back = std::get<CallMessage>(DecodeFromWorker(Payload(FromWorker(call))).value());
    CHECK(back.id == call.id);
    CHECK(back.name == call.name);
    CHECK(back.arguments == arguments);
    CHECK(back.data == call.data);
    ReplyMessage reply{7, "EACCES", "why", arguments, call.data, 2};
    auto answer = std::get<ReplyMessage>(DecodeToWorker(Payload(ToWorker(reply))).value());
    CHECK(answer.id == 7);
    CHECK(answer.error == "EACCES");
    CHECK(answer.text == "why");
    CHECK(answer.result == arguments);
    CHECK(answer.data == call.data);
    CHECK(answer.descriptors == 2);
  }
}

TEST_CASE("mounts and the limit for files survive the way") {
  RunMessage run;
  run.mounts = {{"/data", true}, {"/file", false}};
  run.files_limit = uint64_t{1} << 40;
  auto back = std::get<RunMessage>(DecodeToWorker(Payload(ToWorker(run))).value());
  REQUIRE(back.mounts.size() == 2);
  CHECK(back.mounts[0].path == "/data");
  CHECK(back.mounts[0].folder);
  CHECK(!back.mounts[1].folder);
  CHECK(back.files_limit == run.files_limit);
  Json json = DecodeCbor(Payload(ToWorker(run))).value();
  const Json wrong[] = {nullptr,     "text",           {1}, {{"/x"}}, {{"/x", 1}},
                        {{1, true}}, {{"/x", true, 1}}};
  for (const Json& mounts : wrong) {
    json["mounts"] = mounts;
    CHECK_MESSAGE(!DecodeToWorker(EncodeCbor(json)), mounts.dump());
  }
}

TEST_CASE("a call or a reply with a field missing or of another type is refused, and it is named") {
  Json call = DecodeCbor(Payload(FromWorker(CallMessage{1, "a", Json::array(), ""}))).value();
  Json reply = DecodeCbor(Payload(ToWorker(ReplyMessage{1, "a", "b", 1, "", 2}))).value();
  auto refused = [](const auto& decoded, const std::string& name) {
    INFO(name);
    REQUIRE(!decoded);
    CHECK(decoded.error().message().find("'" + name + "'") != std::string::npos);
  };
  for (const auto& [name, value] : call.items()) {
    Json missing = call, changed = call;
    missing.erase(name);
    changed[name] = Json::object();
    refused(DecodeFromWorker(EncodeCbor(missing)), name);
    if (name != "arguments") refused(DecodeFromWorker(EncodeCbor(changed)), name);
  }
  for (const auto& [name, value] : reply.items()) {
    Json missing = reply, changed = reply;
    missing.erase(name);
    changed[name] = Json::object();
    refused(DecodeToWorker(EncodeCbor(missing)), name);
    if (name != "result") refused(DecodeToWorker(EncodeCbor(changed)), name);
  }
  for (const Json& id : {Json(-1), Json(1.0), Json("1")}) {
    call["id"] = id;
    refused(DecodeFromWorker(EncodeCbor(call)), "id");
  }
  reply["descriptors"] = kMaxDescriptorsToWorker;
  CHECK(DecodeToWorker(EncodeCbor(reply)).has_value());
  reply["descriptors"] = kMaxDescriptorsToWorker + 1;
  refused(DecodeToWorker(EncodeCbor(reply)), "descriptors");
}

TEST_CASE("numbers out of range are refused") {
  Json result = DecodeCbor(Payload(FromWorker(FullResult()))).value();
  for (auto [name, value] : {std::pair<const char*, Json>{"exit_code", 256},
                             {"exit_code", -1},
                             {"outcome", 5},
                             {"wasm_bytes", -1},
                             {"cpu_ms", std::numeric_limits<double>::infinity()},
                             {"exit_code", 1.5}}) {
    Json bad = result;
    bad[name] = value;
    CHECK_MESSAGE(!DecodeFromWorker(EncodeCbor(bad)), name);
  }
  CHECK(!DecodeFromWorker(EncodeCbor({{"type", "output"}, {"stream", 3}})));
}

TEST_CASE("bytes that were changed at random are refused or decoded, never more") {
  std::string good = Payload(FromWorker(FullResult()));
  unsigned seed = 12345;
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 3; ++i) {
      seed = seed * 1103515245 + 12345;
      bad[(seed >> 8) % bad.size()] = static_cast<char>(seed >> 20);
    }
    refused += !DecodeFromWorker(bad);
  }
  CHECK(refused > 1000);
}

}  // namespace v8py
