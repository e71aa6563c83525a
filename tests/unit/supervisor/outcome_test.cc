#include "supervisor/outcome.h"

#include <doctest/doctest.h>

namespace v8py {

namespace {

RunRecord Record(ResultMessage::Outcome outcome) {
  RunRecord record;
  record.claim = ResultMessage{};
  record.claim->outcome = outcome;
  record.claim->where = {"File \"a.py\", line 3, in f"};
  return record;
}

}  // namespace

TEST_CASE("a program cannot talk itself out of a deadline") {
  RunRecord record = Record(ResultMessage::Outcome::kOk);
  record.stop = StopReason::kWall;
  record.limits.wall_ms = 1000;
  record.durations.run_ms = 1010;
  RunResult result = MakeResult(record);
  CHECK(result.status == RunStatus::kTimeout);
  CHECK(result.reason == "wall");
  CHECK(result.exit_code == 124);
  CHECK(result.summary ==
        "wall-clock limit of 1.00 s reached (ran 1.01 s; raise it with --timeout), at File "
        "\"a.py\", line 3, in f");
}

TEST_CASE("each way to end has its status, reason and exit code") {
  struct Case {
    StopReason stop;
    std::optional<ExitStatus> exit;
    RunStatus status;
    const char* reason;
    int exit_code;
  };
  for (const Case& c :
       {Case{StopReason::kCpu, {}, RunStatus::kTimeout, "cpu", 124},
        {StopReason::kCancel, {}, RunStatus::kCancelled, "cancel", 130},
        {StopReason::kClosedOutput, {}, RunStatus::kCancelled, "closed_output", 141},
        {StopReason::kProtocolError, {}, RunStatus::kKilled, "protocol_error", 125},
        {StopReason::kNone, ExitStatus{0, 9}, RunStatus::kKilled, "signal 9", 125},
        {StopReason::kNone, ExitStatus{4, 0}, RunStatus::kKilled, "exit code 4", 125}}) {
    RunRecord record;
    record.stop = c.stop;
    record.exit = c.exit;
    RunResult result = MakeResult(record);
    CHECK(result.status == c.status);
    CHECK(result.reason == c.reason);
    CHECK(result.exit_code == c.exit_code);
  }
}

TEST_CASE("the program's own ends keep its exit code") {
  RunRecord ok = Record(ResultMessage::Outcome::kOk);
  ok.claim->exit_code = 7;
  CHECK(MakeResult(ok).exit_code == 7);
  CHECK(MakeResult(ok).summary.empty());
  RunRecord error = Record(ResultMessage::Outcome::kError);
  error.claim->exit_code = 1;
  CHECK(MakeResult(error).status == RunStatus::kError);
}

TEST_CASE("the memory limit says its value, what was used and what was asked for") {
  RunRecord record = Record(ResultMessage::Outcome::kMemory);
  record.claim->reason = "wasm_memory";
  record.claim->memory_requested = 1'000'000'000;
  record.claim->usage.wasm_bytes = uint64_t{30} << 20;
  record.limits.memory_bytes = uint64_t{256} << 20;
  RunResult result = MakeResult(record);
  CHECK(result.exit_code == 123);
  CHECK(result.summary ==
        "memory limit of 256.0 MiB reached (30.0 MiB used, 953.7 MiB more asked for; raise it with "
        "--memory), at File \"a.py\", line 3, in f");
  Json json = ParseJson(result.ToJson()).value();
  CHECK(json["limit"]["name"] == "memory");
  CHECK(json["limit"]["requested"] == 1'000'000'000);
}

TEST_CASE("output past its limit is counted and noted, and changes nothing else") {
  RunRecord record = Record(ResultMessage::Outcome::kOk);
  record.limits.output_bytes = 10;
  record.streams[1] = {"0123456789", 25, 10};
  RunResult result = MakeResult(record);
  CHECK(result.status == RunStatus::kOk);
  CHECK(
      result.summary ==
      "output limit of 10 bytes reached: 10 bytes of 25 bytes shown (raise it with --max-output)");
  Json json = ParseJson(result.ToJson()).value();
  CHECK(json["truncated"]["stdout"] == Json{{"kept", 10}, {"total", 25}});
  CHECK(!json["truncated"].contains("stderr"));
}

TEST_CASE("output that is not UTF-8 is in the JSON twice: readable and exact") {
  RunRecord record = Record(ResultMessage::Outcome::kOk);
  for (auto [bytes, base64] : {std::pair<std::string, std::string>{"\xff", "/w=="},
                               {"\xff\xfe", "//4="},
                               {"\xff\xfe\xfd", "//79"}}) {
    record.streams[1].kept = bytes;
    Json json = ParseJson(MakeResult(record).ToJson()).value();
    CHECK(json["stdout_base64"] == base64);
    CHECK(json["stdout"].get<std::string>().starts_with("\xEF\xBF\xBD"));
    CHECK(!json.contains("stderr_base64"));
  }
}

}  // namespace v8py
