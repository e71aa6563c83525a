// `v8py exec`: run a program as python3 would, in the sandbox.
#pragma once

#include "cli/exec_options.h"

namespace v8py {

// What v8py itself failed at: a missing worker, a corrupted asset. Other codes: outcome.h.
inline constexpr int kExitUsage = 2, kExitFault = 121;

// Returns the process's exit code.
int Exec(const ExecOptions& options);

// "v8py: message" on standard error.
void PrintError(std::string_view message);

}  // namespace v8py
