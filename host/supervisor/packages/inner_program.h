// Programs of our own that work with what is not trusted: they run as any program does, in a
// sandbox with just the files and the calls that they need. Blocks; not on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "supervisor/outcome.h"
#include "supervisor/program.h"

namespace v8py {

// Runs a program to its end: Runtime::RunToEnd().
using RunToEnd = std::function<Result<RunResult>(Program)>;

// `module.main()` with `arguments` in sys.argv. Its standard output is one value of JSON, which
// this gives. kInternal when the program fails, kLimit when it hits a limit.
Result<Json> RunInnerProgram(const RunToEnd& run, const std::string& module,
                             const std::vector<std::string>& arguments,
                             std::shared_ptr<const Access> access);

}  // namespace v8py
