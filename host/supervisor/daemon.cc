#include "supervisor/daemon.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/message.h"

namespace v8py {

namespace {

// Each may have a program that runs. Others wait until one has gone, or find another way.
constexpr size_t kMaxClients = 200;
// For a client to say what it wants, and to read the answer.
constexpr uint64_t kPatienceMs = 5'000;
// When no client could be accepted, for lack of descriptors.
constexpr uint64_t kAcceptAgainMs = 100;

// What a change of a file shows in.
std::vector<int64_t> StateOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino), status.st_size,
          status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

}  // namespace

Daemon::Daemon(Loop& loop, WorkerSource& source, DaemonListener listener, DaemonSettings settings,
               const std::vector<std::string>& files, std::function<void(std::string)> on_end)
    : loop_(loop),
      source_(source),
      settings_(settings),
      on_end_(std::move(on_end)),
      idle_(std::make_unique<Timer>(loop)),
      listener_(std::move(listener)),
      accept_again_(std::make_unique<Timer>(loop)) {
  for (const std::string& path : files) {
    watches_.push_back(std::make_unique<FileWatch>(loop, path, [this, path, state = StateOf(path)] {
      if (StateOf(path) != state) Stop(End::kAfterRuns, path + " has changed");
    }));
  }
  watches_.push_back(std::make_unique<FileWatch>(loop, listener_->path(), [this] {
    if (listener_ && !listener_->InPlace()) Stop(End::kAfterRuns, "its socket was deleted");
  }));
  WatchListener();
  LookAtTheClock();
}

Daemon::~Daemon() {
  for (auto& [id, client] : clients_) {
    if (!client.guest) continue;
    client.guest->WatchExit(loop_);
    source_.Bury(std::move(client.guest));
  }
}

void Daemon::WatchListener() {
  if (!listener_ || clients_.size() >= kMaxClients) return;
  accept_ =
      std::make_unique<DescriptorWatch>(loop_, listener_->fd(), DescriptorWatch::For::kReading,
                                        [this] { later_.Post([this] { AcceptAll(); }); });
}

void Daemon::AcceptAll() {
  accept_.reset();
  if (!listener_) return;
  while (clients_.size() < kMaxClients) {
    int fd = listener_->Accept();
    if (fd < 0) {
      if (errno == EAGAIN) break;
      Log("daemon", LogLevel::kWarn, ErrnoError("accept", errno).message());
      return accept_again_->Start(kAcceptAgainMs, [this] { WatchListener(); });
    }
    Id id = next_++;
    Client& client = clients_[id];
    client.deadline = std::make_unique<Timer>(loop_);
    client.deadline->Start(kPatienceMs, [this, id] { later_.Post([this, id] { Drop(id); }); });
    client.stream = std::make_unique<Stream>(
        loop_, fd, Stream::Descriptors::kRefuse,
        Stream::Handler{[this, id](std::string_view bytes) { OnBytes(id, bytes); },
                        [this, id] { later_.Post([this, id] { Drop(id); }); }});
  }
  WatchListener();
}

Daemon::Client* Daemon::Find(Id id) {
  auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : &found->second;
}

void Daemon::OnBytes(Id id, std::string_view bytes) {
  Client* client = Find(id);
  client->frames.Append(bytes);
  for (;;) {
    Result<std::optional<std::string>> word = client->frames.Next();
    if (word && !*word) return;
    if (!word) return later_.Post([this, id] { Drop(id); });
    later_.Post([this, id, word = std::move(**word)] { OnWord(id, word); });
  }
}

void Daemon::OnWord(Id id, std::string_view word) {
  Client* client = Find(id);
  if (!client) return;
  if (client->state == Client::State::kHasGuest && word == "reap") {
    client->state = Client::State::kAnswered;
    return client->guest->WatchExit(loop_);
  }
  if (client->state != Client::State::kSilent) return Drop(id);
  if (word == "take") {
    client->state = Client::State::kWaiting;
    client->deadline->Stop();
    LookAtTheClock();
    return source_.Take([this, alive = later_.alive(), &source = source_, id](auto guest) {
      if (*alive) return OnGuest(id, std::move(guest));
      if (guest) source.Bury(std::move(guest->worker));
    });
  }
  if (word != "status" && word != "stop" && word != "stop now") return Drop(id);
  client->state = Client::State::kAnswered;
  client->stream->Write(EncodeFrame(DumpJson(StatusJson())));
  if (word == "stop") Stop(End::kAfterRuns, "it was told to");
  if (word == "stop now") Stop(End::kNow, "it was told to");
}

