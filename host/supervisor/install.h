// Where v8py's own files are. The build folder and an installed prefix have the same shape:
// bin/v8py-worker, lib/v8py/v8/ (V8 and the C library it runs on), share/v8py/.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace v8py {

class Install {
 public:
  // `home`: the folder that holds bin/, lib/ and share/; "": V8PY_HOME, or found from the place of
  // this library. kWorld when it is not there.
  static Result<Install> Find(const std::string& home);

  const std::string& home() const { return home_; }
  std::string worker() const { return home_ + "/bin/v8py-worker"; }
  std::string libraries() const { return home_ + "/lib/v8py/v8"; }
  std::string loader() const { return libraries() + "/ld-linux-x86-64.so.2"; }
  std::string assets() const { return home_ + "/share/v8py/pyodide"; }
  // What the build recorded: {"v8py","v8","pyodide","python","libnode","packages"}.
  const Json& versions() const { return versions_; }

  // The worker's command line; its socket is descriptor 3. kWorld, naming the file and what to do,
  // when something that it needs is missing.
  Result<std::vector<std::string>> WorkerCommand() const;

 private:
  std::string home_;
  Json versions_ = Json::object();
};

}  // namespace v8py
