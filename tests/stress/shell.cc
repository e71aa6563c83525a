#include "stress/shell.h"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace v8py {

std::string HomeOfThisBuild() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

ShellOutcome Shell(const std::string& command) {
  const std::string home = HomeOfThisBuild();
  setenv("V8PY", (home + "/bin/v8py").c_str(), 1);
  setenv("POOLED", (home + "/bin/v8py_pooled").c_str(), 1);
  setenv("HOME_OF_V8PY", home.c_str(), 1);
  setenv("COMMAND", command.c_str(), 1);
  ShellOutcome outcome;
  FILE* pipe = popen("exec bash -c \"$COMMAND\" 2>&1 </dev/null", "r");
  if (!pipe) return outcome;
  char bytes[4096];
  for (size_t got; (got = fread(bytes, 1, sizeof bytes, pipe)) > 0;)
    outcome.output.append(bytes, got);
  int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace v8py
