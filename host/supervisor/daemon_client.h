// Guests of the daemon that serves this user and this image, if there is one: the client's side of
// daemon_socket.h. Whatever is wrong with the daemon, it has no guest to give, and that soon.
// Rule: as of every source of workers.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "base/frame.h"
#include "base/json.h"
#include "os/loop.h"
#include "supervisor/daemon_socket.h"
#include "supervisor/worker_source.h"

namespace v8py {

class DaemonClient : public WorkerSource {
 public:
  // Longer than a daemon under load takes for a guest; then a worker of one's own is quicker.
  static constexpr uint64_t kPatienceMs = 500;

  DaemonClient(Loop& loop, DaemonSocket socket, uint64_t patience_ms = kPatienceMs)
      : loop_(loop), socket_(std::move(socket)), patience_ms_(patience_ms) {}
  ~DaemonClient() override;

  void Take(Taker taker) override;
  void Bury(std::unique_ptr<WorkerProcess> worker) override;

 private:
  // A connection: asked for a guest, then kept as long as that lives.
  struct Link {
    Taker taker;  // until it was called
    FrameReader frames{kMaxFrameFromWorker};
    bool given = false;    // whether the guest's descriptors have come
    bool lost = false;     // the connection
    bool reaping = false;  // whether the daemon was asked to
    WorkerProcess* guest = nullptr;
    std::unique_ptr<Timer> deadline;
    std::unique_ptr<Stream> stream;
  };
  using Id = uint64_t;

  void OnBytes(Id id, std::string_view bytes);
  void OnMessage(Id id, const FromWorker& message);
  void OnReady(Id id, const ReadyMessage& ready);
  void OnEnd(Id id);
  // The guest has ended.
  void Reap(Id id);
  void TellExit(Id id, ExitStatus status);
  void GiveNothing(Id id, std::string_view why);
  // Forgets it, after the callback that this is in.
  void Drop(Id id);

  Loop& loop_;
  LaterTasks later_{loop_};
  const DaemonSocket socket_;
  const uint64_t patience_ms_;
  Id next_ = 0;
  std::map<Id, Link> links_;
};

struct DaemonAnswer {
  Json status;
  int pidfd = -1;  // of the daemon; the caller's
};
// Says `word` ("status", "stop", "stop now") to the daemon. Blocks, not for long. kWorld when there
// is none, or it does not answer.
Result<DaemonAnswer> AskDaemon(const DaemonSocket& socket, std::string_view word);

}  // namespace v8py
