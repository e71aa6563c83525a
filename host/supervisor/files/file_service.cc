#include "supervisor/files/file_service.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base/path.h"
#include "os/beneath.h"
#include "supervisor/files/folder_list.h"

namespace v8py {

namespace {

using Right = FileRules::Right;

// What a new file or folder costs beside its bytes: there shall not be millions.
constexpr uint64_t kCostOfName = 4096;
constexpr uint64_t kMaxOffset = uint64_t{1} << 53;  // what a JavaScript number can say

double Milliseconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_nsec) / 1e6;
}

timespec FromMilliseconds(double milliseconds) {
  double seconds = std::floor(milliseconds / 1000);
  return {static_cast<time_t>(seconds), static_cast<long>((milliseconds - seconds * 1000) * 1e6)};
}

mode_t ModeOf(double number) { return static_cast<mode_t>(static_cast<uint64_t>(number) & 0777); }

Answer DoneOr(int result) { return result == 0 ? Done() : RefuseErrno(errno); }

}  // namespace

struct FileService::Request {
  size_t mount = 0;
  std::string path, text;
  double numbers[2] = {0, 0};
  bool flag = false;
  std::string_view data;
  int folder = -1;  // of the mount
};

const FileService::Operation FileService::kOperations[] = {
    {"file.stat", "mp", &FileService::Stat},
    {"file.list", "mps", &FileService::List},
    {"file.open", "mpb", &FileService::OpenFile},
    {"file.write", "nn", &FileService::Write},
    {"file.resize", "mpn", &FileService::Resize},
    {"file.resizeOpen", "nn", &FileService::ResizeOpen},
    {"file.sync", "n", &FileService::Sync},
    {"file.close", "n", &FileService::Close},
    {"file.create", "mpn", &FileService::Create},
    {"file.mkdir", "mpn", &FileService::MakeFolder},
    {"file.unlink", "mp", &FileService::Unlink},
    {"file.rmdir", "mp", &FileService::RemoveFolder},
    {"file.rename", "mps", &FileService::Rename},
    {"file.chmod", "mpn", &FileService::ChangeMode},
    {"file.touch", "mpnn", &FileService::Touch},
    {"file.readlink", "mp", &FileService::ReadLink},
    {"file.symlink", "mps", &FileService::MakeLink},
    {"file.statfs", "m", &FileService::StatFs},
};

void FileService::SetAccess(std::shared_ptr<const Access> access, uint64_t run, uint64_t limit) {
  access_ = std::move(access);
  run_ = run;
  limit_ = limit;
  written_ = 0;
}

Answer FileService::Handle(std::string_view name, const Json& arguments, std::string_view data) {
  const auto* operation =
      std::find_if(std::begin(kOperations), std::end(kOperations),
                   [&](const Operation& candidate) { return candidate.name == name; });
  if (operation == std::end(kOperations)) return RefuseErrno(ENOSYS);
  if (!arguments.is_array() || arguments.size() != operation->takes.size()) {
    return RefuseErrno(EINVAL);
  }
  Request request;
  request.data = data;
  size_t numbers = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Json& argument = arguments[i];
    switch (operation->takes[i]) {
      case 'm':
        if (!argument.is_number_unsigned() || !access_ ||
            argument.get<uint64_t>() >= access_->files.mounts().size()) {
          return RefuseErrno(EINVAL);
        }
        request.mount = argument.get<size_t>();
        request.folder = access_->files.mounts()[request.mount].found.get();
        break;
      case 'p':
        if (!argument.is_string() || !IsPlainPath(argument.get_ref<const std::string&>())) {
          return RefuseErrno(EINVAL);
        }
        request.path = argument.get<std::string>();
        // What is below a file that is a mount would be found beside it.
        if (!access_->files.mounts()[request.mount].folder && !request.path.empty()) {
          return RefuseErrno(ENOTDIR);
        }
        break;
      case 's':
        if (!argument.is_string()) return RefuseErrno(EINVAL);
        request.text = argument.get<std::string>();
        break;
      case 'b':
        if (!argument.is_boolean()) return RefuseErrno(EINVAL);
        request.flag = argument.get<bool>();
        break;
      default: {
        double number = argument.is_number() ? argument.get<double>() : -1;
        if (!(number >= 0 && number < static_cast<double>(kMaxOffset))) return RefuseErrno(EINVAL);
        request.numbers[numbers++] = number;
      }
    }
  }
  return (this->*operation->function)(request);
}

