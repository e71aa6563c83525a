#include "supervisor/pool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace v8py {

namespace {

// After so many zygotes and guests that came to nothing the pool rests; its takers have other ways.
constexpr int kMaxFailures = 3;
constexpr uint64_t kRestMs = 1000;
// From a fork that was refused to the next that is tried.
constexpr uint64_t kGrowMs = 1000;

}  // namespace

Pool::Pool(Loop& loop, WorkerCommand command, size_t size, size_t forks_of_zygote)
    : loop_(loop),
      command_(std::move(command)),
      size_(std::max<size_t>(size, 1)),
      wanted_(size_),
      retry_(std::make_unique<Timer>(loop)),
      grow_(std::make_unique<Timer>(loop)),
      forks_of_zygote_(std::max<size_t>(forks_of_zygote, 1)) {
  StartZygote();
}

Pool::~Pool() {
  *alive_ = false;
  GiveUpWaiters();
}

void Pool::Later(std::function<void()> task) {
  loop_.Post([alive = alive_, task = std::move(task)] {
    if (*alive) task();
  });
}

void Pool::StartZygote() {
  auto zygote = Zygote::Start(
      loop_, command_,
      {[this](std::unique_ptr<WorkerProcess> worker) { OnGuest(std::move(worker)); },
       [this](Zygote& zygote, const Status& status) { OnZygoteEnd(zygote, status); }});
  asked_ = forks_ = 0;
  if (!zygote) {
    Log("pool", LogLevel::kWarn, zygote.error().message());
    failures_ = kMaxFailures;
    return OnFailure();
  }
  zygote_ = std::move(*zygote);
  Refill();
}

void Pool::Rotate() {
  Log("pool", LogLevel::kInfo, "a new zygote after " + std::to_string(forks_) + " guests");
  retired_.push_back(std::move(zygote_));
  StartZygote();
}

void Pool::OnFailure() {
  if (++failures_ < kMaxFailures) return zygote_ ? Refill() : StartZygote();
  GiveUpWaiters();
  retry_->Start(kRestMs, [this] {
    failures_ = kMaxFailures - 1;
    return zygote_ ? Refill() : StartZygote();
  });
}

void Pool::Refill() {
  std::erase_if(retired_, [](auto& zygote) { return !zygote->has_guests(); });
  if (!zygote_ || failures_ >= kMaxFailures) return;
  if (forks_ >= forks_of_zygote_ && asked_ == 0) return Rotate();
  size_t wanted = wanted_ + waiters_.size();
  while (asked_ + starting_.size() + ready_.size() < wanted && forks_ < forks_of_zygote_) {
    ++asked_;
    ++forks_;
    zygote_->Fork();
  }
}

void Pool::Take(Taker taker) {
  auto found = std::find_if(ready_.begin(), ready_.end(),
                            [](auto& guest) { return !guest->worker->exited(); });
  if (found != ready_.end()) {
    auto guest = std::move(*found);
    ready_.erase(found);
    taker(std::move(guest));
  } else if (failures_ >= kMaxFailures) {
    return taker(nullptr);
  } else {
    waiters_.push_back(std::move(taker));
  }
  // After what the taker does: the fork is not in its way.
  Later([this] { Refill(); });
}

void Pool::GiveUpWaiters() {
  for (Taker& taker : std::exchange(waiters_, {})) taker(nullptr);
}

void Pool::OnGuest(std::unique_ptr<WorkerProcess> worker) {
  --asked_;
  if (asked_ == 0 && forks_ >= forks_of_zygote_) Later([this] { Refill(); });
  if (!worker) return Later([this] { OnRefusal(); });
  starting_.push_back(std::move(worker));
  auto place = std::prev(starting_.end());
  (*place)->SetHandler({[this, place](const FromWorker& message) {
                          if (auto* ready = std::get_if<ReadyMessage>(&message)) {
                            Later([this, place, ready = *ready] { OnReady(place, ready); });
                          } else {
                            (*place)->Kill();
                          }
                        },
                        [place](const Status&) { (*place)->Kill(); },
                        [this, place](ExitStatus) {
                          Later([this, place] {
                            starting_.erase(place);
                            // With its zygote they all go, and count as one.
                            if (!zygote_ || zygote_->ended()) return Refill();
                            Shrink();
                            OnFailure();
                          });
                        }});
}

void Pool::OnRefusal() {
  if (ready_.empty() && starting_.empty()) GiveUpWaiters();
  Shrink();
}

// Programs that run want processes, threads and descriptors, too: half of what waits goes.
void Pool::Shrink() {
  if (std::exchange(shrunk_, true)) return;
  size_t had = ready_.size() + starting_.size();
  wanted_ = std::max<size_t>(had / 2, 1);
  Log("pool", LogLevel::kWarn,
      "no more than " + std::to_string(had) + " of " + std::to_string(size_) +
          " guests fit into the limits of this process and its user; going on with " +
          std::to_string(wanted_));
  while (ready_.size() > wanted_) {
    Bury(std::move(ready_.back()->worker));
    ready_.pop_back();
  }
  Grow();
}

void Pool::Grow() {
  grow_->Start(kGrowMs, [this] {
    shrunk_ = false;
    wanted_ = std::min(size_, wanted_ + 1 + wanted_ / 8);
    Refill();
    if (wanted_ < size_) Grow();
  });
}

void Pool::OnReady(Workers::iterator place, const ReadyMessage& ready) {
  failures_ = 0;
  // Its handler has heard of the end, and removes it.
  if ((*place)->exited()) return;
  auto guest = std::make_unique<Guest>(Guest{std::move(*place), ready});
  starting_.erase(place);
  if (!waiters_.empty()) {
    Taker taker = std::move(waiters_.front());
    waiters_.pop_front();
    return taker(std::move(guest));
  }
  WorkerProcess* raw = guest->worker.get();
  ready_.push_back(std::move(guest));
  // One that waits says nothing, and does not end.
  raw->SetHandler({[raw](const FromWorker&) { raw->Kill(); }, [raw](const Status&) { raw->Kill(); },
                   [this, raw](ExitStatus) {
                     Later([this, raw] {
                       std::erase_if(ready_, [raw](auto& one) { return one->worker.get() == raw; });
                       Refill();
                     });
                   }});
}

void Pool::Bury(std::unique_ptr<WorkerProcess> worker) {
  if (worker->exited()) return;
  ending_.push_back(std::move(worker));
  auto place = std::prev(ending_.end());
  (*place)->SetHandler(
      {[](const FromWorker&) {}, [](const Status&) {},
       [this, place](ExitStatus) { Later([this, place] { ending_.erase(place); }); }});
  (*place)->Kill();
}

void Pool::OnZygoteEnd(const Zygote& zygote, const Status& status) {
  Log("pool", LogLevel::kWarn, status.message());
  // Not here: this is inside of one of its callbacks.
  Later([this, &zygote] {
    if (std::erase_if(retired_, [&](auto& one) { return one.get() == &zygote; }) > 0) return;
    zygote_.reset();
    // They are on their way out, whether that shows yet or not.
    for (auto& guest : std::exchange(ready_, {})) Bury(std::move(guest->worker));
    OnFailure();
  });
}

}  // namespace v8py
