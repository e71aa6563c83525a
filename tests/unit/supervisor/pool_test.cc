// The pool by itself, with real zygotes: what its users do not see. Needs an image.
#include "supervisor/pool.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <future>
#include <set>
#include <sstream>

#include "os/loop.h"
#include "supervisor/image_store.h"
#include "supervisor/install.h"

namespace v8py {

namespace {

pid_t ParentOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << file.rdbuf();
  std::istringstream rest(text.str().substr(text.str().rfind(')') + 1));
  std::string state;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

// A pool on a loop of its own, asked from this thread.
struct PoolOnLoop {
  explicit PoolOnLoop(size_t guests, size_t forks_of_zygote) {
    OnLoop([&] {
      pool = std::make_unique<Pool>(*loop, image->Command(*install, Image::Use::kZygote), guests,
                                    forks_of_zygote);
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
  PoolOnLoop pool(2, 3);
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

}  // namespace v8py
