// The daemon: hands guests of a pool to other processes of the same user, whose own supervisors run
// them. It watches over their ends only: it reaps them, and kills those whose client has gone.
// What is said on its socket: daemon_socket.h. Rule: lives on the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/frame.h"
#include "base/json.h"
#include "os/file_watch.h"
#include "os/loop.h"
#include "supervisor/daemon_socket.h"
#include "supervisor/worker_source.h"

namespace v8py {

struct DaemonSettings {
  static constexpr uint64_t kForever = UINT64_MAX;
  size_t guests = 2;           // that wait
  uint64_t idle_ms = 600'000;  // without a guest that runs: then it ends
};

class Daemon {
 public:
  // When it ends: with the last guest that was taken, or at once, which kills them.
  enum class End { kAfterRuns, kNow };

  // Serves until it has ended, which `on_end` is told with the reason. `source` must outlive it.
  // `files`: with a change of one of them its guests are out of date, and it ends.
  Daemon(Loop& loop, WorkerSource& source, DaemonListener listener, DaemonSettings settings,
         const std::vector<std::string>& files, std::function<void(std::string)> on_end);
  ~Daemon();
  Daemon(const Daemon&) = delete;

  void Stop(End end, const std::string& why);

 private:
  struct Client {
    enum class State { kSilent, kWaiting, kHasGuest, kAnswered } state = State::kSilent;
    FrameReader frames{kMaxDaemonRequest};
    std::unique_ptr<WorkerProcess> guest;
    std::unique_ptr<Timer> deadline;
    std::unique_ptr<Stream> stream;
  };
  using Id = uint64_t;

  void WatchListener();
  void AcceptAll();
  void OnBytes(Id id, std::string_view bytes);
  void OnWord(Id id, std::string_view word);
  void OnGuest(Id id, std::unique_ptr<WorkerSource::Guest> guest);
  void OnGuestEnd(Id id, ExitStatus status);
  void Drop(Id id);
  // How many clients have a guest, or wait for one.
  size_t Busy() const;
  // To be called when that may have changed.
  void LookAtTheClock();
  Json StatusJson() const;
  Client* Find(Id id);

  Loop& loop_;
  LaterTasks later_{loop_};
  WorkerSource& source_;
  const DaemonSettings settings_;
  std::function<void(std::string)> on_end_;
  std::optional<std::string> ending_;  // why
  uint64_t taken_ = 0;
  std::unique_ptr<Timer> idle_;
  bool idling_ = false;
  std::optional<DaemonListener> listener_;
  std::vector<std::unique_ptr<FileWatch>> watches_;
  std::unique_ptr<DescriptorWatch> accept_;
  std::unique_ptr<Timer> accept_again_;
  Id next_ = 0;
  std::map<Id, Client> clients_;
};

}  // namespace v8py
