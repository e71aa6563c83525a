// The options about packages, which several commands have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/arguments.h"
#include "include/v8py.h"

namespace v8py {

struct PackageOptions {
  std::vector<std::string> requirements;
  std::vector<std::string> indexes, find_links;
  std::string distribution;
  bool offline = false;
};

// The options, which write into `options`.
std::vector<OptionSpec> PackageOptionTable(PackageOptions& options);
// Gives them to a run; the error is the caller's.
v8py_error* SetPackages(v8py_options* target, const PackageOptions& options);

// Progress for a person: on a terminal one line that changes, and goes at the end; elsewhere a line
// for the first step only.
class StepLine {
 public:
  StepLine();
  ~StepLine() { Clear(); }
  StepLine(const StepLine&) = delete;

  void Show(std::string_view step);
  void Clear();
  // As v8py_progress_callback; `self`: a StepLine.
  static void Callback(void* self, const char* step) { static_cast<StepLine*>(self)->Show(step); }

 private:
  const bool terminal_;
  bool shown_ = false;
};

}  // namespace v8py
