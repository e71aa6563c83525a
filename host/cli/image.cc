#include "cli/image.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/units.h"
#include "cli/arguments.h"
#include "cli/background_image.h"
#include "cli/handles.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/package_options.h"
#include "include/v8py_image.h"

namespace v8py {

namespace {

void PrintStep(void*, const char* step) {
  PrintError(std::string("making the start-up image (once): ") + step + " …");
}

// Shows JSON text that a function gave, which is freed.
int ShowText(char* text, int (*show)(const Json&)) {
  Json json = TakeJson(text);
  return json.is_null() ? kExitFault : show(json);
}

int Show(v8py_runtime* runtime, v8py_error* (*function)(v8py_runtime*, char**),
         int (*show)(const Json&)) {
  char* text = nullptr;
  if (v8py_error* error = function(runtime, &text)) return Report(error);
  return ShowText(text, show);
}

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string Lines(const Json& list) {
  std::string lines;
  for (const Json& image : list) {
    bool usable = image["usable"].get<bool>();
    std::string size = FormatSize(image["size"].get<uint64_t>());
    size.insert(0, size.size() < 10 ? 10 - size.size() : 0, ' ');
    lines += (usable ? "usable   " : "refused  ") + size + "  " +
             Padded(image["name"].get<std::string>(), 14) + "  " +
             image["path"].get<std::string>() + "\n";
    if (!usable) lines += "         " + image["reason"].get<std::string>() + "\n";
  }
  return list.empty() ? "no images; 'v8py image build' makes one\n" : lines;
}

// As `list`, for scripts: the exit code says whether it can be used.
int ShowInfo(const Json& image) {
  std::string packages, modules;
  for (const Json& package : image["packages"]) {
    packages += (packages.empty() ? "" : ", ") + package["name"].get<std::string>() + " " +
                package["version"].get<std::string>();
  }
  for (const Json& module : image["preload"]) {
    modules += (modules.empty() ? "" : ", ") + module.get<std::string>();
  }
  bool usable = image["usable"].get<bool>();
  int printed = Print("name      " + image["name"].get<std::string>() + "\nfile      " +
                      image["path"].get<std::string>() + "\nsize      " +
                      FormatSize(image["size"].get<uint64_t>()) + "\nmade      " +
                      image["created"].get<std::string>() + "\npackages  " + packages +
                      "\nimported  " + modules + "\nusable    " +
                      (usable ? "yes" : "no: " + image["reason"].get<std::string>()) + "\n");
  return printed != 0 || usable ? printed : 1;
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

using Words = std::vector<std::string_view>;

Words Split(std::string_view text) {
  Words words;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) words.push_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

using ImageOptions = std::unique_ptr<v8py_image_options, mcp::Free<v8py_image_options_free>>;

// An option whose value goes to `set`, as it is.
OptionSpec Plain(std::string_view name, std::string_view value,
                 v8py_error* (*set)(v8py_image_options*, const char*),
                 v8py_image_options* options) {
  return {name, value, "", [options, set](std::string_view text) {
            return mcp::ToStatus(set(options, std::string(text).c_str()));
          }};
}

Status AddModules(v8py_image_options* options, std::string_view text) {
  Words words = Split(text);
  if (words.empty()) return CallerError("--preload wants names");
  if (text == "none") return mcp::ToStatus(v8py_image_options_add_preload(options, nullptr));
  Status status;
  for (std::string_view word : words) {
    if (!status.ok()) break;
    status = mcp::ToStatus(v8py_image_options_add_preload(options, std::string(word).c_str()));
  }
  return status;
}

struct BuildOptions {
  ImageOptions image{v8py_image_options_new()};
  PackageOptions packages;
  std::string background;  // if any: the process it is made for, as cli/background_image.h has it
};

Status ReadBuildOptions(const Words& words, BuildOptions& options) {
  v8py_image_options* image = options.image.get();
  std::vector<OptionSpec> table = PackageOptionTable(options.packages);
  table.push_back({"--preload", "MODULES", "",
                   [image](std::string_view text) { return AddModules(image, text); }});
  table.push_back(Plain("--name", "NAME", v8py_image_options_set_name, image));
  table.push_back(Plain("-o", "FILE", v8py_image_options_set_file, image));
  table.push_back({"--background", "PID", "", [&options](std::string_view parent) {
                     options.background = parent;
                     return Ok();
                   }});
  ArgumentReader reader(words);
  Status status = reader.ReadOptions(table);
  if (!status.ok() || reader.empty()) return status;
  return CallerError("'v8py image build' takes options only, and was given '" +
                     std::string(reader.Take()) + "'; see 'v8py image --help'");
}

int Build(v8py_runtime* runtime, const Words& words) {
  BuildOptions options;
  OptionsHandle program(v8py_options_new());
  Status status = ReadBuildOptions(words, options);
  if (status.ok()) {
    status = options.background.empty()
                 ? mcp::ToStatus(SetPackages(program.get(), options.packages))
                 : EnterBackground(options.background, program.get());
  }
  if (status.ok()) {
    status = mcp::ToStatus(v8py_image_options_set_packages(options.image.get(), program.get()));
  }
  if (!status.ok()) {
    PrintError(status.message());
    return kExitUsage;
  }
  char* path = nullptr;
  v8py_error* error =
      v8py_image_build(runtime, options.image.get(),
                       options.background.empty() ? PrintStep : nullptr, nullptr, &path);
  if (error) return Report(error);
  std::string built(path);
  v8py_string_free(path);
  return Print(built + "\n");
}

int Info(v8py_runtime* runtime, const Words& words) {
  char* text = nullptr;
  std::string image(words.empty() ? "base" : words.front());
  if (v8py_error* error = v8py_image_info(runtime, image.c_str(), &text)) return Report(error);
  return ShowText(text, ShowInfo);
}

int Run(v8py_runtime* runtime, std::string_view action, const Words& words) {
  if (action == "build") return Build(runtime, words);
  if (action == "info") return Info(runtime, words);
  if (action == "list") return Show(runtime, v8py_image_list, ShowList);
  if (action == "verify") return Show(runtime, v8py_image_list, ShowVerified);
  return Show(runtime, v8py_image_prune, ShowPruned);
}

}  // namespace

void EnsureImage(v8py_runtime* runtime) {
  const char* wish = getenv("V8PY_IMAGE");
  if ((wish && std::string_view(wish) == "use") || v8py_image_usable(runtime, nullptr)) return;
  bool terminal = isatty(STDERR_FILENO);
  v8py_error* error =
      v8py_image_build(runtime, nullptr, terminal ? PrintStep : nullptr, nullptr, nullptr);
  if (!error) return;
  Log("image", LogLevel::kInfo, v8py_error_message(error));
  v8py_error_free(error);
}

int ImageCommand(const std::vector<std::string_view>& words) {
  std::string_view action = words.empty() ? "" : words[0];
  bool help = action == "--help" || action == "-h" || action == "help" ||
              (words.size() > 1 && (words[1] == "--help" || words[1] == "-h"));
  if (help) return Print(ImageHelp());
  std::string nearest = Nearest(action, {"build", "list", "info", "verify", "prune"});
  if (action != nearest || action.empty()) {
    PrintError("'v8py image' wants one of build, list, info, verify, prune" +
               (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    return kExitUsage;
  }
  size_t most = action == "build" ? words.size() : action == "info" ? 2 : 1;
  if (words.size() > most) {
    PrintError("'v8py image " + std::string(action) + "' takes no more words");
    return kExitUsage;
  }
  v8py_runtime* runtime = nullptr;
  if (v8py_error* error = v8py_runtime_new(nullptr, &runtime)) return Report(error);
  int exit_code = Run(runtime, action, {words.begin() + 1, words.end()});
  v8py_runtime_free(runtime);
  return exit_code;
}

}  // namespace v8py