void Daemon::OnGuest(Id id, std::unique_ptr<WorkerSource::Guest> guest) {
  Client* client = Find(id);
  if (!client) {
    if (guest) source_.Bury(std::move(guest->worker));
    return;
  }
  WorkerProcess* worker = guest ? guest->worker.get() : nullptr;
  int pidfd = worker ? fcntl(worker->process().pidfd(), F_DUPFD_CLOEXEC, 0) : -1;
  if (pidfd < 0) {
    client->state = Client::State::kAnswered;
    client->stream->Write(EncodeMessage(FromWorker(GuestMessage{0})));
    client->deadline->Start(kPatienceMs, [this, id] { later_.Post([this, id] { Drop(id); }); });
    if (worker) source_.Bury(std::move(guest->worker));
    return LookAtTheClock();
  }
  ++taken_;
  client->state = Client::State::kHasGuest;
  client->guest = std::move(guest->worker);
  worker->SetHandler({[](const FromWorker&) {}, [](const Status&) {},
                      [this, id](ExitStatus status) {
                        later_.Post([this, id, status] { OnGuestEnd(id, status); });
                      }});
  // In one piece with its descriptors.
  client->stream->Write(EncodeMessage(FromWorker(GuestMessage{worker->process().pid()})) +
                            EncodeMessage(FromWorker(std::move(guest->ready))),
                        {worker->ReleaseSocket(), pidfd});
}

void Daemon::OnGuestEnd(Id id, ExitStatus status) {
  Client* client = Find(id);
  if (!client || !client->guest) return;
  GuestEndMessage end{client->guest->process().pid(), std::max(status.code, 0), status.signal};
  client->guest.reset();
  client->state = Client::State::kAnswered;
  client->stream->Write(EncodeMessage(FromWorker(end)));
  client->deadline->Start(kPatienceMs, [this, id] { later_.Post([this, id] { Drop(id); }); });
  LookAtTheClock();
}

void Daemon::Drop(Id id) {
  auto client = clients_.extract(id);
  if (!client) return;
  if (client.mapped().guest) {
    client.mapped().guest->WatchExit(loop_);
    source_.Bury(std::move(client.mapped().guest));
  }
  if (!accept_) WatchListener();
  LookAtTheClock();
}

size_t Daemon::Busy() const {
  return static_cast<size_t>(std::count_if(clients_.begin(), clients_.end(), [](const auto& pair) {
    return pair.second.guest || pair.second.state == Client::State::kWaiting;
  }));
}

void Daemon::LookAtTheClock() {
  bool busy = Busy() > 0;
  if (ending_) {
    if (!busy && on_end_) std::exchange(on_end_, nullptr)(*ending_);
    return;
  }
  if (std::exchange(idling_, !busy) == !busy) return;
  if (busy) return idle_->Stop();
  if (settings_.idle_ms == DaemonSettings::kForever) return;
  idle_->Start(settings_.idle_ms, [this] { Stop(End::kAfterRuns, "nobody needed it"); });
}

void Daemon::Stop(End end, const std::string& why) {
  if (!ending_) Log("daemon", LogLevel::kInfo, "ending: " + why);
  ending_ = ending_.value_or(why);
  idle_->Stop();
  later_.Post([this, end] {
    // From here on clients find no daemon, and another one may be started.
    watches_.clear();
    accept_.reset();
    accept_again_->Stop();
    listener_.reset();
    for (auto client = clients_.begin(); client != clients_.end();) {
      Id id = (client++)->first;
      if (end == End::kNow || clients_[id].state == Client::State::kSilent) Drop(id);
    }
    LookAtTheClock();
  });
}

Json Daemon::StatusJson() const {
  return {{"pid", getpid()},
          {"guests", settings_.guests},
          {"idle_timeout_ms",
           settings_.idle_ms == DaemonSettings::kForever ? Json(nullptr) : Json(settings_.idle_ms)},
          {"running", Busy()},
          {"taken", taken_}};
}

}  // namespace v8py
