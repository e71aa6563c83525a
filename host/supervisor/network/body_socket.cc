#include "supervisor/network/body_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace v8py {

namespace {

// As much as the kernel gives, which cuts it to its own bound.
constexpr int kBuffer = 1 << 20;

}  // namespace

Result<BodySocket::Ends> BodySocket::Make(Loop& loop, std::function<void()> on_room) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0) {
    return Fail(WorldError(std::string("no socket: ") + strerror(errno)));
  }
  Descriptor ours(fds[0]), theirs(fds[1]);
  setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &kBuffer, sizeof kBuffer);
  // The worker can send nothing: neither bytes nor descriptors, which would pile up.
  shutdown(ours.get(), SHUT_RD);
  auto socket =
      std::unique_ptr<BodySocket>(new BodySocket(loop, std::move(ours), std::move(on_room)));
  return Ends{std::move(socket), std::move(theirs)};
}

BodySocket::BodySocket(Loop& loop, Descriptor socket, std::function<void()> on_room)
    : loop_(loop), socket_(std::move(socket)), on_room_(std::move(on_room)) {}

std::optional<size_t> BodySocket::Send(std::string_view bytes) {
  ssize_t sent;
  do {
    sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return static_cast<size_t>(sent);
  if (errno != EAGAIN) return std::nullopt;
  if (!room_) {
    room_ = std::make_unique<DescriptorWatch>(loop_, socket_.get(), DescriptorWatch::For::kWriting,
                                              [this] {
                                                room_.reset();
                                                on_room_();
                                              });
  }
  return 0;
}

}  // namespace v8py
