#include "supervisor/files/folder_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <set>
#include <utility>

namespace v8py {

namespace {

constexpr size_t kMaxNames = 4096;  // in one part

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

mode_t TypeOf(DIR* folder, const dirent& entry) {
  if (entry.d_type == DT_DIR) return S_IFDIR;
  if (entry.d_type == DT_LNK) return S_IFLNK;
  struct stat is;
  bool unknown = entry.d_type == DT_UNKNOWN &&
                 fstatat(dirfd(folder), entry.d_name, &is, AT_SYMLINK_NOFOLLOW) == 0;
  if (unknown && (S_ISDIR(is.st_mode) || S_ISLNK(is.st_mode))) return is.st_mode & S_IFMT;
  return S_IFREG;
}

}  // namespace

Answer ListFolder(Descriptor folder, const std::string& after) {
  std::unique_ptr<DIR, CloseFolder> listing(fdopendir(folder.get()));
  if (!listing) return RefuseErrno(errno);
  std::ignore = folder.Release();
  // Sorted, so that a part can begin where the one before has ended; and never more than one part.
  std::set<std::pair<std::string, mode_t>> names;
  bool more = false;
  errno = 0;
  while (const dirent* entry = readdir(listing.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == ".." || name <= after || !IsUtf8(name)) continue;
    names.emplace(std::move(name), TypeOf(listing.get(), *entry));
    if (names.size() > kMaxNames) {
      names.erase(std::prev(names.end()));
      more = true;
    }
  }
  if (errno != 0) return RefuseErrno(errno);
  Json list = Json::array();
  for (const auto& [name, mode] : names) list.push_back({name, mode});
  return Done({std::move(list), more});
}

}  // namespace v8py
