// The supervisor of a program: an installation, a loop, and the runs that live.
// Thread: any, for every function but the destructor.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/json.h"
#include "os/loop.h"
#include "supervisor/install.h"
#include "supervisor/run.h"

namespace v8py {

class Runtime {
 public:
  static Result<std::unique_ptr<Runtime>> Create(const std::string& home);
  // Kills what runs and waits until all of it has gone.
  ~Runtime();

  const Install& install() const { return install_; }
  // Starts a worker and the program in it.
  Result<std::shared_ptr<Run>> Start(Program program);

 private:
  Runtime(Install install, std::unique_ptr<Loop> loop)
      : install_(std::move(install)), loop_(std::move(loop)) {}

  Install install_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Shared with whoever waits for them.
  std::set<std::shared_ptr<Run>> runs_;
  std::unique_ptr<Loop> loop_;  // last: its thread ends before the rest goes
};

}  // namespace v8py
