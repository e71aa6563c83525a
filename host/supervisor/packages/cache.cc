#include "supervisor/packages/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "supervisor/packages/pack_seal.h"
#include "supervisor/packages/sha256.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

// Of the packs' format, and of the Python that their code is compiled for.
constexpr const char* kPacks = "packs-1-cp314";
constexpr int kMonth = 30 * 24 * 3600;
constexpr int kUnfinished = 24 * 3600;

struct Tally {
  uint64_t count = 0, bytes = 0;
};

Tally Count(const std::string& folder) {
  Tally tally;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    ++tally.count;
    tally.bytes += at->file_size(ignored);
  }
  return tally;
}

Result<std::string> HashOf(std::string_view text) {
  Result<Sha256> hash = Sha256::Begin();
  if (!hash) return Fail(hash.error());
  hash->Add(text);
  return hash->Finish();
}

// Whether a process has this draft: a folder that is locked.
bool IsHeld(const fs::path& draft) {
  Descriptor folder(open(draft.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  return folder.ok() && flock(folder.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

Result<PackageCache> PackageCache::Find() {
  auto absolute = [](const char* name) {
    const char* value = getenv(name);
    return value && *value == '/' ? std::string(value) : std::string();
  };
  std::string folder = absolute("V8PY_CACHE");
  if (folder.empty() && !absolute("XDG_CACHE_HOME").empty()) {
    folder = absolute("XDG_CACHE_HOME") + "/v8py";
  }
  if (folder.empty() && !absolute("HOME").empty()) folder = absolute("HOME") + "/.cache/v8py";
  if (folder.empty()) {
    return Fail(WorldError("there is no folder for packages: HOME is not set; set V8PY_CACHE"));
  }
  return PackageCache(folder);
}

std::string PackageCache::FolderOf(Kind kind) const {
  return folder_ + "/" + (kind == Kind::kWheel ? "wheels" : kPacks);
}

std::string PackageCache::PathOf(Kind kind, const std::string& sha256) const {
  return FolderOf(kind) + "/" + sha256;
}

Descriptor PackageCache::Open(Kind kind, const std::string& sha256) const {
  std::string path = PathOf(kind, sha256);
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat is;
  if (!file.ok() || fstat(file.get(), &is) != 0) return {};
  bool ours =
      S_ISREG(is.st_mode) && (is.st_uid == geteuid() || is.st_uid == 0) && (is.st_mode & 022) == 0;
  if (!ours) return {};
  // For Clean(): when it was used last. A cache that is only read keeps what it has.
  timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  std::ignore = futimens(file.get(), times);
  return file;
}

Status PackageCache::MakeFolder(const std::string& path) const {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return Ok();
  return WorldError("the package cache cannot be written: " + path + ": " + error.message() +
                    " (V8PY_CACHE chooses another folder)");
}

Result<PackageCache::Draft> PackageCache::NewDraft() const {
  std::string drafts = folder_ + "/drafts";
  Status status = MakeFolder(drafts);
  if (!status.ok()) return Fail(status);
  std::string folder = drafts + "/XXXXXX";
  if (!mkdtemp(folder.data())) return Fail(ErrnoError("make a folder in " + drafts, errno));
  Descriptor lock(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.ok() || flock(lock.get(), LOCK_SH) != 0)
    return Fail(ErrnoError("lock " + folder, errno));
  return Draft(folder, std::move(lock));
}

PackageCache::Draft::~Draft() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Status PackageCache::Keep(const std::string& path, Kind kind, const std::string& sha256) const {
  Status status = MakeFolder(FolderOf(kind));
  if (!status.ok()) return status;
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // Before the name: a name that is there after a crash of the machine stands for a whole file.
  if (!file.ok() || fchmod(file.get(), 0644) != 0 || fsync(file.get()) != 0) {
    return ErrnoError("keep " + path, errno);
  }
  std::string place = PathOf(kind, sha256);
  if (rename(path.c_str(), place.c_str()) != 0) return ErrnoError("keep " + place, errno);
  return Ok();
}

Result<Descriptor> PackageCache::Lock(Kind kind, const std::string& sha256) const {
  Status status = MakeFolder(folder_ + "/drafts");
  if (!status.ok()) return Fail(status);
  std::string path = folder_ + "/drafts/" + (kind == Kind::kWheel ? "wheel-" : "pack-") +
                     sha256.substr(0, 16) + ".lock";
  Descriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!lock.ok()) return Fail(ErrnoError("lock " + path, errno));
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return Fail(ErrnoError("lock " + path, errno));
  }
  return lock;
}

std::string PackageCache::TextPath(const std::string& kind, std::string_view key) const {
  Result<std::string> hash = HashOf(key);
  return hash ? folder_ + "/texts/" + kind + "/" + *hash : "";
}

std::optional<std::string> PackageCache::ReadText(const std::string& kind, std::string_view key,
                                                  double* age_seconds) const {
  std::string path = TextPath(kind, key);
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat is;
  if (!file.ok() || fstat(file.get(), &is) != 0 || !S_ISREG(is.st_mode)) return std::nullopt;
  if (is.st_uid != geteuid() && is.st_uid != 0) return std::nullopt;
  if (age_seconds) *age_seconds = difftime(time(nullptr), is.st_mtime);
  std::string text(static_cast<size_t>(is.st_size), '\0');
  size_t filled = 0;
  while (filled < text.size()) {
    ssize_t got = read(file.get(), text.data() + filled, text.size() - filled);
    if (got <= 0) return std::nullopt;
    filled += static_cast<size_t>(got);
  }
  return text;
}

Status PackageCache::WriteText(const std::string& kind, std::string_view key,
                               std::string_view text) const {
  std::string path = TextPath(kind, key);
  if (path.empty()) return WorldError("there is no SHA-256 here");
  Status status = MakeFolder(folder_ + "/texts/" + kind);
  if (!status.ok()) return status;
  Result<Draft> draft = NewDraft();
  if (!draft) return draft.error();
  std::string unfinished = draft->Path("text");
  Descriptor file(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  bool written =
      file.ok() && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written) return ErrnoError("write " + unfinished, errno);
  if (rename(unfinished.c_str(), path.c_str()) != 0) return ErrnoError("keep " + path, errno);
  return Ok();
}

Json PackageCache::Info() const {
  auto tell = [this](const std::string& name) -> Json {
    Tally tally = Count(folder_ + "/" + name);
    return {{"count", tally.count}, {"bytes", tally.bytes}};
  };
  return {{"folder", folder_},
          {"wheels", tell("wheels")},
          {"packs", tell(kPacks)},
          {"texts", tell("texts")},
          {"drafts", tell("drafts")}};
}

Result<uint64_t> PackageCache::Clean(Delete which) const {
  uint64_t freed = 0;
  time_t now = time(nullptr);
  std::error_code error;
  std::vector<std::string> folders;
  // Not the folder itself, nor images, which have a command of their own.
  for (const std::string name : {"wheels", kPacks, "texts", "drafts"}) {
    for (fs::recursive_directory_iterator at(folder_ + "/" + name, error), end; !error && at != end;
         at.increment(error)) {
      struct stat is;
      if (lstat(at->path().c_str(), &is) != 0) continue;
      time_t used = std::max(is.st_atime, is.st_mtime);
      int keep = name == "drafts" ? kUnfinished : kMonth;
      if (which == Delete::kOld && now - used < keep) continue;
      if (name == "drafts" && S_ISDIR(is.st_mode) && IsHeld(at->path())) {
        at.disable_recursion_pending();
        continue;
      }
      if (S_ISDIR(is.st_mode)) {
        folders.push_back(at->path());
        continue;
      }
      if (unlink(at->path().c_str()) == 0) {
        freed += static_cast<uint64_t>(is.st_size);
      } else if (errno != ENOENT) {  // somebody else cleans, too
        return Fail(ErrnoError("delete " + at->path().string(), errno));
      }
    }
    // Those that are empty now; a folder comes before what is in it.
    while (!folders.empty()) {
      rmdir(folders.back().c_str());
      folders.pop_back();
    }
    error.clear();
  }
  return freed;
}

Result<std::vector<std::string>> PackageCache::Verify(size_t& checked) const {
  std::vector<std::string> bad;
  checked = 0;
  for (Kind kind : {Kind::kWheel, Kind::kPack}) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(FolderOf(kind), error)) {
      std::string name = entry.path().filename();
      Descriptor file = Open(kind, name);
      bool good = false;
      if (file.ok() && kind == Kind::kWheel) {
        Result<std::string> hash = Sha256OfFile(file.get());
        if (!hash) return Fail(hash.error());
        good = *hash == name;
      } else if (file.ok()) {
        Result<bool> sealed = IsSealed(file.get());
        if (!sealed) return Fail(sealed.error());
        good = *sealed;
      }
      ++checked;
      if (good) continue;
      bad.push_back(entry.path());
      std::error_code ignored;
      fs::remove_all(entry.path(), ignored);
    }
  }
  return bad;
}

}  // namespace v8py
