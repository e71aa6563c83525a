// `v8py exec`: run a program as python3 would, in the sandbox.
#pragma once

#include "cli/exec_options.h"

namespace v8py {

// Returns the process's exit code.
int Exec(ExecOptions options);

}  // namespace v8py
