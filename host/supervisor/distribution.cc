#include "supervisor/distribution.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/message_fields.h"
#include "base/nearest.h"
#include "base/package_bundle.h"

namespace v8py {

namespace {

constexpr const char* kLockFile = "/pyodide-lock.json";
constexpr const char* kAdvice =
    "; a distribution of Pyodide is a folder that holds a pyodide-lock.json and its wheels";

// Closes its descriptors, of which it has one for each wheel and that of the bundle.
class Files {
 public:
  Files() = default;
  Files(const Files&) = delete;
  ~Files() {
    for (int fd : fds_) close(fd);
  }
  int Add(int fd) {
    if (fd >= 0) fds_.push_back(fd);
    return fd;
  }
  // The first one added, which is the caller's from now on.
  int ReleaseFirst() {
    int fd = fds_.front();
    fds_.erase(fds_.begin());
    return fd;
  }

 private:
  std::vector<int> fds_;
};

Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoError("write the bundle of packages", errno);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return Ok();
}

Status CopyAll(int from, int to, uint64_t size, const std::string& name) {
  while (size > 0) {
    ssize_t copied = sendfile(to, from, nullptr, size);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return ErrnoError("read " + name, errno);
    if (copied == 0) return WorldError(name + " became shorter while it was read");
    size -= static_cast<size_t>(copied);
  }
  return Ok();
}

Result<Package> ToPackage(const Json& entry) {
  Status status;
  Fields fields(entry, status);
  Package package{fields.Text("name"), fields.Text("version"), fields.Text("file_name"),
                  fields.Text("sha256")};
  // Read by others, who rely on it.
  fields.Texts("depends");
  fields.Texts("imports");
  if (!status.ok()) return Fail(status);
  // The name of a file, and nothing that leads elsewhere.
  if (package.file.empty() || package.file.find('/') != std::string::npos) {
    return Fail(WorldError("'" + package.file + "' is no file's name"));
  }
  return package;
}

}  // namespace

std::string CanonicalPackageName(std::string_view name) {
  std::string canonical;
  for (char c : name) {
    bool separator = c == '-' || c == '_' || c == '.';
    if (!separator) {
      canonical += static_cast<char>(tolower(static_cast<unsigned char>(c)));
    } else if (canonical.empty() || canonical.back() != '-') {
      canonical += '-';
    }
  }
  return canonical;
}

Result<Distribution> Distribution::Open(const std::string& folder, const std::string& abi) {
  Distribution distribution;
  distribution.folder_ = folder;
  std::string path = folder + kLockFile;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(WorldError(ErrnoError("open " + path, errno).message() + kAdvice));
  std::stringstream text;
  text << file.rdbuf();
  Result<Json> lock = ParseJson(text.str());
  if (!lock || !lock->is_object() || !lock->contains("packages") ||
      !(*lock)["packages"].is_object() || !lock->contains("info") || !(*lock)["info"].is_object()) {
    return Fail(WorldError(path + " is no lock file of Pyodide" + kAdvice));
  }
  const Json& of_lock = (*lock)["info"].value("abi_version", Json());
  if (of_lock != Json(abi)) {
    return Fail(WorldError("the packages of " + folder + " have Pyodide's ABI " +
                           DumpJson(of_lock) + " and this v8py has \"" + abi +
                           "\"; use a distribution of the same Pyodide release"));
  }
  for (const auto& [name, entry] : (*lock)["packages"].items()) {
    distribution.entries_[CanonicalPackageName(name)] = entry;
  }
  return distribution;
}

Result<std::vector<Package>> Distribution::Select(const std::vector<std::string>& names) const {
  std::map<std::string, Package> selected;
  std::vector<std::string> open(names);
  while (!open.empty()) {
    std::string wanted = std::move(open.back());
    open.pop_back();
    std::string name = CanonicalPackageName(wanted);
    if (selected.contains(name)) continue;
    if (!entries_.contains(name)) {
      // A lock file may name more than the folder has.
      std::vector<std::string_view> known;
      for (const auto& item : entries_.items()) {
        Result<Package> package = ToPackage(item.value());
        bool there = package && access((folder_ + "/" + package->file).c_str(), R_OK) == 0;
        if (there) known.emplace_back(item.key());
      }
      std::string nearest = Nearest(name, known);
      return Fail(CallerError("there is no package '" + wanted + "' in " + folder_ +
                              (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")));
    }
    const Json& entry = entries_[name];
    Result<Package> package = ToPackage(entry);
    if (!package) return Fail(package.error().While(folder_ + kLockFile + ": " + name));
    selected.emplace(name, std::move(*package));
    for (const Json& dependency : entry["depends"]) open.push_back(dependency.get<std::string>());
  }
  std::vector<Package> packages;
  packages.reserve(selected.size());
  for (auto& [name, package] : selected) packages.push_back(std::move(package));
  return packages;
}

std::vector<Package> Distribution::All(Wheels wheels) const {
  std::vector<Package> packages;
  for (const auto& item : entries_.items()) {
    Result<Package> package = ToPackage(item.value());
    if (!package || !package->file.ends_with(".whl")) continue;
    bool there =
        wheels == Wheels::kElsewhere || access((folder_ + "/" + package->file).c_str(), R_OK) == 0;
    if (there) packages.push_back(std::move(*package));
  }
  return packages;
}

std::vector<std::string> Distribution::ModulesOf(const std::vector<std::string>& names) const {
  std::set<std::string> sorted;
  for (const std::string& name : names) sorted.insert(CanonicalPackageName(name));
  std::vector<std::string> modules;
  for (const std::string& canonical : sorted) {
    auto imports = entries_[canonical]["imports"].get<std::vector<std::string>>();
    if (imports.empty()) continue;
    // Of matplotlib's `pylab`, `mpl_toolkits` and `matplotlib` the last.
    auto same = std::find_if(imports.begin(), imports.end(), [&](const std::string& module) {
      return CanonicalPackageName(module) == canonical;
    });
    modules.push_back(same == imports.end() ? imports.front() : *same);
  }
  return modules;
}

Result<int> Distribution::Bundle(const std::vector<Package>& packages,
                                 const std::vector<std::string>& preload) const {
  PackageBundle bundle;
  bundle.preload = preload;
  Files files;
  int output = files.Add(memfd_create("v8py-packages", MFD_CLOEXEC));
  if (output < 0) return Fail(ErrnoError("memfd_create", errno));
  std::vector<int> wheels;
  for (const Package& package : packages) {
    std::string path = folder_ + "/" + package.file;
    struct stat info {};
    int fd = files.Add(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd < 0 || fstat(fd, &info) != 0) {
      return Fail(ErrnoError("open " + path + ", the wheel of " + package.name, errno));
    }
    wheels.push_back(fd);
    bundle.lock[CanonicalPackageName(package.name)] = entries_[CanonicalPackageName(package.name)];
    bundle.wheels.push_back({package.file, static_cast<uint64_t>(info.st_size), package.sha256});
  }
  Status status = WriteAll(output, EncodeBundleHead(bundle));
  for (size_t i = 0; i < wheels.size() && status.ok(); ++i) {
    status = CopyAll(wheels[i], output, bundle.wheels[i].size, bundle.wheels[i].file);
  }
  if (!status.ok()) return Fail(status);
  lseek(output, 0, SEEK_SET);
  return files.ReleaseFirst();
}

}  // namespace v8py
