// An installation whose image may be spoiled: a copy of this build's files, and of its image.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "stress/shell.h"

namespace v8py {

class OwnInstallation {
 public:
  OwnInstallation() {
    char name[] = "/tmp/v8py-stress-XXXXXX";
    folder_ = mkdtemp(name);
    // Nobody's secrets; other users of the tests are to see it.
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    setenv("OWN", folder_.c_str(), 1);
    setenv("XDG_CACHE_HOME", (folder_ + "/cache").c_str(), 1);
    // Copies: what an image maps has to lie below this folder.
    Shell(
        "mkdir -p $OWN/bin $OWN/share/v8py/images && cd $HOME_OF_V8PY && "
        "cp bin/v8py-{worker,restore} $OWN/bin/ && cp -r lib $OWN/ && "
        "cp -r share/v8py/{build_id,build.json,pyodide} $OWN/share/v8py/");
    setenv("V8PY_HOME", folder_.c_str(), 1);
  }
  ~OwnInstallation() {
    std::filesystem::remove_all(folder_);
    for (const char* name : {"OWN", "XDG_CACHE_HOME", "V8PY_HOME"}) unsetenv(name);
  }
  OwnInstallation(const OwnInstallation&) = delete;

  const std::string& folder() const { return folder_; }
  std::string images() const { return folder_ + "/share/v8py/images"; }
  // The copy of the build's image, made anew; "": that has none.
  std::string CopyImage() const {
    Shell(
        "rm -f $OWN/share/v8py/images/*; cp --sparse=always "
        "$HOME_OF_V8PY/share/v8py/images/*.image $OWN/share/v8py/images/; "
        "chmod 644 $OWN/share/v8py/images/*");
    for (const auto& entry : std::filesystem::directory_iterator(images())) return entry.path();
    return "";
  }
  // Each file of the folder for images, but for the lock.
  std::string Left() const {
    return Shell(
               "ls $OWN/share/v8py/images $OWN/cache/v8py/images 2>/dev/null | grep -v -e ^lock$ "
               "-e : -e ^$")
        .output;
  }

 private:
  std::string folder_;
};

}  // namespace v8py
