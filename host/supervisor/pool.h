// Guests that wait: forked, warm and ready, so that a program finds an interpreter at once. Each
// serves one program. A guest that is taken is replaced in the background.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>

#include "supervisor/worker_source.h"
#include "supervisor/zygote.h"

namespace v8py {

class Pool : public WorkerSource {
 public:
  struct Settings {
    // How many wait, at least 1: all of them at first and under load, fewer when it is calm.
    size_t guests = 1;
    // After so many another zygote takes its place: what one may have gathered ends with it.
    size_t forks_of_zygote = 10'000;
    // When half of them were not needed for so long, a quarter goes.
    uint64_t calm_ms = 60'000;
  };

  // `command` starts the zygote.
  Pool(Loop& loop, WorkerCommand command, Settings settings);
  ~Pool() override;
  Pool(const Pool&) = delete;

  void Take(Taker taker) override;
  void Bury(std::unique_ptr<WorkerProcess> worker) override;

 private:
  // A guest on its way, from the fork to READY, and one on its way out.
  using Workers = std::list<std::unique_ptr<WorkerProcess>>;

  void StartZygote();
  // Has the next guests come from a new zygote. This one stays until its guests have gone.
  void Rotate();
  void Refill();
  void OnGuest(std::unique_ptr<WorkerProcess> worker);
  void OnReady(Workers::iterator place, const ReadyMessage& ready);
  // The machine has no process, memory or descriptor left for another guest.
  void OnRefusal();
  // Fewer guests wait, and step by step as many again.
  void Shrink();
  void Grow();
  // Has fewer wait when the load allows it.
  void WaitForCalm();
  void DropSurplus();
  void OnZygoteEnd(const Zygote& zygote, const Status& status);
  // A zygote or a guest has come to nothing: tries again, in the end after a rest.
  void OnFailure();
  void GiveUpWaiters();

  Loop& loop_;
  LaterTasks later_{loop_};
  const WorkerCommand command_;
  const Settings settings_;
  size_t room_;        // at most settings_.guests: what the machine lets us have
  size_t wanted_;      // at most room_: what the load needs
  size_t lowest_ = 0;  // how few waited since the last look at the load
  bool shrunk_ = false;
  size_t asked_ = 0;  // guests that the zygote was asked for
  int failures_ = 0;  // since the last guest that was ready
  std::deque<Taker> waiters_;
  std::unique_ptr<Timer> retry_, grow_, refill_, calm_;
  size_t forks_ = 0;  // that zygote_ was asked for
  std::unique_ptr<Zygote> zygote_;
  std::list<std::unique_ptr<Zygote>> retired_;
  Workers starting_, ending_;
  std::deque<std::unique_ptr<Guest>> ready_;
};

}  // namespace v8py
