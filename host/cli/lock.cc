#include "cli/lock.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>

#include "base/json.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/package_options.h"
#include "cli/package_set.h"
#include "cli/source.h"
#include "cli/toml.h"
#include "include/v8py_packages.h"

namespace v8py {

namespace {

// {"requirements", "packages"} as PEP 751 has it; what it has no place for is in tables of our own.
Json ToPylock(const Json& lock) {
  Json packages = Json::array();
  for (const Json& package : lock["packages"]) {
    bool is_url = package["from"] == "index";
    Json wheel = {{"name", package["file"]},
                  {is_url ? "url" : "path", package["place"]},
                  {"hashes", {{"sha256", package["sha256"]}}}};
    packages.push_back({{"name", package["name"]},
                        {"version", package["version"]},
                        {"wheels", Json::array({wheel})},
                        {"tool",
                         {{"v8py",
                           {{"from", package["from"]},
                            {"libraries", package["libraries"]},
                            {"requested", package["requested"]},
                            {"requires", package["requires"]}}}}}});
  }
  return {{"lock-version", "1.0"},
          {"created-by", "v8py"},
          {"requires-python", "==3.14.*"},
          {"packages", packages},
          {"tool", {{"v8py", {{"requirements", lock["requirements"]}}}}}};
}

// A field of what somebody else has written, or `other` when it is not there or of another type.
Json Field(const Json& object, const char* name, Json other) {
  if (!object.is_object() || !object.contains(name)) return other;
  const Json& value = object[name];
  return value.type() == other.type() ? value : other;
}

Result<Json> FromPylock(const Json& file, const std::string& path) {
  auto wrong = [&path](const std::string& what) {
    return Fail(
        CallerError(path + " is no lock of v8py's: " + what + "; make one with 'v8py lock'"));
  };
  if (Field(file, "lock-version", "") != "1.0") return wrong("lock-version is not 1.0");
  Json tool = Field(file, "tool", Json::object());
  if (!tool.contains("v8py") || !tool["v8py"].is_object()) return wrong("there is no [tool.v8py]");
  Json lock = {{"requirements", Field(tool["v8py"], "requirements", Json::array())},
               {"packages", Json::array()}};
  for (const Json& package : Field(file, "packages", Json::array())) {
    std::string name = Field(package, "name", "");
    if (name.empty()) return wrong("a package has no name");
    Json wheels = Field(package, "wheels", Json::array());
    if (wheels.size() != 1) return wrong("'" + name + "' has not one wheel");
    const Json& wheel = wheels[0];
    Json extra = Field(Field(package, "tool", Json::object()), "v8py", Json::object());
    std::string url = Field(wheel, "url", ""), path_of_wheel = Field(wheel, "path", "");
    std::string hash = Field(Field(wheel, "hashes", Json::object()), "sha256", "");
    bool hex = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex) return wrong("'" + name + "' has no SHA-256");
    lock["packages"].push_back({{"name", name},
                                {"version", Field(package, "version", "")},
                                {"file", Field(wheel, "name", "")},
                                {"sha256", hash},
                                {"from", Field(extra, "from", url.empty() ? "file" : "index")},
                                {"place", url.empty() ? path_of_wheel : url},
                                {"libraries", Field(extra, "libraries", false)},
                                {"requested", Field(extra, "requested", false)},
                                {"requires", Field(extra, "requires", Json::array())}});
  }
  return lock;
}

// At once or not at all.
Status WriteFile(const std::string& path, const std::string& text) {
  std::string unfinished = path + ".unfinished";
  std::ofstream out(unfinished, std::ios::binary);
  out << text;
  if (!out.flush() || rename(unfinished.c_str(), path.c_str()) != 0) {
    Status status = ErrnoError("write " + path, errno);
    unlink(unfinished.c_str());
    return status;
  }
  return Ok();
}

}  // namespace

std::string LockPathFor(const std::string& script) {
  return script.empty() ? "pylock.toml" : script + ".lock";
}

Result<std::string> ReadLock(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) {
    return Fail(CallerError("there is no lock " + path + ": make it with 'v8py lock'"));
  }
  Result<std::string> text = ReadSource(path);
  if (!text) return Fail(text.error());
  Result<Json> file = ParseToml(*text, path);
  if (!file) return Fail(file.error());
  Result<Json> lock = FromPylock(*file, path);
  if (!lock) return Fail(lock.error());
  return DumpJson(*lock);
}

int LockCommand(std::vector<std::string_view> words) {
  Result<PackageSet> options = ParsePackageSet(std::move(words));
  if (options && options->help) return Print(LockHelp());
  Status asked = options ? AddScript(*options) : options.error();
  if (!asked.ok()) {
    PrintError(asked.message());
    return kExitUsage;
  }

  int exit_code = 0;
  Json lock = Ask(options->packages, v8py_packages_lock, exit_code);
  if (exit_code != 0) return exit_code;
  std::string path = options->output.empty() ? LockPathFor(options->script) : options->output;
  Status written = WriteFile(path, DumpToml(ToPylock(lock)));
  if (!written.ok()) {
    PrintError(written.message());
    return kExitFault;
  }
  return Print(PackageLines(lock["packages"]) + path + "\n");
}

}  // namespace v8py
