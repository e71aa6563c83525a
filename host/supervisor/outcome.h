// How a run ended, as v8py tells it: DESIGN §6's result. Made by the supervisor from its own clock
// and limits first, and from what the worker claims second.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/message.h"
#include "os/child_process.h"
#include "supervisor/displays.h"
#include "supervisor/program.h"

namespace v8py {

enum class RunStatus { kOk, kError, kTimeout, kMemory, kDenied, kCancelled, kKilled };
std::string_view RunStatusName(RunStatus status);

// Why the supervisor stopped a program.
enum class StopReason { kNone, kWall, kCpu, kCancel, kClosedOutput, kProtocolError };

// The exit codes of `v8py exec` for what is not the program's own doing.
inline constexpr int kExitDenied = 122, kExitMemory = 123, kExitTimeout = 124, kExitKilled = 125,
                     kExitCancelled = 130, kExitClosedOutput = 141;

struct StreamText {
  std::string kept;
  uint64_t total = 0;      // bytes that the program wrote
  uint64_t delivered = 0;  // of them within the output limit
};

struct Durations {
  // queue_ms: until it had a worker, or one was started for it.
  double queue_ms = 0, boot_ms = 0, run_ms = 0, total_ms = 0;
};

// What the supervisor saw.
struct RunRecord {
  Limits limits;
  StopReason stop = StopReason::kNone;
  std::optional<ResultMessage> claim;  // the worker's result, when it gave one in time
  std::optional<ExitStatus> exit;      // of the worker
  StreamText streams[3];               // 1 and 2 are used
  Durations durations;
  std::vector<Display> displays;
  std::vector<std::pair<std::string, std::string>> packages;  // names and versions
  std::string denial;       // the last permission that was missing; "": none was
  double cpu_ms = 0;        // of the worker process, during the run
  std::vector<Step> steps;  // of boot
  // Where the interpreter came from: "image", "daemon"; and why not, when it was booted.
  std::string_view start_from = "image";
  std::string why_no_image;
  uint64_t call = 0;  // which program of a session it was, from 1; 0: of none
};

// What it came to, and the record for the rest.
struct RunResult {
  RunStatus status = RunStatus::kOk;
  std::string reason;  // "" or one of the schema's: "wall", "cpu", "wasm_memory", "signal 9", …
  int exit_code = 0;
  std::string summary;  // one line for a person; "" when the program ended by itself
  std::array<std::string, 3> output;
  RunRecord record;

  // Everything. Takes its time, and not everybody asks.
  std::string ToJson() const;
};

RunResult MakeResult(RunRecord record);

}  // namespace v8py
