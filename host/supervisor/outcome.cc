#include "supervisor/outcome.h"

#include "base/units.h"
#include "supervisor/outcome_json.h"

namespace v8py {

namespace {

using Outcome = ResultMessage::Outcome;

struct Verdict {
  RunStatus status;
  std::string reason;
  int exit_code;
};

Verdict JudgeStop(StopReason stop) {
  switch (stop) {
    case StopReason::kWall:
      return {RunStatus::kTimeout, "wall", kExitTimeout};
    case StopReason::kCpu:
      return {RunStatus::kTimeout, "cpu", kExitTimeout};
    case StopReason::kCancel:
      return {RunStatus::kCancelled, "cancel", kExitCancelled};
    case StopReason::kClosedOutput:
      return {RunStatus::kCancelled, "closed_output", kExitClosedOutput};
    case StopReason::kProtocolError:
    case StopReason::kNone:
      break;
  }
  return {RunStatus::kKilled, "protocol_error", kExitKilled};
}

// Both have to say so: the supervisor has refused something, and that was the end.
Verdict JudgeClaim(const ResultMessage& claim, const std::string& denial) {
  if (claim.outcome == Outcome::kError && claim.denied && !denial.empty()) {
    return {RunStatus::kDenied, "permission", kExitDenied};
  }
  switch (claim.outcome) {
    case Outcome::kOk:
      return {RunStatus::kOk, "", claim.exit_code};
    case Outcome::kError:
      return {RunStatus::kError, "exception", claim.exit_code};
    case Outcome::kMemory:
      return {RunStatus::kMemory, claim.reason, kExitMemory};
    case Outcome::kTerminated:
    case Outcome::kCrashed:
      break;
  }
  return {RunStatus::kKilled, claim.reason.empty() ? "abort" : claim.reason, kExitKilled};
}

// The supervisor's own reasons come first: a program cannot talk itself out of a deadline.
Verdict Judge(const RunRecord& record) {
  if (record.stop != StopReason::kNone) return JudgeStop(record.stop);
  if (record.claim) return JudgeClaim(*record.claim, record.denial);
  if (!record.exit) return {RunStatus::kKilled, "lost", kExitKilled};
  if (record.exit->signal == 0) {
    return {RunStatus::kKilled, "exit code " + std::to_string(record.exit->code), kExitKilled};
  }
  return {RunStatus::kKilled, "signal " + std::to_string(record.exit->signal), kExitKilled};
}

std::string Where(const RunRecord& record) {
  if (!record.claim || record.claim->where.empty()) return "";
  return ", at " + record.claim->where.back();
}

std::string KilledSummary(const RunRecord& record, const Verdict& verdict) {
  if (verdict.reason == "stack") {
    return "the interpreter's stack overflowed (recursion too deep for C code)" + Where(record);
  }
  if (record.claim) {
    std::string detail = record.claim->error ? ": " + record.claim->error->message : "";
    return "the interpreter crashed (" + verdict.reason + detail + ")" + Where(record);
  }
  if (verdict.reason == "protocol_error") {
    return "the worker process sent something that it must not, and was killed";
  }
  return "the worker process ended unexpectedly by " +
         (record.exit ? Describe(*record.exit) : std::string("an unknown cause"));
}

std::string MemorySummary(const RunRecord& record) {
  const ResultMessage& claim = *record.claim;
  if (claim.reason == "heap") {
    return "memory limit reached: the JavaScript heap is full (" +
           FormatSize(claim.usage.heap_bytes) + " used)" + Where(record);
  }
  return "memory limit of " + FormatSize(record.limits.memory_bytes) + " reached (" +
         FormatSize(claim.usage.wasm_bytes) + " used, " + FormatSize(claim.memory_requested) +
         " more asked for; raise it with --memory)" + Where(record);
}

std::string Summary(const RunRecord& record, const Verdict& verdict) {
  switch (verdict.status) {
    case RunStatus::kTimeout:
      if (record.stop == StopReason::kCpu) {
        return "CPU-time limit of " + FormatDuration(static_cast<double>(record.limits.cpu_ms)) +
               " reached (" + FormatDuration(record.cpu_ms) + " used; raise it with --cpu)" +
               Where(record);
      }
      return "wall-clock limit of " + FormatDuration(static_cast<double>(record.limits.wall_ms)) +
             " reached (ran " + FormatDuration(record.durations.run_ms) +
             "; raise it with --timeout)" + Where(record);
    case RunStatus::kMemory:
      return MemorySummary(record);
    case RunStatus::kKilled:
      return KilledSummary(record, verdict);
    case RunStatus::kDenied:
      return record.denial;
    default:
      return "";
  }
}

std::string TruncationNote(const RunRecord& record) {
  uint64_t total = record.streams[1].total + record.streams[2].total;
  uint64_t delivered = record.streams[1].delivered + record.streams[2].delivered;
  if (total == delivered) return "";
  return "output limit of " + FormatSize(record.limits.output_bytes) +
         " reached: " + FormatSize(delivered) + " of " + FormatSize(total) +
         " shown (raise it with --max-output)";
}

}  // namespace

std::string_view RunStatusName(RunStatus status) {
  constexpr std::string_view kNames[] = {"ok",     "error",     "timeout", "memory",
                                         "denied", "cancelled", "killed"};
  return kNames[static_cast<size_t>(status)];
}

RunResult MakeResult(RunRecord made) {
  RunResult result;
  result.record = std::move(made);
  const RunRecord& record = result.record;
  Verdict verdict = Judge(record);
  result.status = verdict.status;
  result.reason = verdict.reason;
  result.exit_code = verdict.exit_code;
  result.summary = Summary(record, verdict);
  std::string note = TruncationNote(record);
  if (!note.empty()) result.summary += (result.summary.empty() ? "" : "\n") + note;
  for (int stream : {1, 2}) result.output[stream] = std::move(result.record.streams[stream].kept);
  return result;
}

std::string RunResult::ToJson() const { return DumpJson(ResultToJson(record, *this)); }

}  // namespace v8py
