#include "cli/bundle.h"

#include <string>

#include "base/json.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/package_set.h"
#include "include/v8py_packages.h"

namespace v8py {

int BundleCommand(std::vector<std::string_view> words) {
  Result<PackageSet> set = ParsePackageSet(std::move(words));
  if (set && set->help) return Print(BundleHelp());
  Status asked = set ? AddScript(*set) : set.error();
  if (asked.ok() && set->output.empty()) {
    asked = CallerError("where to? give -o FOLDER, which is made");
  }
  if (!asked.ok()) {
    PrintError(asked.message());
    return kExitUsage;
  }
  auto bundle = [&set](v8py_runtime* runtime, v8py_options* options, char** json) {
    return v8py_packages_bundle(runtime, options, set->output.c_str(), json);
  };
  int exit_code = 0;
  Json made = Ask(set->packages, bundle, exit_code);
  if (exit_code != 0) return exit_code;
  return Print(PackageLines(made["packages"]) + set->output + "\n");
}

}  // namespace v8py