std::optional<Answer> FileService::CheckAccess(const Request& request, Right right, Note note) {
  Decision decision = access_->Settle(access_->files.Check(right, request.mount, request.path));
  if (access_->audit && (note == Note::kAlways || !decision.allowed)) {
    const std::string& host = access_->files.mounts()[request.mount].host;
    std::string target = request.path.empty() ? host : host + "/" + request.path;
    access_->audit->Write(run_, right == Right::kRead ? "read" : "write", target, decision);
  }
  if (decision.allowed) return std::nullopt;
  return Deny(decision);
}

std::optional<Answer> FileService::CheckTree(const Request& request, std::string_view path) {
  Decision decision = access_->Settle(access_->files.CheckTree(Right::kWrite, request.mount, path));
  if (decision.allowed) return std::nullopt;
  if (access_->audit) {
    const std::string& host = access_->files.mounts()[request.mount].host;
    access_->audit->Write(run_, "write", host + "/" + std::string(path), decision);
  }
  return Deny(decision);
}

bool FileService::Charge(uint64_t bytes) {
  if (bytes > limit_ - std::min(limit_, written_)) return false;
  written_ += bytes;
  return true;
}

void FileService::Credit(uint64_t bytes) { written_ -= std::min(written_, bytes); }

void FileService::CreditName(const struct stat& was) {
  Credit(kCostOfName);
  bool last = S_ISREG(was.st_mode) && was.st_nlink == 1;
  if (last && !open_.Has(was)) Credit(static_cast<uint64_t>(was.st_size));
}

// ---- Reading ------------------------------------------------------------------------------------

Answer FileService::Stat(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kRead, Note::kRefusals))
    return *std::move(refusal);
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  struct stat is;
  if (fstat(found->get(), &is) != 0) return RefuseErrno(errno);
  // What is neither is shown as a file that cannot be opened.
  mode_t type = S_ISDIR(is.st_mode) || S_ISLNK(is.st_mode) ? is.st_mode & S_IFMT : S_IFREG;
  mode_t rights = is.st_mode & 0777;
  if (!access_->files.Check(Right::kWrite, request.mount, request.path).allowed) rights &= ~0222U;
  return Done({type | rights, is.st_size, Milliseconds(is.st_mtim), is.st_ino, is.st_nlink,
               Milliseconds(is.st_atim), Milliseconds(is.st_ctim)});
}

Answer FileService::List(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kRead)) return *std::move(refusal);
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  OrErrno<Descriptor> folder = OpenFound(*found, O_RDONLY | O_DIRECTORY);
  if (!folder) return RefuseErrno(folder.error());
  return ListFolder(std::move(*folder), request.text);
}

Answer FileService::ReadLink(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kRead, Note::kRefusals))
    return *std::move(refusal);
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  char target[4096];
  ssize_t size = readlinkat(found->get(), "", target, sizeof target);
  if (size < 0) return RefuseErrno(errno == ENOENT ? EINVAL : errno);
  return Done(std::string(target, static_cast<size_t>(size)));
}

Answer FileService::OpenFile(Request& request) {
  if (auto refusal = CheckAccess(request, request.flag ? Right::kWrite : Right::kRead)) {
    return *std::move(refusal);
  }
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  struct stat is;
  if (fstat(found->get(), &is) != 0) return RefuseErrno(errno);
  if (S_ISDIR(is.st_mode)) return RefuseErrno(EISDIR);
  OrErrno<Descriptor> reader = OpenFound(*found, O_RDONLY);
  if (!reader) return RefuseErrno(reader.error());
  uint64_t handle = 0;
  if (request.flag) {
    OrErrno<Descriptor> writer = OpenFound(*found, O_RDWR);
    if (!writer) return RefuseErrno(writer.error());
    OrErrno<uint64_t> added = open_.Add(std::move(*writer), is);
    if (!added) return RefuseErrno(added.error());
    handle = *added;
  }
  Answer answer = Done(handle);
  answer.descriptors.push_back(std::move(*reader));
  return answer;
}

