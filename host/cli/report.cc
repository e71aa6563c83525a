#include "cli/report.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/units.h"
#include "cli/output.h"

namespace v8py {

namespace {

void PrintRow(const std::string& name, const std::string& time, const std::string& size) {
  fprintf(stderr, "  %-22s %12s %14s\n", name.c_str(), time.c_str(), size.c_str());
}

// Milliseconds.
constexpr double kWorthARow = 0.05;

// Of the steps those after READY.
bool IsOfRun(const Json& step) { return step["name"] == "run" || step["name"] == "result"; }

double Number(const Json& object, const char* group, const char* name) {
  return object[group][name].get<double>();
}

}  // namespace

void PrintSummary(std::string_view summary) {
  while (!summary.empty()) {
    size_t end = std::min(summary.find('\n'), summary.size());
    PrintError(summary.substr(0, end));
    summary.remove_prefix(std::min(end + 1, summary.size()));
  }
}

void PrintStats(const Json& result) {
  fprintf(stderr, "\n");
  PrintRow("step", "time", "resident");
  double total = Number(result, "durations", "total_ms");
  double queue = Number(result, "durations", "queue_ms");
  double boot = Number(result, "durations", "boot_ms");
  double run = Number(result, "durations", "run_ms");
  // What a worker does by itself is in its steps; the rest is seen from outside.
  double own_of_boot = 0, own_of_run = 0;
  for (const Json& step : result["steps"]) {
    (IsOfRun(step) ? own_of_run : own_of_boot) += step["ms"].get<double>();
  }
  if (queue >= kWorthARow) PrintRow("queue", FormatDuration(queue), "");
  PrintRow("process start, loader", FormatDuration(std::max(0.0, boot - own_of_boot)), "");
  for (const Json& step : result["steps"]) {
    auto resident = step["resident_bytes"].get<uint64_t>();  // 0: not known yet
    PrintRow(step["name"].get<std::string>(), FormatDuration(step["ms"].get<double>()),
             resident == 0 ? "" : FormatSize(resident));
  }
  PrintRow("messages", FormatDuration(std::max(0.0, run - own_of_run)), "");
  PrintRow("process end", FormatDuration(std::max(0.0, total - queue - boot - run)), "");
  PrintRow("total", FormatDuration(total), "");
  fprintf(stderr, "\n");
  PrintRow("processor time of run", FormatDuration(result["cpu_ms"].get<double>()), "");
  const Json& peak = result["peak_memory"];
  PrintRow("Python's memory", "", FormatSize(peak["wasm_bytes"].get<uint64_t>()));
  PrintRow("JavaScript heap", "", FormatSize(peak["heap_bytes"].get<uint64_t>()));
}

void PrintExplanation(const Json& result) {
  double total = Number(result, "durations", "total_ms");
  double boot = Number(result, "durations", "boot_ms");
  double run = Number(result, "durations", "run_ms");
  double cpu = result["cpu_ms"].get<double>();
  fprintf(stderr, "\nv8py: %s in all: %s to start the interpreter, %s in the program\n",
          FormatDuration(total).c_str(), FormatDuration(boot).c_str(), FormatDuration(run).c_str());
  if (result["start"]["from"] == "nothing") {
    fprintf(stderr, "v8py: the interpreter was booted from nothing: %s\n",
            result["start"]["why"].get<std::string>().c_str());
  }
  double waited = run - cpu;
  if (waited > 50 && waited > run / 4) {
    fprintf(stderr, "v8py: the program waited for %s (input, sleep, a slow reader of its output)\n",
            FormatDuration(waited).c_str());
  }
  for (const Json& import : result["imports"]) {
    fprintf(stderr, "v8py: import %s took %s\n", import["module"].get<std::string>().c_str(),
            FormatDuration(import["ms"].get<double>()).c_str());
  }
  if (result["imports"].empty()) fprintf(stderr, "v8py: no import took 5 ms or more\n");
}

}  // namespace v8py
