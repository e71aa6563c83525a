#include "supervisor/jobs.h"

#include <doctest/doctest.h>

#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace v8py {

TEST_CASE("whoever ends jobs waits for those that are under way, and for what they hold") {
  auto held = std::make_shared<int>(1);
  std::latch begun(2), go_on(1);
  std::atomic<int> done = 0;
  Jobs jobs;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(jobs.Start([&, held] {
      begun.count_down();
      go_on.wait();
      ++done;
    }));
  }
  begun.wait();
  CHECK(held.use_count() == 3);
  std::thread later([&] {
    while (!jobs.ending()) std::this_thread::yield();
    go_on.count_down();
  });
  jobs.End();
  CHECK(done == 2);
  CHECK(held.use_count() == 1);
  later.join();
}

TEST_CASE("no job begins after the end") {
  Jobs jobs;
  jobs.End();
  bool ran = false;
  CHECK(!jobs.Start([&] { ran = true; }));
  jobs.End();
  CHECK(!ran);
}

TEST_CASE("sixteen jobs are under way at most") {
  std::latch go_on(1);
  Jobs jobs;
  for (int i = 0; i < 16; ++i) CHECK(jobs.Start([&] { go_on.wait(); }));
  CHECK(!jobs.Start([] {}));
  go_on.count_down();
  jobs.End();
}

TEST_CASE("a job that has ended makes room for another") {
  Jobs jobs;
  for (int i = 0; i < 100; ++i) {
    while (!jobs.Start([] {})) std::this_thread::yield();
  }
  jobs.End();
}

}  // namespace v8py
