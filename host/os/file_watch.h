// Calls a function when a file changes, moves or goes.
// Rule: as the handles of loop.h: made, used and destroyed on the loop's thread.
#pragma once

#include <uv.h>

#include <functional>
#include <string>

#include "os/loop.h"

namespace v8py {

class FileWatch {
 public:
  // Best effort: on some file systems changes go unnoticed. The function is called again and again,
  // also for changes that leave the file as it was; it must not destroy this.
  FileWatch(Loop& loop, const std::string& path, std::function<void()> action);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;

 private:
  uv_fs_event_t* event_;  // freed by the loop once closed
  std::function<void()> action_;
};

}  // namespace v8py
