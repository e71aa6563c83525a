#include "cli/image.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/json.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/output.h"

namespace v8py {

namespace {

void PrintStep(void*, const char* step) {
  PrintError(std::string("making the start-up image (once): ") + step + " …");
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

std::string Lines(const Json& list) {
  std::string lines;
  for (const Json& image : list) {
    bool usable = image["usable"].get<bool>();
    std::string size = FormatSize(image["size"].get<uint64_t>());
    size.insert(0, size.size() < 10 ? 10 - size.size() : 0, ' ');
    lines += (usable ? "usable   " : "refused  ") + size + "  " + image["path"].get<std::string>() +
             "\n";
    if (!usable) lines += "         " + image["reason"].get<std::string>() + "\n";
  }
  return list.empty() ? "no images; 'v8py image build' makes one\n" : lines;
}

int ShowList(const Json& list) { return Print(Lines(list)); }

// As `list`, for scripts: the exit code says whether all can be used.
int ShowVerified(const Json& list) {
  bool all = !list.empty();
  for (const Json& image : list) all = all && image["usable"].get<bool>();
  int printed = ShowList(list);
  return printed != 0 || all ? printed : 1;
}

int ShowPruned(const Json& list) {
  std::string lines;
  for (const Json& path : list) lines += "deleted " + path.get<std::string>() + "\n";
  return Print(list.empty() ? "nothing to delete\n" : lines);
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
  if (action == "--help" || action == "-h" || action == "help") return Print(ImageHelp());
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
