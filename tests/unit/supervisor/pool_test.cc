// The pool by itself, with real zygotes: what its users do not see. Needs an image.
#include "supervisor/pool.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <future>
#include <set>

#include "os/loop.h"
#include "processes.h"
#include "supervisor/image_store.h"
#include "supervisor/install.h"

namespace v8py {

namespace {

pid_t ParentOf(pid_t pid) { return FindProcess(pid).value().parent; }

// A pool on a loop of its own, asked from this thread.
struct PoolOnLoop {
  explicit PoolOnLoop(Pool::Settings settings) {
    OnLoop([&] {
      pool = std::make_unique<Pool>(*loop, image->Command(*install, Image::Use::kZygote), settings);
    });
  }
  ~PoolOnLoop() {
    OnLoop([&] { pool.reset(); });
  }

  void OnLoop(const std::function<void()>& task) {
    std::promise<void> done;
    loop->Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  std::unique_ptr<WorkerProcess> Take() {
    std::promise<std::unique_ptr<WorkerProcess>> taken;
    loop->Post([&] {
      pool->Take([&](std::unique_ptr<Pool::Guest> guest) {
        taken.set_value(guest ? std::move(guest->worker) : nullptr);
      });
    });
    return taken.get_future().get();
  }
  void Bury(std::unique_ptr<WorkerProcess> worker) {
    OnLoop([&] { pool->Bury(std::move(worker)); });
  }

  Result<Install> install = Install::Find("");
  Result<Image> image = ImageStore(*install).Open("base");
  Result<std::unique_ptr<Loop>> started = Loop::Start();
  Loop* loop = started->get();
  std::unique_ptr<Pool> pool;
};

}  // namespace

TEST_CASE("another zygote takes over after so many guests, and the old one ends with its last") {
  PoolOnLoop pool({.guests = 2, .forks_of_zygote = 3});
  auto kept = pool.Take();
  REQUIRE(kept);
  pid_t first = ParentOf(kept->process().pid());
  std::set<pid_t> zygotes = {first};
  for (int i = 0; i < 20; ++i) {
    auto worker = pool.Take();
    REQUIRE(worker);
    zygotes.insert(ParentOf(worker->process().pid()));
    pool.Bury(std::move(worker));
  }
  CHECK(zygotes.size() >= 6);
  CHECK(kill(first, 0) == 0);
  CHECK(ParentOf(kept->process().pid()) == first);
  pool.Bury(std::move(kept));
  // Its end is noticed when the pool is used.
  bool gone = false;
  for (int i = 0; i < 100 && !gone; ++i) {
    pool.Bury(pool.Take());
    gone = kill(first, 0) != 0;
  }
  CHECK(gone);
}

TEST_CASE("few guests wait when it is calm, and as many again under load") {
  PoolOnLoop pool({.guests = 8, .calm_ms = 50});
  auto waiting = [] {
    std::vector<ProcessInfo> found = ZygoteAndGuests();
    return found.empty() ? 0 : found.size() - 1;
  };
  auto becomes = [&](size_t count) {
    for (int i = 0; i < 1000 && waiting() != count; ++i) usleep(10'000);
    return waiting() == count;
  };
  // Not before they are all there: with guests on their way it is not calm.
  CHECK(becomes(8));
  CHECK(becomes(2));
  std::vector<std::unique_ptr<WorkerProcess>> taken;
  for (int i = 0; i < 6; ++i) taken.push_back(pool.Take());
  CHECK(becomes(6 + 8));
  for (auto& worker : taken) pool.Bury(std::move(worker));
  CHECK(becomes(2));
}

}  // namespace v8py
