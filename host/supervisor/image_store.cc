#include "supervisor/image_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "supervisor/image_build.h"
#include "supervisor/processor.h"

namespace v8py {

namespace {

constexpr std::string_view kSuffix = ".image";
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

Status MakeFile(const std::string& path, const Install& install, Loop& loop,
                const std::function<void(const std::string&)>& progress) {
  std::string unfinished = path + std::string(kUnfinished);
  int fd = open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return ErrnoError("write " + unfinished, errno);
  Status status = SaveWorker(install, loop, fd, progress);
  if (status.ok()) status = Image::Seal(fd, install);
  close(fd);
  if (status.ok() && rename(unfinished.c_str(), path.c_str()) != 0) {
    status = ErrnoError("rename " + unfinished, errno);
  }
  if (!status.ok()) unlink(unfinished.c_str());
  return status;
}

}  // namespace

ImageStore::ImageStore(const Install& install)
    : install_(install), folders_{install.home() + "/share/v8py/images"} {
  if (std::string cache = CacheFolder(); !cache.empty()) folders_.push_back(cache);
}

std::string ImageStore::FileName() const {
  // Long enough to tell builds apart; the label inside has all of it.
  std::string processor = ProcessorFeatures();
  uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (unsigned char c : install_.build_id() + processor) hash = (hash ^ c) * 1099511628211U;
  char digits[17];
  snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return "base-" + std::string(digits) + std::string(kSuffix);
}

Result<std::string> ImageStore::FolderForWriting() const {
  for (const std::string& folder : folders_) {
    if (MakeFolders(folder)) return folder;
  }
  return Fail(WorldError("no folder for images can be written: " + folders_.back() +
                         "; set XDG_CACHE_HOME to a folder that can"));
}

Result<Image> ImageStore::Open() const {
  Status status = WorldError("there is no image yet; 'v8py image build' makes it");
  for (const std::string& folder : folders_) {
    std::string path = folder + "/" + FileName();
    if (access(path.c_str(), F_OK) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) status = ErrnoError(path, errno);
      continue;
    }
    Result<Image> image = Image::Open(path, install_, Image::Check::kStamp);
    if (image) return image;
    status = image.error().While(path);
  }
  return Fail(status);
}

Status ImageStore::Build(Loop& loop, const std::function<void(const std::string&)>& progress) {
  if (install_.build_id().empty()) return WorldError("this installation has no build id");
  Result<std::string> folder = FolderForWriting();
  if (!folder) return folder.error();
  BuildLock lock(*folder + "/lock");
  if (!lock.held()) return ErrnoError("lock " + *folder, errno);
  // Whoever had the lock may have made it.
  if (Open()) return Ok();
  return MakeFile(*folder + "/" + FileName(), install_, loop, progress);
}

Json ImageStore::List() const {
  Json list = Json::array();
  for (const std::string& folder : folders_) {
    for (const std::string& name : FilesIn(folder)) {
      if (!name.ends_with(kSuffix)) continue;
      std::string path = folder + "/" + name;
      Result<Image> image = Image::Open(path, install_, Image::Check::kBytes);
      struct stat status {};
      stat(path.c_str(), &status);
      list.push_back({{"path", path},
                      {"size", status.st_blocks * 512},
                      {"created", image ? image->label().created : ""},
                      {"usable", image.has_value()},
                      {"reason", image ? "" : image.error().message()}});
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
