// What a worker that becomes an image with packages gets from the supervisor: one file, whose head
// says what follows it: wheels, one behind the other.
// supervisor/distribution.h writes it, python/packages.h reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace v8py {

struct PackageBundle {
  struct Wheel {
    std::string file;
    uint64_t size = 0;
    std::string sha256;  // lower-case hexadecimal
  };
  Json lock = Json::object();        // the packages' entries of a pyodide-lock.json, by name
  std::vector<Wheel> wheels;         // in the order of their bytes
  std::vector<std::string> preload;  // modules that the image has imported
};

// The head, its length included.
std::string EncodeBundleHead(const PackageBundle& bundle);
// A file begins with the length of the rest of the head, in so many bytes, the lowest first.
inline constexpr size_t kBundleLength = 8;
uint64_t DecodeBundleLength(std::string_view bytes);
// The rest of the head.
Result<PackageBundle> DecodeBundleHead(std::string_view bytes);

}  // namespace v8py
