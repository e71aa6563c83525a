// Guests that wait: forked, warm and ready, so that a program finds an interpreter at once. Each
// serves one program. A guest that is taken is replaced in the background.
// Rule: lives on the loop's thread, and longer than whoever has a guest of it.
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
  // `command` starts the zygote. `size`: how many guests wait, at least 1.
  Pool(Loop& loop, WorkerCommand command, size_t size);
  ~Pool() override;
  Pool(const Pool&) = delete;

  void Take(Taker taker) override;
  // Ends the worker.
  void Bury(std::unique_ptr<WorkerProcess> worker) override;

 private:
  // A guest on its way, from the fork to READY, and one on its way out.
  using Workers = std::list<std::unique_ptr<WorkerProcess>>;

  void StartZygote();
  void Refill();
  void OnGuest(std::unique_ptr<WorkerProcess> worker);
  void OnReady(Workers::iterator place, const ReadyMessage& ready);
  void OnZygoteEnd(const Status& status);
  void GiveUpWaiters();
  // Runs `task` after the callback that this is in, unless the pool has gone.
  void Later(std::function<void()> task);

  Loop& loop_;
  const WorkerCommand command_;
  const size_t size_;
  size_t asked_ = 0;  // guests that the zygote was asked for
  int failures_ = 0;  // of zygotes, since the last guest that was ready
  std::deque<Taker> waiters_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with what runs later
  std::unique_ptr<Timer> retry_;
  std::unique_ptr<Zygote> zygote_;
  Workers starting_, ending_;
  std::deque<std::unique_ptr<Guest>> ready_;
};

}  // namespace v8py
