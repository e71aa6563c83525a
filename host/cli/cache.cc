#include "cli/cache.h"

#include <string>

#include "base/nearest.h"
#include "base/units.h"
#include "cli/handles.h"
#include "cli/help.h"
#include "cli/output.h"
#include "include/v8py_packages.h"

namespace v8py {

namespace {

int Info() {
  char* text = nullptr;
  if (v8py_error* error = v8py_cache_info(&text)) return Report(error);
  Json info = TakeJson(text);
  std::string lines = info["folder"].get<std::string>() + "\n";
  for (const char* what : {"wheels", "packs", "texts", "drafts"}) {
    std::string count = std::to_string(info[what]["count"].get<uint64_t>());
    std::string line = std::string("  ") + what;
    line.resize(12, ' ');
    count.insert(0, count.size() < 6 ? 6 - count.size() : 0, ' ');
    lines += line + count + "   " + FormatSize(info[what]["bytes"].get<uint64_t>()) + "\n";
  }
  return Print(lines);
}

int Clean(int all) {
  uint64_t bytes = 0;
  if (v8py_error* error = v8py_cache_clean(all, &bytes)) return Report(error);
  return Print(FormatSize(bytes) + " deleted\n");
}

int Verify() {
  char* text = nullptr;
  if (v8py_error* error = v8py_cache_verify(&text)) return Report(error);
  Json result = TakeJson(text);
  std::string lines;
  for (const Json& path : result["deleted"]) {
    lines += "deleted " + path.get<std::string>() + ": not what it was\n";
  }
  lines += std::to_string(result["checked"].get<uint64_t>()) + " files read, " +
           std::to_string(result["deleted"].size()) + " deleted\n";
  int printed = Print(lines);
  return printed != 0 ? printed : result["deleted"].empty() ? 0 : 1;
}

}  // namespace

int CacheCommand(const std::vector<std::string_view>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return Print(CacheHelp());
  if (words.size() > 1) {
    PrintError("cache " + std::string(words[0]) + " takes no arguments");
    return kExitUsage;
  }
  if (words[0] == "info") return Info();
  if (words[0] == "clean") return Clean(1);
  if (words[0] == "prune") return Clean(0);
  if (words[0] == "verify") return Verify();
  std::string nearest = Nearest(words[0], {"info", "clean", "prune", "verify"});
  PrintError("there is no 'cache " + std::string(words[0]) + "'; " +
             (nearest.empty() ? "see 'v8py cache --help'" : "did you mean '" + nearest + "'?"));
  return kExitUsage;
}

}  // namespace v8py
