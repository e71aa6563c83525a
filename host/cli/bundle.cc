#include "cli/bundle.h"

#include <string>

#include "base/json.h"
#include "cli/handles.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/package_set.h"
#include "include/v8py.h"

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
  v8py_runtime* raw_runtime = nullptr;
  Error error(v8py_runtime_new(nullptr, &raw_runtime));
  RuntimeHandle runtime(raw_runtime);
  if (error) return Report(error);
  OptionsHandle options(v8py_options_new());
  error.reset(SetPackages(options.get(), set->packages));
  StepLine steps;
  v8py_options_set_progress(options.get(), StepLine::Callback, &steps);
  char* json = nullptr;
  if (!error) {
    error.reset(v8py_packages_bundle(runtime.get(), options.get(), set->output.c_str(), &json));
  }
  steps.Clear();
  if (error) return Report(error);
  Json bundle = ParseJson(json).value_or(Json());
  v8py_string_free(json);
  std::string lines;
  for (const Json& package : bundle["packages"]) {
    lines +=
        package["name"].get<std::string>() + " " + package["version"].get<std::string>() + "\n";
  }
  return Print(lines + set->output + "\n");
}

}  // namespace v8py
