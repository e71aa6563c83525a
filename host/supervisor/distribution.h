// A distribution of Pyodide: a folder that holds a pyodide-lock.json and the wheels it names.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace v8py {

// A wheel, as its lock file has it.
struct Package {
  std::string name, version, file, sha256;
  bool operator==(const Package&) const = default;
};

// The name in the form in which names are compared: "Scikit_Learn" is "scikit-learn".
std::string CanonicalPackageName(std::string_view name);

class Distribution {
 public:
  // One of no package.
  Distribution() = default;
  // kWorld when the folder is none, or is for another ABI than `abi` ("2026_0").
  static Result<Distribution> Open(const std::string& folder, const std::string& abi);

  // The packages of these names and all that they depend on, by name. kCaller for a name that is
  // not here, with the one that is nearest.
  Result<std::vector<Package>> Select(const std::vector<std::string>& names) const;
  // All whose wheels are there, by name; of the installation's own distribution, whose wheels are
  // elsewhere, all that it names.
  enum class Wheels { kHere, kElsewhere };
  std::vector<Package> All(Wheels wheels) const;
  // The modules that people import from the packages of these names, which are here: one of each,
  // by the packages' names.
  std::vector<std::string> ModulesOf(const std::vector<std::string>& names) const;
  // A memory file for a worker (base/package_bundle.h), whose descriptor is the caller's. What the
  // wheels hold is checked by the worker. kWorld when one is missing.
  Result<int> Bundle(const std::vector<Package>& packages,
                     const std::vector<std::string>& preload) const;

 private:
  std::string folder_;
  Json entries_ = Json::object();  // by canonical name
};

}  // namespace v8py
