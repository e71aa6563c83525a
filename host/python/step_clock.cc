#include "python/step_clock.h"

#include <sys/resource.h>
#include <time.h>

namespace v8py {

namespace {

double Milliseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

uint64_t PeakResidentBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

double ProcessCpuMilliseconds() { return Milliseconds(CLOCK_PROCESS_CPUTIME_ID); }

void StepClock::Begin(std::string_view name) {
  End();
  current_ = name;
  began_ = Milliseconds(CLOCK_MONOTONIC);
}

void StepClock::End() {
  if (current_.empty()) return;
  steps_.push_back({current_, Milliseconds(CLOCK_MONOTONIC) - began_, PeakResidentBytes()});
  current_.clear();
}

}  // namespace v8py
