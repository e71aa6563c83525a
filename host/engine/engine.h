// V8 in this process: its flags, its platform, its start. One per process, because V8 is.
// Everything else in engine/ needs one that outlives it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/platform.h"

namespace v8py {

class Engine {
 public:
  struct Options {
    int worker_threads = 2;
    std::vector<std::string> v8_flags;  // as on d8's command line: "--no-liftoff"
  };

  // Refuses a V8 that the headers do not describe, and a flag that V8 does not know.
  static Result<std::unique_ptr<Engine>> Start(const Options& options);
  ~Engine();

  Platform& platform() const { return *platform_; }
  // Ends the background threads, when they have done what is queued: the process then has one
  // thread, until V8 posts something again.
  void Rest() { platform_->workers().Stop(); }
  // How much work V8 has found for background threads so far: compilation, for the most part.
  uint64_t background_tasks() const { return platform_->workers().posted(); }
  // V8's version, as "13.6.233.17".
  static std::string Version();

 private:
  explicit Engine(std::unique_ptr<Platform> platform) : platform_(std::move(platform)) {}

  std::unique_ptr<Platform> platform_;
};

}  // namespace v8py