Answer FileService::StatFs(Request& request) {
  struct statfs system;
  if (fstatfs(request.folder, &system) != 0) return RefuseErrno(errno);
  return Done({system.f_bsize, system.f_blocks, system.f_bfree, system.f_bavail});
}

// ---- Writing ------------------------------------------------------------------------------------

Answer FileService::Write(Request& request) {
  int fd = open_.Find(request.numbers[0]);
  if (fd < 0) return RefuseErrno(EBADF);
  auto offset = static_cast<off_t>(request.numbers[1]);
  struct stat is;
  if (fstat(fd, &is) != 0) return RefuseErrno(errno);
  off_t end = offset + static_cast<off_t>(request.data.size());
  uint64_t growth = end > is.st_size ? static_cast<uint64_t>(end - is.st_size) : 0;
  if (!Charge(growth)) return RefuseErrno(ENOSPC);
  ssize_t written;
  do {
    written = pwrite(fd, request.data.data(), request.data.size(), offset);
  } while (written < 0 && errno == EINTR);
  int error = errno;
  // A full disk takes less, or nothing.
  uint64_t left = request.data.size() - static_cast<uint64_t>(std::max<ssize_t>(written, 0));
  Credit(std::min(growth, left));
  return written >= 0 ? Done(written) : RefuseErrno(error);
}

Answer FileService::SetSize(int fd, uint64_t size) {
  struct stat is;
  if (fstat(fd, &is) != 0) return RefuseErrno(errno);
  auto before = static_cast<uint64_t>(is.st_size);
  if (size > before && !Charge(size - before)) return RefuseErrno(ENOSPC);
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) {
    int error = errno;
    if (size > before) Credit(size - before);
    return RefuseErrno(error);
  }
  if (size < before) Credit(before - size);
  return Done();
}

Answer FileService::Resize(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  OrErrno<Descriptor> file = OpenFound(*found, O_RDWR);
  if (!file) return RefuseErrno(file.error());
  return SetSize(file->get(), static_cast<uint64_t>(request.numbers[0]));
}

Answer FileService::ResizeOpen(Request& request) {
  int fd = open_.Find(request.numbers[0]);
  if (fd < 0) return RefuseErrno(EBADF);
  return SetSize(fd, static_cast<uint64_t>(request.numbers[1]));
}

Answer FileService::Sync(Request& request) {
  int fd = open_.Find(request.numbers[0]);
  return fd < 0 ? RefuseErrno(EBADF) : DoneOr(fsync(fd));
}

Answer FileService::Close(Request& request) {
  Descriptor closed = open_.Take(request.numbers[0]);
  if (!closed.ok()) return RefuseErrno(EBADF);
  struct stat is;
  bool last = fstat(closed.get(), &is) == 0 && is.st_nlink == 0;
  if (last && !open_.Has(is)) Credit(static_cast<uint64_t>(is.st_size));
  return Done();
}

Answer FileService::Create(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Place> place = FindPlaceBeneath(request.folder, request.path);
  if (!place) return RefuseErrno(place.error());
  if (!Charge(kCostOfName)) return RefuseErrno(ENOSPC);
  mode_t mode = ModeOf(request.numbers[0]);
  Descriptor file(openat(place->folder.get(), place->name.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode | 0600));
  struct stat is;
  if (file.ok() && fstat(file.get(), &is) == 0) return Done(is.st_mode & 0777);
  int error = errno;
  Credit(kCostOfName);
  return RefuseErrno(error);
}

