// Part of loader.h: what was loaded as a distribution of Pyodide.
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "supervisor/packages/loader.h"

namespace v8py {

namespace {

Json ReadJsonFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return ParseJson(text.str()).value_or(Json::object());
}

// The modules that people import from a package: as Pyodide's lock file has it, or its own name.
Json ImportsOf(const PlannedPackage& package, const Json& known) {
  Json entry = known.value(package.name, Json::object());
  if (entry.contains("imports")) return entry["imports"];
  std::string module = package.name;
  for (char& c : module) c = c == '-' ? '_' : c;
  return Json::array({module});
}

}  // namespace

Result<PackageLoader::Folder> PackageLoader::MakeDistribution(const PackageWish& wish) {
  Result<Loaded> loaded = Load(wish);
  if (!loaded) return Fail(loaded.error());
  Result<PackageCache::Draft> draft = cache_.NewDraft();
  if (!draft) return Fail(draft.error());
  Folder folder{std::move(*draft), {}};
  Json shipped = ReadJsonFile(install_.assets() + "/pyodide-lock.json");
  Json known = shipped.value("packages", Json::object());
  Json lock = {{"info", shipped.value("info", Json::object())}, {"packages", Json::object()}};
  for (size_t i = 0; i < loaded->plan.packages.size(); ++i) {
    const PlannedPackage& package = loaded->plan.packages[i];
    if (package.requested) folder.requested.push_back(package.name);
    std::string wheel = cache_.PathOf(PackageCache::Kind::kWheel, loaded->hashes[i]);
    std::string link = folder.draft.Path(package.file_name);
    if (symlink(wheel.c_str(), link.c_str()) != 0) return Fail(ErrnoError("make " + link, errno));
    lock["packages"][package.name] = {
        {"name", package.name},
        {"version", package.version},
        {"file_name", package.file_name},
        {"sha256", loaded->hashes[i]},
        {"install_dir", package.libraries ? "dynlib" : "site"},
        {"package_type", package.libraries ? "shared_library" : "package"},
        {"depends", package.requires_names},
        {"imports", package.libraries ? Json::array() : ImportsOf(package, known)},
        {"unvendored_tests", false}};
  }
  std::ofstream out(folder.draft.Path("pyodide-lock.json"));
  out << DumpJson(lock);
  if (!out.flush()) return Fail(WorldError("writing a lock file into the package cache failed"));
  return folder;
}

}  // namespace v8py
