// A folder that nobody but its user can enter, where sockets can be met without fear: what is found
// in it was put there by that user.
// Rule: reach what is inside through Entry() only. The path may lead elsewhere by then.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"

namespace v8py {

class PrivateFolder {
 public:
  enum class Missing { kIsAnError, kIsMade };

  // kWorld, with the reason, when it is no folder (a symbolic link is none), belongs to somebody
  // else, or can be entered by others. Never mends a folder that was there.
  static Result<PrivateFolder> Open(const std::string& path, Missing missing);
  // The user's folder for what lives as long as they are logged in: $XDG_RUNTIME_DIR/v8py, or
  // /tmp/v8py-UID where that is not set, or is another user's (as after `su`).
  static std::string RuntimePath();

  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  const std::string& path() const { return path_; }
  // A path of `name` inside this very folder, short enough for a socket. Valid in this process, as
  // long as this object.
  std::string Entry(const std::string& name) const;

 private:
  PrivateFolder(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;
};

}  // namespace v8py
