// Where a daemon and its clients meet: a Unix socket in the user's runtime folder. Its file name
// holds what both must have in common, so that no client ever meets the daemon of another build, of
// another image or of another user.
//
// What is said there, in frames (base/frame.h). A client says one word:
//   take      → GuestMessage, with the guest's socket and pidfd beside it, and its ReadyMessage; or
//               GuestMessage{0}: none to give. Once that guest has ended: reap → GuestEndMessage.
//               The connection's end is the guest's.
//   status    → a JSON object
//   stop      → the same; it ends when the last guest that was taken has ended
//   stop now  → the same; it ends
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/status.h"
#include "os/private_folder.h"

namespace v8py {

// The longest that a client may say.
inline constexpr size_t kMaxDaemonRequest = 16;

// The daemon's end. Whoever has it is the only one.
class DaemonListener {
 public:
  DaemonListener(DaemonListener&& other) noexcept;
  DaemonListener& operator=(DaemonListener&&) = delete;
  // Another may take this place from here on. Leaves no file behind.
  ~DaemonListener();

  int fd() const { return fd_; }
  // Of the socket's file, through the folder that it was made in.
  std::string path() const { return folder_.Entry(name_); }
  // The next client, a non-blocking socket; -1: none waits. Clients of other users are turned away.
  int Accept() const;
  // Whether clients still find this socket at its place.
  bool InPlace() const;

 private:
  friend class DaemonSocket;
  DaemonListener(PrivateFolder folder, std::string name, int lock)
      : folder_(std::move(folder)), name_(std::move(name)), lock_(lock) {}
  Status Bind();

  PrivateFolder folder_;
  std::string name_;
  int lock_;
  int fd_ = -1;
  dev_t device_ = 0;  // of the socket's file
  ino_t inode_ = 0;
};

class DaemonSocket {
 public:
  // `key`: all that client and daemon must have in common.
  explicit DaemonSocket(std::string_view key);

  // For people.
  std::string path() const { return PrivateFolder::RuntimePath() + "/" + name_; }
  // A non-blocking socket, the caller's; kWorld when no daemon of this user listens.
  Result<int> Connect() const;
  // kCaller when there is a daemon already; kWorld when there cannot be one.
  Result<DaemonListener> Listen() const;

 private:
  std::string name_;
};

}  // namespace v8py
