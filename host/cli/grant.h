// Gives options of a program what the command line grants it.
#pragma once

#include "cli/exec_options.h"
#include "include/v8py.h"

namespace v8py {

// Limits, permissions, packages, environment. The error is the caller's.
v8py_error* Grant(v8py_options* target, const ExecOptions& options);

}  // namespace v8py
