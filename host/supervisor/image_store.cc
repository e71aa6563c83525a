#include "supervisor/image_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <set>

#include "supervisor/image_build.h"
#include "supervisor/processor.h"

namespace v8py {

namespace {

constexpr std::string_view kSuffix = ".image";
constexpr const char* kBase = "base";
constexpr size_t kMaxName = 100;
constexpr std::string_view kUnfinished = ".unfinished";

// "" when neither is set: a user without a home has no cache.
std::string CacheFolder() {
  const char* cache = getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return std::string(cache) + "/v8py/images";
  const char* home = getenv("HOME");
  if (home && *home == '/') return std::string(home) + "/.cache/v8py/images";
  return "";
}

bool MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    mkdir(path.substr(0, slash).c_str(), 0755);
  }
  mkdir(path.c_str(), 0755);
  // With a slash at its end: a folder, or nothing.
  return access((path + "/").c_str(), W_OK) == 0;
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  if (!directory) return names;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

// Held while an image is made. Goes with the process, however that ends.
class BuildLock {
 public:
  explicit BuildLock(const std::string& path)
      : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ >= 0 && flock(fd_, LOCK_EX) != 0) {
      close(fd_);
      fd_ = -1;
    }
  }
  BuildLock(const BuildLock&) = delete;
  ~BuildLock() {
    if (fd_ >= 0) close(fd_);
  }
  bool held() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status MakeFile(const std::string& path, const ImageContents& contents, const Install& install,
                Loop& loop, int packages, const std::function<void(const std::string&)>& progress) {
  std::string unfinished = path + std::string(kUnfinished);
  int fd = open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return ErrnoError("write " + unfinished, errno);
  Status status = SaveWorker(install, loop, fd, packages, progress);
  if (status.ok()) status = Image::Seal(fd, install, contents);
  close(fd);
  if (status.ok() && rename(unfinished.c_str(), path.c_str()) != 0) {
    status = ErrnoError("rename " + unfinished, errno);
  }
  if (!status.ok()) unlink(unfinished.c_str());
  return status;
}

bool IsFile(std::string_view name_or_file) {
  return name_or_file.find('/') != std::string_view::npos || name_or_file.ends_with(kSuffix);
}

// "pandas,NumPy" is "numpy,pandas".
std::string CanonicalName(std::string_view name) {
  std::set<std::string> words;
  while (!name.empty()) {
    size_t comma = std::min(name.find(','), name.size());
    words.insert(CanonicalPackageName(name.substr(0, comma)));
    name.remove_prefix(std::min(comma + 1, name.size()));
  }
  std::string canonical;
  for (const std::string& word : words) canonical += (canonical.empty() ? "" : ",") + word;
  return canonical;
}

Result<std::string> CheckedName(const std::string& name) {
  std::string canonical = CanonicalName(name);
  bool plain = !canonical.empty() && std::all_of(canonical.begin(), canonical.end(), [](char c) {
    return isalnum(static_cast<unsigned char>(c)) || c == '-' || c == ',';
  });
  if (!plain || canonical.size() > kMaxName || canonical[0] == '-' || canonical == kBase) {
    return Fail(CallerError("'" + name + "' is no name for an image: it takes letters, digits, " +
                            "'-' and ',', and 'base' is taken"));
  }
  return canonical;
}

// What the image that `wish` is about will hold.
Result<ImageContents> ContentsOf(const ImageWish& wish, const Distribution& distribution) {
  ImageContents contents;
  const std::vector<std::string>& wanted = wish.packages.requirements;
  if (wanted.empty() && !wish.preload && wish.name.empty()) {
    contents.name = kBase;
    return contents;
  }
  std::string name = wish.name;
  for (const std::string& package : wanted) {
    if (wish.name.empty()) name += (name.empty() ? "" : ",") + package;
  }
  if (name.empty()) return Fail(CallerError("an image with modules and no packages needs a name"));
  Result<std::string> checked = CheckedName(name);
  if (!checked) return Fail(checked.error());
  contents.name = std::move(*checked);
  Result<std::vector<Package>> packages = distribution.Select(wanted);
  if (!packages) return Fail(packages.error());
  contents.packages = std::move(*packages);
  contents.preload = wish.preload ? *wish.preload : distribution.ModulesOf(wanted);
  contents.request = wish.request;
  return contents;
}

Json ToJson(const std::string& path, const Result<Image>& image) {
  struct stat status {};
  stat(path.c_str(), &status);
  Json packages = Json::array();
  ImageLabel label = image ? image->label() : ImageLabel();
  for (const Package& package : label.contents.packages) {
    packages.push_back({{"name", package.name}, {"version", package.version}});
  }
  return {{"name", label.contents.name},    {"path", path},
          {"size", status.st_blocks * 512}, {"created", label.created},
          {"packages", packages},           {"preload", label.contents.preload},
          {"usable", image.has_value()},    {"reason", image ? "" : image.error().message()}};
}

}  // namespace

ImageStore::ImageStore(const Install& install)
    : install_(install), folders_{install.home() + "/share/v8py/images"} {
  if (std::string cache = CacheFolder(); !cache.empty()) folders_.push_back(cache);
}

