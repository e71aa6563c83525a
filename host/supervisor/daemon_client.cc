#include "supervisor/daemon_client.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/log.h"

namespace v8py {

namespace {

// For an answer in words.
constexpr int kAnswerMs = 5'000;

// The process id as it is here: the daemon may see another one, if it is in another namespace.
// -1: none here.
pid_t PidBehind(int pidfd) {
  std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd);
  FILE* file = fopen(path.c_str(), "re");
  if (!file) return -1;
  int pid = -1;
  for (char line[128]; fgets(line, sizeof line, file);) sscanf(line, "Pid: %d", &pid);
  fclose(file);
  return pid;
}

}  // namespace

DaemonClient::~DaemonClient() {
  for (auto& [id, link] : links_) {
    if (link.taker) std::exchange(link.taker, nullptr)(nullptr);
  }
}

void DaemonClient::Take(Taker taker) {
  Result<int> fd = socket_.Connect();
  if (!fd) {
    Log("daemon", LogLevel::kDebug, fd.error().message());
    return taker(nullptr);
  }
  Id id = next_++;
  Link& link = links_[id];
  link.taker = std::move(taker);
  link.deadline = std::make_unique<Timer>(loop_);
  link.deadline->Start(patience_ms_, [this, id] { GiveNothing(id, "it does not answer"); });
  link.stream = std::make_unique<Stream>(
      loop_, *fd, Stream::Descriptors::kAccept,
      Stream::Handler{[this, id](std::string_view bytes) { OnBytes(id, bytes); },
                      [this, id] { OnEnd(id); }});
  link.stream->Write(EncodeFrame("take"));
}

void DaemonClient::OnBytes(Id id, std::string_view bytes) {
  Link& link = links_[id];
  link.frames.Append(bytes);
  for (;;) {
    Result<std::optional<std::string>> payload = link.frames.Next();
    if (payload && !*payload) return;
    Result<FromWorker> message =
        payload ? DecodeFromWorker(**payload) : Result<FromWorker>(Fail(payload.error()));
    if (!message) return OnEnd(id);
    OnMessage(id, *message);
  }
}

void DaemonClient::OnMessage(Id id, const FromWorker& message) {
  if (auto* guest = std::get_if<GuestMessage>(&message)) {
    links_[id].given = guest->pid != 0;
    if (guest->pid == 0) GiveNothing(id, "it has no guest to give");
  } else if (auto* ready = std::get_if<ReadyMessage>(&message)) {
    OnReady(id, *ready);
  } else if (auto* end = std::get_if<GuestEndMessage>(&message)) {
    TellExit(id, {end->code, end->signal});
  } else {
    OnEnd(id);
  }
}

void DaemonClient::OnReady(Id id, const ReadyMessage& ready) {
  Link& link = links_[id];
  if (!link.taker || !link.given) return;
  link.deadline->Stop();
  int socket = link.stream->TakeDescriptor();
  int pidfd = link.stream->TakeDescriptor();
  pid_t pid = pidfd < 0 ? -1 : PidBehind(pidfd);
  if (pid <= 0) {
    if (socket >= 0) close(socket);
    if (pidfd >= 0) close(pidfd);
    return GiveNothing(id, "its guest is not to be seen here");
  }
  auto worker = WorkerProcess::Adopt(loop_, pid, pidfd, socket, [this, id] { Reap(id); }, {});
  link.guest = worker.get();
  std::exchange(link.taker,
                nullptr)(std::make_unique<Guest>(Guest{std::move(worker), ready, "daemon"}));
}

void DaemonClient::GiveNothing(Id id, std::string_view why) {
  Taker taker = std::exchange(links_[id].taker, nullptr);
  if (!taker) return;
  Log("daemon", LogLevel::kInfo, "starting without the daemon: " + std::string(why));
  Drop(id);
  taker(nullptr);
}

// Guests end with their daemon, but nobody is left who could say so: it is seen by the pidfd.
void DaemonClient::OnEnd(Id id) {
  Link& link = links_[id];
  if (std::exchange(link.lost, true)) return;
  link.stream->PauseReading();
  GiveNothing(id, "it has ended");
  if (!link.guest) return;
  if (link.reaping) return TellExit(id, {0, SIGKILL});
  link.guest->Kill();
}

void DaemonClient::Reap(Id id) {
  Link& link = links_[id];
  if (link.lost) return TellExit(id, {0, SIGKILL});
  link.reaping = true;
  link.stream->Write(EncodeFrame("reap"));
}

void DaemonClient::TellExit(Id id, ExitStatus status) {
  WorkerProcess* guest = std::exchange(links_[id].guest, nullptr);
  if (!guest) return;
  Drop(id);
  guest->TellExit(status);
}

// With the connection the daemon sees to the guest's end; its own supervisor does not rely on that.
void DaemonClient::Bury(std::unique_ptr<WorkerProcess> worker) {
  worker->Kill();
  for (auto& [id, link] : links_) {
    if (link.guest != worker.get()) continue;
    link.guest = nullptr;
    Drop(id);
  }
}

void DaemonClient::Drop(Id id) {
  later_.Post([this, id] { links_.erase(id); });
}

Result<DaemonAnswer> AskDaemon(const DaemonSocket& socket, std::string_view word) {
  Result<int> fd = socket.Connect();
  if (!fd) return Fail(fd.error());
  ucred peer{};
  socklen_t size = sizeof peer;
  getsockopt(*fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  DaemonAnswer answer{nullptr, static_cast<int>(syscall(SYS_pidfd_open, peer.pid, 0))};
  std::string request = EncodeFrame(word);
  Status status = WorldError("the daemon at " + socket.path() + " does not answer");
  FrameReader frames(kMaxFrameFromWorker);
  // It fits into the empty buffer of a new connection.
  bool open = send(*fd, request.data(), request.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(request.size());
  for (pollfd readable{*fd, POLLIN, 0}; open && poll(&readable, 1, kAnswerMs) > 0;) {
    char bytes[4096];
    ssize_t got = recv(*fd, bytes, sizeof bytes, 0);
    open = got > 0;
    if (open) frames.Append({bytes, static_cast<size_t>(got)});
    Result<std::optional<std::string>> payload = frames.Next();
    if (!payload || !*payload) continue;
    Result<Json> json = ParseJson(**payload);
    if (json && json->is_object()) {
      answer.status = std::move(*json);
      status = Ok();
    }
    open = false;
  }
  close(*fd);
  if (status.ok()) return answer;
  if (answer.pidfd >= 0) close(answer.pidfd);
  return Fail(status);
}

}  // namespace v8py
