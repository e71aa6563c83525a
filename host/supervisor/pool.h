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
  // What a zygote may have gathered in its life ends with it.
  static constexpr size_t kForksOfZygote = 10'000;

  // `command` starts the zygote. `size`: how many guests wait, at least 1. `forks_of_zygote`: after
  // so many another takes its place.
  Pool(Loop& loop, WorkerCommand command, size_t size, size_t forks_of_zygote = kForksOfZygote);
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
  void OnZygoteEnd(const Zygote& zygote, const Status& status);
  // A zygote or a guest has come to nothing: tries again, in the end after a rest.
  void OnFailure();
  void GiveUpWaiters();
  // Runs `task` after the callback that this is in, unless the pool has gone.
  void Later(std::function<void()> task);

  Loop& loop_;
  const WorkerCommand command_;
  const size_t size_;
  size_t wanted_;  // at most size_: what the machine lets us have
  bool shrunk_ = false;
  size_t asked_ = 0;  // guests that the zygote was asked for
  int failures_ = 0;  // since the last guest that was ready
  std::deque<Taker> waiters_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with what runs later
  std::unique_ptr<Timer> retry_, grow_;
  const size_t forks_of_zygote_;
  size_t forks_ = 0;  // that zygote_ was asked for
  std::unique_ptr<Zygote> zygote_;
  std::list<std::unique_ptr<Zygote>> retired_;
  Workers starting_, ending_;
  std::deque<std::unique_ptr<Guest>> ready_;
};

}  // namespace v8py
