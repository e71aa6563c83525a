// What programs have left behind: their files and long outputs, for a client to fetch later by
// v8py://run/<run>/<path>. On disk, in a folder of this process, bounded: the oldest go. Thread:
// any
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/json.h"
#include "base/status.h"

namespace v8py::mcp {

class Artifacts {
 public:
  static constexpr size_t kMostRuns = 100;
  static constexpr uint64_t kMostBytes = uint64_t{512} << 20;

  Artifacts() = default;
  ~Artifacts();
  Artifacts(const Artifacts&) = delete;

  // A new, empty folder for a run, whose name is its last part; "" when there can be none.
  std::string NewFolder();
  // The run has ended: these files of its folder can be fetched, {"path","size","type"} each. One
  // without any is deleted.
  void Keep(const std::string& folder, const Json& files);
  // A text as one more file of a run, before Keep().
  static bool Write(const std::string& folder, const std::string& name, const std::string& text);

  struct File {
    std::string type;  // MIME
    uint64_t size = 0;
    std::string bytes;
  };
  // Reads a file. kCaller: there is none, or it has more than `most` bytes.
  Result<File> Read(const std::string& run, const std::string& path, uint64_t most) const;
  // [{"uri","name","size","mimeType"}…], the newest first.
  Json List() const;

 private:
  struct Run {
    std::string name, folder;
    std::map<std::string, File> files;
    uint64_t bytes = 0;
  };
  // The folder of the run that has this file; kCaller: none has.
  Result<std::string> Find(const std::string& run, const std::string& path, File& file) const;
  void DropOldest();

  mutable std::mutex mutex_;
  std::string root_;
  int lock_ = -1;  // on it, for as long as it is in use
  bool tried_ = false;
  std::deque<Run> runs_;
  uint64_t bytes_ = 0;
};

}  // namespace v8py::mcp