Answer FileService::MakeFolder(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Place> place = FindPlaceBeneath(request.folder, request.path);
  if (!place) return RefuseErrno(place.error());
  if (!Charge(kCostOfName)) return RefuseErrno(ENOSPC);
  mode_t mode = ModeOf(request.numbers[0]);
  if (mkdirat(place->folder.get(), place->name.c_str(), mode | 0700) == 0) return Done();
  int error = errno;
  Credit(kCostOfName);
  return RefuseErrno(error);
}

Answer FileService::Unlink(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Place> place = FindPlaceBeneath(request.folder, request.path);
  if (!place) return RefuseErrno(place.error());
  struct stat is {};
  std::ignore = fstatat(place->folder.get(), place->name.c_str(), &is, AT_SYMLINK_NOFOLLOW);
  if (unlinkat(place->folder.get(), place->name.c_str(), 0) != 0) return RefuseErrno(errno);
  CreditName(is);
  return Done();
}

Answer FileService::RemoveFolder(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Place> place = FindPlaceBeneath(request.folder, request.path);
  if (!place) return RefuseErrno(place.error());
  if (unlinkat(place->folder.get(), place->name.c_str(), AT_REMOVEDIR) != 0) {
    return RefuseErrno(errno);
  }
  Credit(kCostOfName);
  return Done();
}

Answer FileService::Rename(Request& request) {
  if (!IsPlainPath(request.text)) return RefuseErrno(EINVAL);
  if (auto refusal = CheckTree(request, request.path)) return *std::move(refusal);
  if (auto refusal = CheckTree(request, request.text)) return *std::move(refusal);
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Place> from = FindPlaceBeneath(request.folder, request.path);
  if (!from) return RefuseErrno(from.error());
  OrErrno<Place> to = FindPlaceBeneath(request.folder, request.text);
  if (!to) return RefuseErrno(to.error());
  struct stat replaced {};
  bool replaces = fstatat(to->folder.get(), to->name.c_str(), &replaced, AT_SYMLINK_NOFOLLOW) == 0;
  struct stat is {};
  std::ignore = fstatat(from->folder.get(), from->name.c_str(), &is, AT_SYMLINK_NOFOLLOW);
  if (renameat(from->folder.get(), from->name.c_str(), to->folder.get(), to->name.c_str()) != 0) {
    return RefuseErrno(errno);
  }
  bool same = is.st_dev == replaced.st_dev && is.st_ino == replaced.st_ino;
  if (replaces && !same) CreditName(replaced);
  return Done();
}

Answer FileService::ChangeMode(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  OrErrno<Descriptor> file = OpenFound(*found, O_RDONLY);
  if (!file) return RefuseErrno(file.error());
  // No set-user-id bits: a guest makes no programs for others.
  return DoneOr(fchmod(file->get(), ModeOf(request.numbers[0])));
}

Answer FileService::Touch(Request& request) {
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  OrErrno<Descriptor> found = FindBeneath(request.folder, request.path);
  if (!found) return RefuseErrno(found.error());
  OrErrno<Descriptor> file = OpenFound(*found, O_RDONLY);
  if (!file) return RefuseErrno(file.error());
  timespec times[] = {FromMilliseconds(request.numbers[0]), FromMilliseconds(request.numbers[1])};
  return DoneOr(futimens(file->get(), times));
}

Answer FileService::MakeLink(Request& request) {
  // A folder that is denied, and is not there yet, would be another one by this link.
  if (auto refusal = CheckTree(request, request.path)) return *std::move(refusal);
  if (auto refusal = CheckAccess(request, Right::kWrite)) return *std::move(refusal);
  // It is the guest that follows links, and it stays where it is; but other programs do, too.
  bool stays = IsPlainPath(request.text) && !request.text.empty();
  if (!stays) return Refuse("EPERM", "a link in a mount may only name what is beside or below it");
  OrErrno<Place> place = FindPlaceBeneath(request.folder, request.path);
  if (!place) return RefuseErrno(place.error());
  if (!Charge(kCostOfName)) return RefuseErrno(ENOSPC);
  if (symlinkat(request.text.c_str(), place->folder.get(), place->name.c_str()) == 0) return Done();
  int error = errno;
  Credit(kCostOfName);
  return RefuseErrno(error);
}

}  // namespace v8py
