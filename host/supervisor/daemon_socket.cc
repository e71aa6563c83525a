#include "supervisor/daemon_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
// The library as a header: no symbol of it leaves ours.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace v8py {

namespace {

// Of what is said on the socket. Another number, another socket.
constexpr int kProtocol = 1;
// Clients that wait to be accepted. Those beyond find no daemon.
constexpr int kBacklog = 128;

int MakeSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// Entry() is always short enough.
sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.c_str(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

bool PeerIsUser(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

bool IsAt(int fd, const std::string& path) {
  struct stat ours {
  }, there{};
  return fstat(fd, &ours) == 0 && stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

// The lock's file may be deleted, by the daemon that had it, between our open and our lock.
Result<int> Lock(const std::string& path) {
  for (;;) {
    int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return Fail(ErrnoError("open " + path, errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      close(fd);
      return Fail(CallerError("a daemon runs already"));
    }
    if (IsAt(fd, path)) return fd;
    close(fd);
  }
}

}  // namespace

DaemonSocket::DaemonSocket(std::string_view key) {
  std::string common = std::to_string(kProtocol) + "\n" + std::string(key);
  char digits[17];
  snprintf(digits, sizeof digits, "%016llx",
           static_cast<unsigned long long>(XXH3_64bits(common.data(), common.size())));
  name_ = "daemon-" + std::string(digits);
}

Result<int> DaemonSocket::Connect() const {
  auto folder =
      PrivateFolder::Open(PrivateFolder::RuntimePath(), PrivateFolder::Missing::kIsAnError);
  if (!folder) return Fail(folder.error());
  int fd = MakeSocket();
  if (fd < 0) return Fail(ErrnoError("socket", errno));
  sockaddr_un address = AddressOf(folder->Entry(name_));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    Status status = ErrnoError("connect to " + path(), errno);
    close(fd);
    return Fail(status);
  }
  if (!PeerIsUser(fd)) {
    close(fd);
    return Fail(WorldError("another user listens at " + path()));
  }
  return fd;
}

Result<DaemonListener> DaemonSocket::Listen() const {
  auto folder = PrivateFolder::Open(PrivateFolder::RuntimePath(), PrivateFolder::Missing::kIsMade);
  if (!folder) return Fail(folder.error());
  Result<int> lock = Lock(folder->Entry(name_ + ".lock"));
  if (!lock) return Fail(lock.error());
  DaemonListener listener(std::move(*folder), name_, *lock);
  Status status = listener.Bind();
  if (!status.ok()) return Fail(status.While("listen at " + path()));
  return listener;
}

Status DaemonListener::Bind() {
  // Of a daemon that was killed: whoever has the lock is the only one.
  unlink(path().c_str());
  fd_ = MakeSocket();
  if (fd_ < 0) return ErrnoError("socket", errno);
  sockaddr_un address = AddressOf(path());
  struct stat status {};
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      stat(path().c_str(), &status) != 0 || listen(fd_, kBacklog) != 0) {
    return ErrnoError("bind", errno);
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return Ok();
}

bool DaemonListener::InPlace() const {
  struct stat status {};
  return stat(path().c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

int DaemonListener::Accept() const {
  for (;;) {
    int client = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (client < 0 || PeerIsUser(client)) return client;
    close(client);
  }
}

DaemonListener::DaemonListener(DaemonListener&& other) noexcept
    : folder_(std::move(other.folder_)),
      name_(std::move(other.name_)),
      lock_(std::exchange(other.lock_, -1)),
      fd_(std::exchange(other.fd_, -1)),
      device_(other.device_),
      inode_(other.inode_) {}

DaemonListener::~DaemonListener() {
  if (fd_ >= 0 && InPlace()) unlink(path().c_str());
  if (fd_ >= 0) close(fd_);
  if (lock_ < 0) return;
  // Its file last, and while the lock is held.
  std::string lock = folder_.Entry(name_ + ".lock");
  if (IsAt(lock_, lock)) unlink(lock.c_str());
  close(lock_);
}

}  // namespace v8py
