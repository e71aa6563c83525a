// Part of loader.h: what was loaded as a distribution of Pyodide.
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "supervisor/packages/loader.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

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
  Folder folder{std::move(*draft), {}, loaded->plan};
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

Result<Plan> PackageLoader::Bundle(const PackageWish& wish, const std::string& place) {
  std::string path = place.substr(0, place.find_last_not_of('/') + 1);
  std::string unfinished = path + ".unfinished";
  std::error_code error;
  for (const std::string& name : {path, unfinished}) {
    if (fs::exists(fs::symlink_status(name, error))) {
      return Fail(CallerError(name + " is there already: delete it, or name another folder"));
    }
  }
  Result<Folder> folder = MakeDistribution(wish);
  if (!folder) return Fail(folder.error());
  if (!fs::create_directory(unfinished, error)) {
    return Fail(CallerError("make " + unfinished + ": " + error.message()));
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder->draft.folder(), error)) {
    // What is behind the links.
    fs::copy_file(entry.path(), fs::path(unfinished) / entry.path().filename(), error);
    if (error) break;
  }
  if (!error) fs::rename(unfinished, path, error);
  if (!error) return std::move(folder->plan);
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  return Fail(WorldError("write " + path + ": " + error.message()));
}

}  // namespace v8py
