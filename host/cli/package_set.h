// A set of packages that a command makes something of: `v8py lock`, `v8py bundle`.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "cli/package_options.h"

namespace v8py {

struct PackageSet {
  PackageOptions packages;
  std::string script;  // whose block "# /// script" says more of them
  std::string output;  // of -o
  bool help = false;
};

// [OPTION…] [FILE] [OPTION…]; kCaller for anything else.
Result<PackageSet> ParsePackageSet(std::vector<std::string_view> words);
// Adds what the script wants. kCaller when nothing is wanted at all.
Status AddScript(PackageSet& set);

// What one of v8py.h's functions says of these packages, as JSON; progress is shown meanwhile. When
// it fails, which is printed, `exit_code` is not 0.
using AskPackages = std::function<v8py_error*(v8py_runtime*, v8py_options*, char** json)>;
Json Ask(const PackageOptions& packages, const AskPackages& ask, int& exit_code);
// "name version", a line each.
std::string PackageLines(const Json& packages);

}  // namespace v8py
