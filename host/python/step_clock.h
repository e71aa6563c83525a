// Names and times the steps of a boot or a run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/message.h"

namespace v8py {

// The most memory that this process has had resident, in bytes. Needs no file: works in the jail.
uint64_t PeakResidentBytes();
// The processor time of this process, all threads, in milliseconds.
double ProcessCpuMilliseconds();

class StepClock {
 public:
  // Appends to `steps`, which must outlive it.
  explicit StepClock(std::vector<Step>& steps) : steps_(steps) {}

  // The step that is under way ends; one called `name` begins.
  void Begin(std::string_view name);
  // The step that is under way ends.
  void End();

 private:
  std::vector<Step>& steps_;
  std::string current_;
  double began_ = 0;
};

}  // namespace v8py
