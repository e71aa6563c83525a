// A command line and how it ended, for tests of what a person or a machine does to v8py.
#pragma once

#include <string>

namespace v8py {

struct ShellOutcome {
  int exit_code = -1;
  std::string output;  // and errors, in one
};

// By bash, with V8PY, POOLED (programs of this build) and HOME_OF_V8PY (their folder's parent) in
// its environment.
ShellOutcome Shell(const std::string& command);
// The folder that holds bin/ and lib/ of this build.
std::string HomeOfThisBuild();
// Whether this machine lets us do what `command` does, such as making a namespace.
inline bool CanDo(const std::string& command) { return Shell(command).exit_code == 0; }

}  // namespace v8py
