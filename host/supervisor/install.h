// Where v8py's own files are. The build folder and an installed prefix have the same shape:
// bin/v8py-worker, bin/v8py-restore, lib/v8py/v8/ (V8 and the C library it runs on), share/v8py/.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "supervisor/worker_process.h"

namespace v8py {

class Install {
 public:
  // `home`: the folder that holds bin/, lib/ and share/; "": V8PY_HOME, or found from the place of
  // this library. kWorld when it is not there.
  static Result<Install> Find(const std::string& home);

  const std::string& home() const { return home_; }
  std::string worker() const { return home_ + "/bin/v8py-worker"; }
  std::string restorer() const { return home_ + "/bin/v8py-restore"; }
  std::string libraries() const { return home_ + "/lib/v8py/v8"; }
  std::string loader() const { return libraries() + "/ld-linux-x86-64.so.2"; }
  // What packages are found out with.
  std::string wheels() const { return home_ + "/share/v8py/wheels"; }
  std::string assets() const { return home_ + "/share/v8py/pyodide"; }
  // What the build recorded: {"v8py","v8","pyodide","python","libnode","packages"}.
  const Json& versions() const { return versions_; }

  // Pyodide's: packages with native code are made for it. "2026_0".
  std::string abi() const;

  // Where a developer has boot files read from (V8PY_BOOT_DIR), instead of those that were built
  // in; "": nowhere.
  static std::string BootFolder();
  // Differs between any two builds whose images are not each other's; "" when unknown.
  const std::string& build_id() const { return build_id_; }
  std::string build_id_file() const { return home_ + "/share/v8py/build_id"; }

  // How to start a worker that boots from nothing. kWorld, naming the file and what to do, when
  // something that it needs is missing.
  Result<WorkerCommand> Worker() const;
  // The same for one that saves itself into the file behind `output` instead. `packages`: the
  // bundle that it unpacks before; -1: none.
  Result<WorkerCommand> SavingWorker(int output, int packages) const;

 private:
  std::string home_;
  std::string build_id_;
  Json versions_ = Json::object();
};

}  // namespace v8py
