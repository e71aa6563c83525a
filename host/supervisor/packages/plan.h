// What a set of requirements comes to: a wheel for each package, with where it is.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace v8py {

struct PlannedPackage {
  std::string name, version, file_name;
  std::string sha256;  // "": of a file on this machine, not read yet
  enum class From { kIndex, kDistribution, kFile } from = From::kIndex;
  std::string place;       // URL; file of the distribution; path
  bool libraries = false;  // an archive of libraries
  bool requested = false;  // or only needed by others
  std::vector<std::string> requires_names;
};

struct Plan {
  std::vector<PlannedPackage> packages;   // in the order of their names
  std::vector<std::string> requirements;  // that it was made for; of a lock

  Json ToJson() const;
  // kInternal for what is none.
  static Result<Plan> FromJson(const Json& json);
};

}  // namespace v8py
