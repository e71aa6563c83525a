#include "cli/image.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/arguments.h"
#include "cli/exec.h"
#include "cli/help.h"

namespace v8py {

namespace {

void PrintStep(void*, const char* step) {
  fprintf(stderr, "v8py: making the start-up image (once): %s …\n", step);
}

int Fail(v8py_error* error) {
  PrintError(v8py_error_message(error));
  v8py_error_free(error);
  return kExitFault;
}

// Calls `function`, which gives JSON text, and shows its elements.
int Show(v8py_runtime* runtime, v8py_error* (*function)(v8py_runtime*, char**),
         int (*show)(const Json&)) {
  char* text = nullptr;
  if (v8py_error* error = function(runtime, &text)) return Fail(error);
  Result<Json> list = ParseJson(text);
  v8py_string_free(text);
  return list ? show(*list) : kExitFault;
}

int ShowList(const Json& list) {
  for (const Json& image : list) {
    bool usable = image["usable"].get<bool>();
    printf("%-9s %10s  %-20s  %s\n", usable ? "usable" : "refused",
           FormatSize(image["size"].get<uint64_t>()).c_str(),
           image["created"].get<std::string>().c_str(), image["path"].get<std::string>().c_str());
    if (!usable) printf("          %s\n", image["reason"].get<std::string>().c_str());
  }
  if (list.empty()) printf("no images; 'v8py image build' makes one\n");
  return 0;
}

// As `list`, for scripts: the exit code says whether all can be used.
int ShowVerified(const Json& list) {
  ShowList(list);
  for (const Json& image : list) {
    if (!image["usable"].get<bool>()) return 1;
  }
  return list.empty() ? 1 : 0;
}

int ShowPruned(const Json& list) {
  for (const Json& path : list) printf("deleted %s\n", path.get<std::string>().c_str());
  if (list.empty()) printf("nothing to delete\n");
  return 0;
}

int Build(v8py_runtime* runtime) {
  if (v8py_error* error = v8py_image_build(runtime, PrintStep, nullptr)) return Fail(error);
  return Show(runtime, v8py_image_list, ShowList);
}

}  // namespace

void EnsureImage(v8py_runtime* runtime) {
  const char* wish = getenv("V8PY_IMAGE");
  if ((wish && std::string_view(wish) == "use") || v8py_image_usable(runtime, nullptr)) return;
  bool terminal = isatty(STDERR_FILENO);
  v8py_error* error = v8py_image_build(runtime, terminal ? PrintStep : nullptr, nullptr);
  if (!error) return;
  Log("image", LogLevel::kInfo, v8py_error_message(error));
  v8py_error_free(error);
}

int ImageCommand(const std::vector<std::string_view>& words) {
  std::string_view action = words.empty() ? "" : words[0];
  if (action == "--help" || action == "-h" || action == "help") {
    fputs(ImageHelp().c_str(), stdout);
    return 0;
  }
  std::string nearest = Nearest(action, {"build", "list", "verify", "prune"});
  if (words.size() != 1 || (action != nearest)) {
    PrintError(words.size() > 1 && action == nearest
                   ? "'v8py image " + std::string(action) + "' takes no more words"
                   : "'v8py image' wants one of build, list, verify, prune" +
                         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    return kExitUsage;
  }
  v8py_runtime* runtime = nullptr;
  if (v8py_error* error = v8py_runtime_new(nullptr, &runtime)) return Fail(error);
  int exit_code = action == "build"    ? Build(runtime)
                  : action == "list"   ? Show(runtime, v8py_image_list, ShowList)
                  : action == "verify" ? Show(runtime, v8py_image_list, ShowVerified)
                                       : Show(runtime, v8py_image_prune, ShowPruned);
  v8py_runtime_free(runtime);
  return exit_code;
}

}  // namespace v8py
