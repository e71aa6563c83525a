// The log of decisions: a line of JSON for each time a program wanted something from outside, was
// it allowed or not, and by which rule.
//   {"time":"2026-11-26T10:00:00.123Z","run":17,"what":"write","target":"/data/x","allowed":false,
//    "rule":"--deny-write=/data"}
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/status.h"
#include "os/descriptor.h"
#include "supervisor/permission/decision.h"

namespace v8py {

class Audit {
 public:
  // Appends to `path`, which is made when it is not there.
  static Result<std::shared_ptr<Audit>> Open(const std::string& path);

  // `run`: which program of this process it was. Thread: any
  void Write(uint64_t run, std::string_view what, std::string_view target,
             const Decision& decision);
  // Whether a line could not be written: what is decided from then on would be in no log.
  // Thread: any
  bool failed() const { return failed_; }

 private:
  explicit Audit(Descriptor file) : file_(std::move(file)) {}

  std::mutex mutex_;
  Descriptor file_;
  std::atomic<bool> failed_ = false;
};

}  // namespace v8py
