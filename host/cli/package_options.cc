#include "cli/package_options.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "cli/output.h"
#include "cli/requirements.h"

namespace v8py {

namespace {

// Commas separate requirements, and the parts of one: "numpy,pandas>=2,<3", "httpx[http2,brotli]".
Status AddRequirements(PackageOptions& options, std::string_view text) {
  size_t before = options.requirements.size();
  int brackets = 0;
  std::string part;
  auto add = [&]() -> Status {
    part.erase(0, part.find_first_not_of(' '));
    if (part.empty()) return CallerError("a package has a name");
    bool goes_on = std::string_view("<>=!~").find(part.front()) != std::string_view::npos;
    if (goes_on && options.requirements.size() > before) {
      options.requirements.back() += "," + part;
    } else {
      options.requirements.push_back(part);
    }
    part.clear();
    return Ok();
  };
  for (char c : text) {
    brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
    if (c != ',' || brackets > 0) {
      part += c;
      continue;
    }
    Status status = add();
    if (!status.ok()) return status;
  }
  return add();
}

Status AddFile(PackageOptions& options, std::string_view path) {
  auto found = FileRequirements(std::string(path));
  if (!found) return found.error();
  options.requirements.insert(options.requirements.end(), found->begin(), found->end());
  return Ok();
}

}  // namespace

std::vector<OptionSpec> PackageOptionTable(PackageOptions& options) {
  auto append = [](std::vector<std::string>& list) {
    return [&list](std::string_view text) {
      list.emplace_back(text);
      return text.empty() ? CallerError("a value is missing") : Ok();
    };
  };
  return {
      {"--with", "PACKAGES", "what it finds installed: 'numpy,pandas>=2', or the path of a wheel",
       [&options](std::string_view text) { return AddRequirements(options, text); }},
      {"-r", "FILE", "the packages of a requirements.txt or a pyproject.toml",
       [&options](std::string_view text) { return AddFile(options, text); }},
      {"--index-url", "URL", "the index they come from (default: as pip is configured); repeatable",
       append(options.indexes)},
      {"--find-links", "FOLDER", "wheels of this folder, too", append(options.find_links)},
      {"--packages-from", "FOLDER", "a distribution of Pyodide, for packages with native code",
       [&options](std::string_view text) {
         options.distribution = text;
         return text.empty() ? CallerError("a folder has a name") : Ok();
       }},
      {"--offline", "", "open no connection for packages",
       [&options](std::string_view) {
         options.offline = true;
         return Ok();
       }},
  };
}

v8py_error* SetPackages(v8py_options* target, const PackageOptions& options) {
  v8py_error* error = nullptr;
  for (const std::string& requirement : options.requirements) {
    if (!error) error = v8py_options_add_package(target, requirement.c_str());
  }
  auto set = [&](v8py_package_source source, const std::string& value) {
    if (!error) error = v8py_options_set_package_source(target, source, value.c_str());
  };
  for (const std::string& url : options.indexes) set(V8PY_SOURCE_INDEX, url);
  for (const std::string& folder : options.find_links) set(V8PY_SOURCE_FIND_LINKS, folder);
  if (!options.distribution.empty()) set(V8PY_SOURCE_DISTRIBUTION, options.distribution);
  if (options.offline) set(V8PY_SOURCE_OFFLINE, "");
  return error;
}

StepLine::StepLine() : terminal_(isatty(STDERR_FILENO)) {}

void StepLine::Show(std::string_view step) {
  if (!terminal_) {
    if (!std::exchange(shown_, true)) PrintError(std::string(step) + " …");
    return;
  }
  winsize size{};
  ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
  size_t width = size.ws_col > 12 ? size.ws_col - 10U : 70;
  size_t end = std::min({step.find('\n'), step.size(), width});
  shown_ = true;
  fprintf(stderr, "\r\033[Kv8py: %s …", std::string(step.substr(0, end)).c_str());
  fflush(stderr);
}

void StepLine::Clear() {
  if (terminal_ && std::exchange(shown_, false)) fputs("\r\033[K", stderr);
}

}  // namespace v8py
