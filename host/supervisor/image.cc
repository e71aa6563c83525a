#include "supervisor/image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/json.h"
#include "os/process_image.h"
#include "supervisor/processor.h"

namespace v8py {

namespace {

constexpr char kLabelMagic[8] = {'v', '8', 'p', 'y', 'l', 'a', 'b', '2'};
// A file may be written twice within one tick of the clock that its times are taken from. Younger
// ones are verified again.
constexpr int64_t kRacyNanoseconds = 2'000'000'000;

struct LabelHead {
  char magic[8];
  uint64_t size;  // of the JSON text that follows
  uint64_t hash;  // XXH3-64 of that text
};

Status Refused(const std::string& why) { return WorldError("the image is not used: " + why); }

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

bool ReadExactly(int fd, void* data, size_t size, uint64_t at) {
  auto* bytes = static_cast<char*>(data);
  while (size > 0) {
    ssize_t got = pread(fd, bytes, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    at += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

// XXH3-128 of a file from `begin` on, as text; "" when it cannot be read.
std::string HashOf(int fd, uint64_t begin) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  std::vector<char> buffer(size_t{1} << 20);
  for (uint64_t at = begin;;) {
    ssize_t got = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return "";
    if (got == 0) break;
    XXH3_128bits_update(&state, buffer.data(), static_cast<size_t>(got));
    at += static_cast<uint64_t>(got);
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
  std::string text;
  for (unsigned char byte : canonical.digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string HashOfFile(const std::string& path) {
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.fd() < 0 ? "" : HashOf(file.fd(), 0);
}

int64_t Nanoseconds(const timespec& time) {
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

Json StampOf(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, Nanoseconds(status.st_mtim),
          Nanoseconds(status.st_ctim)};
}

// The state of the image's file and of every file that it maps; null while one of them is so young
// that its times prove nothing, or when one is missing.
Json Stamp(int fd, const ImageLabel& label, const Install& install) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  Json stamp = Json::array();
  struct stat status {};
  bool young = fstat(fd, &status) != 0;
  auto add = [&] {
    young |= Nanoseconds(now) - Nanoseconds(status.st_ctim) < kRacyNanoseconds;
    stamp.push_back(StampOf(status));
  };
  add();
  for (const auto& [path, hash] : label.files) {
    if (stat((install.home() + "/" + path).c_str(), &status) != 0) return nullptr;
    add();
  }
  return young ? Json(nullptr) : stamp;
}

std::string ReadSmallFile(const std::string& path) {
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (file.fd() < 0 || fstat(file.fd(), &status) != 0) return "";
  // Who can write it can write the image as well; nobody else may.
  if ((status.st_uid != geteuid() && status.st_uid != 0) || status.st_mode & 022) return "";
  std::string text(std::min<size_t>(static_cast<size_t>(status.st_size), size_t{1} << 20), '\0');
  return ReadExactly(file.fd(), text.data(), text.size(), 0) ? text : "";
}

// Whole or not at all. A stamp that cannot be written costs time later, nothing else.
void WriteSmallFile(const std::string& path, const std::string& text) {
  std::string temporary = path + "." + std::to_string(getpid());
  File file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.fd() < 0) return;
  bool written = write(file.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || rename(temporary.c_str(), path.c_str()) != 0) unlink(temporary.c_str());
}

Status CheckOwner(int fd, const Install& install) {
  struct stat status {
  }, home{};
  if (fstat(fd, &status) != 0) return ErrnoError("the image", errno);
  if (!S_ISREG(status.st_mode)) return Refused("it is no regular file");
  bool of_the_install = stat(install.home().c_str(), &home) == 0 && status.st_uid == home.st_uid;
  if (status.st_uid != geteuid() && status.st_uid != 0 && !of_the_install) {
    return Refused("it belongs to another user (" + std::to_string(status.st_uid) + ")");
  }
  if (status.st_mode & 022) return Refused("others than its owner may write it");
  return Ok();
}

Result<ImageLabel> ReadLabel(int fd) {
  LabelHead head;
  bool is_image = ReadExactly(fd, &head, sizeof head, 0) &&
                  memcmp(head.magic, kLabelMagic, sizeof head.magic) == 0 &&
                  head.size <= ProcessImage::kTableAt - sizeof head;
  std::string text(is_image ? head.size : 0, '\0');
  if (!is_image || !ReadExactly(fd, text.data(), text.size(), sizeof head)) {
    return Fail(Refused("it is no image of v8py, or half of one"));
  }
  if (XXH3_64bits(text.data(), text.size()) != head.hash) {
    return Fail(Refused("its label was altered"));
  }
  Result<ImageLabel> label = DecodeLabel(text);
  if (!label) return Fail(Refused(label.error().message()));
  return label;
}

Status CheckLabel(int fd, const ImageLabel& label, const Install& install) {
  if (label.build != install.build_id()) return Refused("another build of v8py made it");
  if (label.processor != ProcessorFeatures()) {
    return Refused("it was made on another kind of processor");
  }
  struct stat status {};
  if (fstat(fd, &status) != 0) return ErrnoError("the image", errno);
  if (static_cast<uint64_t>(status.st_size) != label.size) return Refused("it is truncated");
  return Ok();
}

Status CheckBytes(int fd, const ImageLabel& label, const Install& install) {
  if (HashOf(fd, ProcessImage::kTableAt) != label.pages) return Refused("its bytes were altered");
  for (const auto& [path, hash] : label.files) {
    if (HashOfFile(install.home() + "/" + path) != hash) return Refused(path + " was altered");
  }
  return Ok();
}

// The files that the table of a saved process names.
Result<std::vector<std::string>> MappedFiles(int fd) {
  ProcessImage::Table head{};
  if (!ReadExactly(fd, &head, sizeof head, ProcessImage::kTableAt) ||
      head.bytes > ProcessImage::kMaxTable || head.bytes < sizeof head) {
    return Fail(WorldError("the worker saved no process image"));
  }
  // The parser looks at it through its structures.
  std::vector<uint64_t> table(head.bytes / sizeof(uint64_t) + 1);
  if (!ReadExactly(fd, table.data(), head.bytes, ProcessImage::kTableAt)) {
    return Fail(WorldError("the process image is truncated"));
  }
  auto parsed = ProcessTable::Parse({reinterpret_cast<const char*>(table.data()), head.bytes});
  if (!parsed) return Fail(parsed.error());
  std::vector<std::string> paths;
  for (const ProcessImage::File& file : parsed->files()) paths.emplace_back(file.path);
  return paths;
}

}  // namespace

Result<Image> Image::Open(const std::string& path, const Install& install, Check check) {
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.fd() < 0) return Fail(ErrnoError(path, errno));
  Status status = CheckOwner(file.fd(), install);
  if (!status.ok()) return Fail(status);
  Result<ImageLabel> label = ReadLabel(file.fd());
  if (!label) return Fail(label.error());
  status = CheckLabel(file.fd(), *label, install);
  if (!status.ok()) return Fail(status);

  std::string stamp_path = path + ".verified";
  // Before the bytes are looked at: what changes meanwhile makes the stamp wrong, not right.
  Json stamp = Stamp(file.fd(), *label, install);
  std::string wanted = stamp.is_null() ? "" : DumpJson(stamp);
  bool trusted = check == Check::kStamp && !wanted.empty() && ReadSmallFile(stamp_path) == wanted;
  if (!trusted) {
    status = CheckBytes(file.fd(), *label, install);
    if (!status.ok()) return Fail(status);
    if (!wanted.empty()) WriteSmallFile(stamp_path, wanted);
  }
  return Image(path, file.Release(), std::move(*label));
}

Status Image::Seal(int fd, const Install& install, const ImageContents& contents) {
  Result<std::vector<std::string>> paths = MappedFiles(fd);
  if (!paths) return paths.error();
  ImageLabel label = ImageLabel::Here(install, contents);
  for (const std::string& path : *paths) {
    label.files.emplace_back(path, HashOfFile(install.home() + "/" + path));
    if (label.files.back().second.empty()) return WorldError("cannot read " + path);
  }
  struct stat status {};
  if (fstat(fd, &status) != 0) return ErrnoError("the image", errno);
  label.size = static_cast<uint64_t>(status.st_size);
  label.pages = HashOf(fd, ProcessImage::kTableAt);
  std::string text = EncodeLabel(label);
  LabelHead head{};
  memcpy(head.magic, kLabelMagic, sizeof head.magic);
  head.size = text.size();
  head.hash = XXH3_64bits(text.data(), text.size());
  text.insert(0, reinterpret_cast<const char*>(&head), sizeof head);
  if (text.size() > ProcessImage::kTableAt) return InternalError("the image's label is too long");
  if (pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      fsync(fd) != 0) {
    return ErrnoError("write the image", errno);
  }
  return Ok();
}

Image::Image(Image&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      label_(std::move(other.label_)) {}

Image::~Image() {
  if (fd_ >= 0) close(fd_);
}

WorkerCommand Image::Command(const Install& install, Use use) const {
  return {{install.restorer(), "--socket=3", "--image=4", "--root=" + install.home(),
           use == Use::kZygote ? "--memory=own" : "--memory=mapped"},
          {fd_}};
}

}  // namespace v8py
