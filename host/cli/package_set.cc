#include "cli/package_set.h"

#include "cli/arguments.h"
#include "cli/handles.h"
#include "cli/requirements.h"
#include "cli/source.h"

namespace v8py {

Result<PackageSet> ParsePackageSet(std::vector<std::string_view> words) {
  PackageSet set;
  std::vector<OptionSpec> table = PackageOptionTable(set.packages);
  table.push_back({"-o", "PLACE", "", [&](std::string_view text) {
                     set.output = text;
                     return text.empty() ? CallerError("a file has a name") : Ok();
                   }});
  for (const char* name : {"-h", "--help"}) {
    table.push_back({name, "", "", [&](std::string_view) {
                       set.help = true;
                       return Ok();
                     }});
  }
  ArgumentReader reader(std::move(words));
  Status status = reader.ReadOptions(table);
  if (status.ok() && !reader.empty()) set.script = reader.Take();
  // Options may follow the script, which gets no arguments here.
  if (status.ok()) status = reader.ReadOptions(table);
  if (!status.ok()) return Fail(status);
  if (!reader.empty()) {
    return Fail(
        CallerError("one program at a time; '" + std::string(reader.Take()) + "' is one too many"));
  }
  return set;
}

Status AddScript(PackageSet& set) {
  std::vector<std::string>& requirements = set.packages.requirements;
  if (!set.script.empty()) {
    Result<std::string> source = ReadSource(set.script);
    if (!source) return source.error();
    auto wanted = ScriptRequirements(*source, set.script);
    if (!wanted) return wanted.error();
    requirements.insert(requirements.end(), wanted->begin(), wanted->end());
  }
  if (!requirements.empty()) return Ok();
  return CallerError(
      "no package is wanted: give a program with a block '# /// script', -r FILE or --with "
      "PACKAGE");
}

Json Ask(const PackageOptions& packages, const AskPackages& ask, int& exit_code) {
  exit_code = 0;
  v8py_runtime* raw_runtime = nullptr;
  Error error(v8py_runtime_new(nullptr, &raw_runtime));
  RuntimeHandle runtime(raw_runtime);
  OptionsHandle options(v8py_options_new());
  if (!error) error.reset(SetPackages(options.get(), packages));
  StepLine steps;
  v8py_options_set_progress(options.get(), StepLine::Callback, &steps);
  char* text = nullptr;
  if (!error) error.reset(ask(runtime.get(), options.get(), &text));
  steps.Clear();
  if (error) {
    exit_code = Report(error);
    return nullptr;
  }
  return TakeJson(text);
}

std::string PackageLines(const Json& packages) {
  std::string lines;
  for (const Json& package : packages) {
    lines +=
        package["name"].get<std::string>() + " " + package["version"].get<std::string>() + "\n";
  }
  return lines;
}

}  // namespace v8py
