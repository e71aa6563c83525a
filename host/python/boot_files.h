// Our own boot files: JavaScript in load order, and the Python modules that a guest gets. They are
// embedded in the program; a developer may read them from a folder instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace v8py {

struct BootFile {
  std::string name;       // "20_pyodide.js", "_v8py.py"
  std::string_view text;  // lives as long as its BootFiles
};

class BootFiles {
 public:
  // `folder`: a source tree of v8py (js/, pyodide-assets/guest/ and warmup/ are read); "":
  // embedded.
  static Result<BootFiles> Load(const std::string& folder);

  const std::vector<BootFile>& scripts() const { return scripts_; }
  const std::vector<BootFile>& modules() const { return modules_; }
  // Programs that use what programs use.
  const std::vector<BootFile>& warm_up() const { return warm_up_; }
  // Those for packages, of the modules that there is one for.
  std::vector<BootFile> WarmUpOf(const std::vector<std::string>& modules) const;

 private:
  Status ReplaceFrom(const std::string& folder, std::vector<BootFile>& files);

  std::vector<BootFile> scripts_;
  std::vector<BootFile> modules_;
  std::vector<BootFile> warm_up_;
  std::vector<BootFile> package_warm_up_;  // "numpy.py"
  // What was read from a folder. Never freed: V8 keeps pointers into scripts until the end.
  std::vector<const std::string*> read_;
};

}  // namespace v8py
