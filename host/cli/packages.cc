#include "cli/packages.h"

#include <algorithm>
#include <string>

#include "base/json.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/package_options.h"
#include "cli/package_set.h"
#include "include/v8py_packages.h"

namespace v8py {

namespace {

constexpr size_t kMaxVersions = 10, kMaxOthers = 5;

int Usage(const std::string& message) {
  PrintError(message);
  return kExitUsage;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return tolower(c); });
  return text;
}

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

// "name  version  import module", a line each.
int PrintList(const Json& packages) {
  std::string lines;
  for (const Json& package : packages) {
    auto name = package["name"].get<std::string>();
    std::string line = Padded(name, 28) + Padded(package["version"].get<std::string>(), 16);
    for (const Json& module : package["modules"]) {
      if (module != name) line += "import " + module.get<std::string>();
    }
    lines += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return Print(lines);
}

int Search(const std::string& word, const Json& packages, bool json) {
  std::string wanted = Lower(word);
  Json found = Json::array();
  std::vector<std::string> names;
  for (const Json& package : packages) {
    names.push_back(Lower(package["name"].get<std::string>()));
    std::string all = names.back();
    for (const Json& module : package["modules"]) all += "\n" + Lower(module.get<std::string>());
    if (all.find(wanted) != std::string::npos) found.push_back(package);
  }
  if (json) return Print(DumpJson(found, 2) + "\n");
  if (!found.empty()) return PrintList(found);
  std::string nearest = Nearest(wanted, {names.begin(), names.end()});
  PrintError("Pyodide's distribution has nothing with '" + word + "' in its name" +
             (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
             " 'v8py packages info " + word + "' asks the Python index");
  return 1;
}

int PrintInfo(const Json& about) {
  std::string lines = about["name"].get<std::string>() + "\n";
  size_t shown = 0;
  for (const Json& version : about["versions"]) {
    if (++shown > kMaxVersions) break;
    lines += "  " + Padded(version["version"].get<std::string>(), 14) +
             Padded(version["from"].get<std::string>(), 14) + version["file"].get<std::string>() +
             "\n";
  }
  size_t all = about["versions"].size();
  if (all > kMaxVersions) lines += "  and " + std::to_string(all - kMaxVersions) + " older ones\n";
  std::string needs;
  for (const Json& item : about["requires"]) {
    needs += (needs.empty() ? "" : ", ") + item.get<std::string>();
  }
  if (all > 0) lines += "needs " + (needs.empty() ? "nothing else" : needs) + "\n";
  size_t others = about["others"].size();
  if (all == 0) {
    lines += "no version of it works here; there are only\n";
    for (size_t i = 0; i < std::min(others, kMaxOthers); ++i) {
      lines += "  " + about["others"][others - 1 - i].get<std::string>() + "\n";
    }
  }
  if (about["problem"].is_string()) {
    lines += "(not all is known: " + about["problem"].get<std::string>() + ")\n";
  }
  int printed = Print(lines);
  return printed != 0 ? printed : all > 0 ? 0 : 1;
}

}  // namespace

int PackagesCommand(std::vector<std::string_view> words) {
  if (words.empty())
    return Usage("packages: list, search WORD or info NAME (see 'v8py packages --help')");
  std::string action(words.front());
  if (action == "--help" || action == "-h") return Print(PackagesHelp());
  if (action != "list" && action != "search" && action != "info") {
    std::string nearest = Nearest(action, {"list", "search", "info"});
    return Usage(
        "there is no 'packages " + action + "'; " +
        (nearest.empty() ? "see 'v8py packages --help'" : "did you mean '" + nearest + "'?"));
  }
  words.erase(words.begin());
  PackageOptions options;
  bool json = false, help = false;
  std::vector<OptionSpec> table = PackageOptionTable(options);
  auto set = [](bool& flag) {
    return [&flag](std::string_view) {
      flag = true;
      return Ok();
    };
  };
  table.push_back({"--json", "", "", set(json)});
  table.push_back({"--help", "", "", set(help)});
  table.push_back({"-h", "", "", set(help)});
  ArgumentReader reader(std::move(words));
  Status status = reader.ReadOptions(table);
  std::string word;
  if (status.ok() && !reader.empty() && action != "list") word = reader.Take();
  if (status.ok()) status = reader.ReadOptions(table);
  if (!status.ok()) return Usage(status.message());
  if (help) return Print(PackagesHelp());
  if (!reader.empty()) {
    return Usage("packages " + action + ": '" + std::string(reader.Take()) +
                 "' is one word too many");
  }
  if (word.empty() && action != "list") {
    return Usage("packages " + action + ": which? give a " + (action == "info" ? "NAME" : "WORD"));
  }
  AskPackages ask = v8py_packages_list;
  if (action == "info") {
    ask = [&word](v8py_runtime* runtime, v8py_options* target, char** text) {
      return v8py_packages_about(runtime, target, word.c_str(), text);
    };
  }
  int exit_code = 0;
  Json answer = Ask(options, ask, exit_code);
  if (exit_code != 0) return exit_code;
  if (action == "search") return Search(word, answer, json);
  if (json) return Print(DumpJson(answer, 2) + "\n");
  return action == "list" ? PrintList(answer) : PrintInfo(answer);
}

}  // namespace v8py
