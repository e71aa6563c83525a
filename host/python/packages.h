// Packages that an interpreter unpacks before it becomes an image. Read before the jail closes, as
// everything is that comes from a file. A wheel whose SHA-256 is not its lock file's is refused.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/package_bundle.h"
#include "base/status.h"

namespace v8py {

struct Packages {
  struct Wheel {
    std::string file;
    size_t size = 0;
    // Memory of our own, which goes when the wheel is unpacked: a mapping would stay in the image.
    std::unique_ptr<char[]> bytes;
  };
  Json lock = Json::object();  // entries of a pyodide-lock.json, by name
  std::vector<Wheel> wheels;
  std::vector<std::string> preload;  // modules to import

  // Reads the bundle behind `fd` (base/package_bundle.h).
  static Result<Packages> Read(int fd);
};

}  // namespace v8py
