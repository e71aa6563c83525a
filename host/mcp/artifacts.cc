#include "mcp/artifacts.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/log.h"
#include "mcp/token.h"
#include "mcp/uri.h"

namespace v8py::mcp {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "v8py-mcp-files-";
// From making a folder to locking it.
constexpr std::chrono::minutes kYoung{1};

void Delete(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

// A descriptor by which the folder is known to be in use; -1: it is, by another server.
int LockFolder(const std::string& folder) {
  int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  return -1;
}

// Deletes what servers of ours have left that were killed.
void DeleteLeftovers(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    struct stat status {};
    const std::string& folder = entry.path().native();
    if (!entry.path().filename().native().starts_with(kPrefix) ||
        lstat(folder.c_str(), &status) != 0 || status.st_uid != geteuid()) {
      continue;
    }
    auto changed = std::chrono::system_clock::from_time_t(status.st_mtime);
    if (std::chrono::system_clock::now() - changed < kYoung) continue;
    int lock = LockFolder(folder);
    if (lock < 0) continue;
    Delete(folder);
    close(lock);
  }
}

std::string MakeRoot(int& lock) {
  const char* given = getenv("TMPDIR");
  std::string parent = given && *given ? given : "/tmp";
  std::string root = parent + "/" + std::string(kPrefix) + "XXXXXX";
  if (!mkdtemp(root.data())) {
    Log("mcp", LogLevel::kWarn, root + ": files of programs cannot be kept");
    return "";
  }
  lock = LockFolder(root);
  DeleteLeftovers(parent);
  return root;
}

// A program has made what is in there.
int OpenBeneath(const std::string& folder, const std::string& path) {
  int directory = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -1;
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  long fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  close(directory);
  return static_cast<int>(fd);
}

}  // namespace

Artifacts::~Artifacts() {
  if (root_.empty()) return;
  Delete(root_);
  close(lock_);
}

std::string Artifacts::NewFolder() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(tried_, true)) root_ = MakeRoot(lock_);
  if (root_.empty()) return "";
  std::string folder = root_ + "/" + MakeToken();
  std::error_code error;
  return fs::create_directory(folder, error) ? folder : "";
}

bool Artifacts::Write(const std::string& folder, const std::string& name, const std::string& text) {
  std::ofstream file(folder + "/" + name, std::ios::binary);
  file << text;
  return file.flush().good();
}

void Artifacts::Keep(const std::string& folder, const Json& files) {
  if (folder.empty()) return;
  Run run{folder.substr(folder.rfind('/') + 1), folder, {}, 0};
  for (const Json& file : files) {
    std::string path = file["path"].get<std::string>();
    std::error_code error;
    uint64_t size = fs::file_size(folder + "/" + path, error);
    if (error) continue;
    run.files[path] = {file["type"].get<std::string>(), size, ""};
    run.bytes += size;
  }
  if (run.files.empty() || run.bytes > kMostBytes) return Delete(folder);
  std::lock_guard lock(mutex_);
  bytes_ += run.bytes;
  runs_.push_back(std::move(run));
  while (runs_.size() > kMostRuns || bytes_ > kMostBytes) DropOldest();
}

void Artifacts::DropOldest() {
  Delete(runs_.front().folder);
  bytes_ -= runs_.front().bytes;
  runs_.pop_front();
}

Result<Artifacts::File> Artifacts::Read(const std::string& run, const std::string& path,
                                        uint64_t most) const {
  File file;
  Result<std::string> folder = Find(run, path, file);
  if (!folder) return Fail(folder.error());
  int fd = OpenBeneath(*folder, path);
  if (fd < 0) return Fail(ErrnoError("open " + path, errno));
  struct stat status {};
  bool small = fstat(fd, &status) == 0 && static_cast<uint64_t>(status.st_size) <= most;
  if (small) {
    file.bytes.resize(static_cast<size_t>(status.st_size));
    ssize_t got = pread(fd, file.bytes.data(), file.bytes.size(), 0);
    file.bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  }
  close(fd);
  if (small) return file;
  return Fail(CallerError(path + " has " + std::to_string(status.st_size) + " bytes; at most " +
                          std::to_string(most) + " are given at once"));
}

Result<std::string> Artifacts::Find(const std::string& run, const std::string& path,
                                    File& file) const {
  std::lock_guard lock(mutex_);
  for (const Run& known : runs_) {
    if (known.name != run) continue;
    auto found = known.files.find(path);
    if (found == known.files.end()) break;
    file = found->second;
    return known.folder;
  }
  return Fail(CallerError("there is no such file; those of the last " + std::to_string(kMostRuns) +
                          " runs are kept"));
}

Json Artifacts::List() const {
  std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    for (const auto& [path, file] : run->files) {
      list.push_back({{"uri", MakeUri("run", run->name, path)},
                      {"name", path},
                      {"size", file.size},
                      {"mimeType", file.type}});
    }
  }
  return list;
}

}  // namespace v8py::mcp
