// Saves this process as a process image (process_image.h). Returns twice: once here, and once in
// each process that continues from the image.
//
// Rules: one thread; no shared mappings; every file that is mapped lies below `root`. What memory
// holds of the outside (descriptors, the time, randomness) is stale in whoever continues, and his
// to renew.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "os/process_image.h"

namespace v8py {

class ProcessSaver {
 public:
  // Opens what Save() needs of /proc, before a jail closes it. `output`: a file to write into.
  static Result<ProcessSaver> Open(const std::string& root, int output);
  ProcessSaver(ProcessSaver&& other) noexcept;
  ProcessSaver& operator=(ProcessSaver&&) = delete;
  ~ProcessSaver();

  // The descriptors that must stay open until Save(), `output` among them.
  std::vector<int> descriptors() const { return {smaps_, pagemap_, output_}; }

  struct Outcome {
    enum class Side { kSaved, kContinued } side = Side::kSaved;
    ProcessImage::ContinueReport report{};  // kContinued
  };
  // Failures leave a file without a valid table.
  Result<Outcome> Save();

 private:
  ProcessSaver() = default;

  std::string root_;
  int smaps_ = -1, pagemap_ = -1, output_ = -1;
};

}  // namespace v8py
