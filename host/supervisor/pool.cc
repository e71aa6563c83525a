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
// While half of the guests still wait, the next fork keeps out of the way of the program for which
// one was just taken. (A lower priority would be the guest's, too, who cannot get rid of it.)
constexpr uint64_t kRefillMs = 5;
// However calm it is, so many wait.
constexpr size_t kLeast = 2;

}  // namespace

Pool::Pool(Loop& loop, WorkerCommand command, Settings settings)
    : loop_(loop),
      command_(std::move(command)),
      settings_(settings),
      room_(std::max<size_t>(settings.guests, 1)),
      wanted_(room_),
      retry_(std::make_unique<Timer>(loop)),
      grow_(std::make_unique<Timer>(loop)),
      refill_(std::make_unique<Timer>(loop)),
      calm_(std::make_unique<Timer>(loop)) {
  StartZygote();
  WaitForCalm();
}

Pool::~Pool() { GiveUpWaiters(); }

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
  if (forks_ >= settings_.forks_of_zygote && asked_ == 0) return Rotate();
  size_t wanted = wanted_ + waiters_.size();
  while (asked_ + starting_.size() + ready_.size() < wanted && forks_ < settings_.forks_of_zygote) {
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
  lowest_ = std::min(lowest_, ready_.size());
  if (ready_.size() >= (wanted_ + 1) / 2) return refill_->Start(kRefillMs, [this] { Refill(); });
  if (wanted_ < room_) {
    wanted_ = std::min(room_, 2 * wanted_);
    WaitForCalm();
  }
  later_.Post([this] { Refill(); });
}

void Pool::WaitForCalm() {
  lowest_ = ready_.size();
  calm_->Start(settings_.calm_ms, [this] {
    if (wanted_ <= kLeast) return;
    // Half of them were never needed.
    if (2 * lowest_ >= wanted_) {
      wanted_ = std::max(kLeast, wanted_ - (wanted_ + 3) / 4);
      DropSurplus();
    }
    WaitForCalm();
  });
}

void Pool::DropSurplus() {
  while (ready_.size() > wanted_) {
    Bury(std::move(ready_.back()->worker));
    ready_.pop_back();
  }
}

void Pool::GiveUpWaiters() {
  for (Taker& taker : std::exchange(waiters_, {})) taker(nullptr);
}

void Pool::OnGuest(std::unique_ptr<WorkerProcess> worker) {
  --asked_;
  if (asked_ == 0 && forks_ >= settings_.forks_of_zygote) later_.Post([this] { Refill(); });
  if (!worker) return later_.Post([this] { OnRefusal(); });
  starting_.push_back(std::move(worker));
  auto place = std::prev(starting_.end());
  (*place)->SetHandler({[this, place](const FromWorker& message) {
                          if (auto* ready = std::get_if<ReadyMessage>(&message)) {
                            later_.Post([this, place, ready = *ready] { OnReady(place, ready); });
                          } else {
                            (*place)->Kill();
                          }
                        },
                        [place](const Status&) { (*place)->Kill(); },
                        [this, place](ExitStatus) {
                          later_.Post([this, place] {
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
  wanted_ = room_ = std::max<size_t>(had / 2, 1);
  Log("pool", LogLevel::kWarn,
      "no more than " + std::to_string(had) + " of " + std::to_string(settings_.guests) +
          " guests fit into the limits of this process and its user; going on with " +
          std::to_string(wanted_));
  DropSurplus();
  Grow();
}

void Pool::Grow() {
  grow_->Start(kGrowMs, [this] {
    shrunk_ = false;
    room_ = std::min(settings_.guests, room_ + 1 + room_ / 8);
    wanted_ = room_;
    Refill();
    if (room_ < settings_.guests) return Grow();
    WaitForCalm();
  });
}

void Pool::OnReady(Workers::iterator place, const ReadyMessage& ready) {
  failures_ = 0;
  // Its handler has heard of the end, and removes it.
  if ((*place)->exited()) return;
  auto guest = std::make_unique<Guest>(Guest{std::move(*place), ready});
  // Not when somebody waits for the answer of a program.
  guest->data_bytes = guest->worker->process().DataBytes();
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
                     later_.Post([this, raw] {
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
       [this, place](ExitStatus) { later_.Post([this, place] { ending_.erase(place); }); }});
  (*place)->Kill();
}

void Pool::OnZygoteEnd(const Zygote& zygote, const Status& status) {
  Log("pool", LogLevel::kWarn, status.message());
  // Not here: this is inside of one of its callbacks.
  later_.Post([this, &zygote] {
    if (std::erase_if(retired_, [&](auto& one) { return one.get() == &zygote; }) > 0) return;
    zygote_.reset();
    // They are on their way out, whether that shows yet or not.
    for (auto& guest : std::exchange(ready_, {})) Bury(std::move(guest->worker));
    OnFailure();
  });
}

}  // namespace v8py