std::string ImageStore::FileName(const std::string& name) const {
  // Long enough to tell builds apart; the label inside has all of it.
  std::string processor = ProcessorFeatures();
  uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (unsigned char c : install_.build_id() + processor) hash = (hash ^ c) * 1099511628211U;
  char digits[17];
  snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return name + "-" + std::string(digits) + std::string(kSuffix);
}

std::vector<std::string> ImageStore::Find(const std::string& name_or_file) const {
  std::vector<std::string> found;
  if (IsFile(name_or_file)) return {name_or_file};
  for (const std::string& folder : folders_) {
    std::string path = folder + "/" + FileName(CanonicalName(name_or_file));
    // One that may not be read is there.
    if (access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)) {
      found.push_back(path);
    }
  }
  return found;
}

Result<std::string> ImageStore::FolderForWriting() const {
  for (const std::string& folder : folders_) {
    if (MakeFolders(folder)) return folder;
  }
  return Fail(WorldError("no folder for images can be written: " + folders_.back() +
                         "; set XDG_CACHE_HOME to a folder that can"));
}

Result<Image> ImageStore::Open(const std::string& name_or_file) const {
  Status status = name_or_file == kBase
                      ? WorldError("there is no image yet; 'v8py image build' makes it")
                      : WorldError("there is no image '" + name_or_file +
                                   "' of this build; 'v8py image list' " +
                                   "shows those that are, 'v8py image build' makes one");
  for (const std::string& path : Find(name_or_file)) {
    Result<Image> image = Image::Open(path, install_, Image::Check::kStamp);
    if (image) return image;
    status = image.error().While(path);
  }
  return Fail(status);
}

Result<std::string> ImageStore::Build(const ImageWish& wish, Loop& loop,
                                      const std::function<void(const std::string&)>& progress) {
  if (install_.build_id().empty()) return Fail(WorldError("this installation has no build id"));
  Distribution distribution;
  if (!wish.packages.requirements.empty()) {
    if (wish.distribution.empty()) {
      return Fail(
          CallerError("packages come from somewhere: say which folder, with --packages-from"));
    }
    Result<Distribution> opened = Distribution::Open(wish.distribution, install_.abi());
    if (!opened) return Fail(opened.error());
    distribution = std::move(*opened);
  }
  Result<ImageContents> contents = ContentsOf(wish, distribution);
  if (!contents) return Fail(contents.error());
  std::string path = wish.file;
  std::optional<BuildLock> lock;
  if (path.empty()) {
    Result<std::string> folder = FolderForWriting();
    if (!folder) return Fail(folder.error());
    lock.emplace(*folder + "/lock");
    if (!lock->held()) return Fail(ErrnoError("lock " + *folder, errno));
    path = *folder + "/" + FileName(contents->name);
    // Whoever had the lock may have made it.
    for (const std::string& there : Find(contents->name)) {
      Result<Image> image = Image::Open(there, install_, Image::Check::kStamp);
      if (image && image->label().contents == *contents) return there;
    }
  }
  Result<int> bundle = -1;
  if (contents->name != kBase) bundle = distribution.Bundle(contents->packages, contents->preload);
  if (!bundle) return Fail(bundle.error());
  Status status = MakeFile(path, *contents, install_, loop, *bundle, progress);
  if (*bundle >= 0) close(*bundle);
  if (!status.ok()) return Fail(status);
  return path;
}

Result<Json> ImageStore::Describe(const std::string& name_or_file) const {
  std::vector<std::string> paths = Find(name_or_file);
  if (paths.empty()) return Fail(Open(name_or_file).error());
  return ToJson(paths.front(), Image::Open(paths.front(), install_, Image::Check::kBytes));
}

Json ImageStore::FindFor(const std::string& request) const {
  Json newest;
  if (request.empty()) return newest;
  const std::string ours = FileName("");
  std::string created;
  for (const std::string& folder : folders_) {
    for (const std::string& name : FilesIn(folder)) {
      if (!name.ends_with(ours)) continue;
      std::string path = folder + "/" + name;
      Result<Image> image = Image::Open(path, install_, Image::Check::kStamp);
      if (!image || image->label().contents.request != request) continue;
      if (image->label().created <= created) continue;
      created = image->label().created;
      newest = ToJson(path, image);
    }
  }
  return newest;
}

Json ImageStore::List() const {
  Json list = Json::array();
  for (const std::string& folder : folders_) {
    for (const std::string& name : FilesIn(folder)) {
      std::string path = folder + "/" + name;
      if (!name.ends_with(kSuffix)) continue;
      list.push_back(ToJson(path, Image::Open(path, install_, Image::Check::kBytes)));
    }
  }
  return list;
}

std::vector<std::string> ImageStore::Prune() {
  std::vector<std::string> deleted;
  auto remove = [&](const std::string& path) {
    if (unlink(path.c_str()) == 0) deleted.push_back(path);
  };
  for (const std::string& folder : folders_) {
    BuildLock lock(folder + "/lock");
    if (!lock.held()) continue;
    for (const std::string& name : FilesIn(folder)) {
      std::string path = folder + "/" + name;
      if (name.ends_with(kUnfinished)) remove(path);
      if (!name.ends_with(kSuffix) || Image::Open(path, install_, Image::Check::kBytes)) continue;
      remove(path);
      remove(path + ".verified");
    }
  }
  return deleted;
}

}  // namespace v8py
