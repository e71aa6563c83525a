// A set of packages that a command makes something of: `v8py lock`, `v8py bundle`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

}  // namespace v8py
