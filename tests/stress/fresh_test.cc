// Thousands of sandboxes, in a row and at once: every answer is right and fresh, and neither the
// supervisor nor the zygote holds more afterwards than before.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "processes.h"
#include "stress/pool_runtime.h"

namespace v8py {

namespace {

constexpr int kGuests = 8;
// So many runs, and what is allocated once is there.
constexpr int kSettling = 100;
// What a heap may be larger by chance. A leak of 200 bytes a run is found among 10,000.
constexpr int64_t kMostGrowthKb = 2048;

// Finds marks of earlier guests, leaves some, and computes what only this number gives.
std::string ProgramOf(int number) {
  return "import builtins, os, js\n"
         "seen = [hasattr(builtins, 'mark'), os.path.exists('/tmp/mark'), hasattr(js, 'mark')]\n"
         "builtins.mark = js.mark = 1; open('/tmp/mark', 'w').close()\n"
         "print(any(seen), " +
         std::to_string(number) + ", pow(" + std::to_string(number) + " + 3, 5, 1000003))";
}

std::string AnswerOf(int number) {
  uint64_t power = 1;
  for (int i = 0; i < 5; ++i) power = power * static_cast<uint64_t>(number + 3) % 1000003;
  return "False " + std::to_string(number) + " " + std::to_string(power) + "\n";
}

// Of a pool at rest.
struct Footprint {
  int64_t supervisor_kb = 0, zygote_kb = 0, zygote_resident_kb = 0;
  int descriptors = 0, threads = 0;
  size_t guests = 0, zombies = 0;
};

Footprint FootprintAtRest() {
  std::vector<ProcessInfo> processes;
  // The last guests are ending and the next are getting ready; that one has ended is seen before
  // the supervisor has closed what belonged to it.
  for (int i = 0, unchanged = 0, descriptors = 0; i < 500 && unchanged < 10; ++i) {
    processes = ZygoteAndGuests();
    bool ending = std::any_of(processes.begin(), processes.end(),
                              [](const ProcessInfo& process) { return process.zombie; });
    bool at_rest = processes.size() == 1 + kGuests && !ending;
    unchanged = at_rest && descriptors == DescriptorCount() ? unchanged + 1 : 0;
    descriptors = DescriptorCount();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  Footprint now;
  REQUIRE(!processes.empty());
  now.supervisor_kb = MemoryOf(getpid(), "Anonymous");
  now.zygote_kb = MemoryOf(processes[0].pid, "Anonymous");
  now.zygote_resident_kb = MemoryOf(processes[0].pid, "Rss");
  now.descriptors = DescriptorCount();
  now.threads = ThreadCount();
  now.guests = processes.size() - 1;
  for (const ProcessInfo& process : processes) now.zombies += process.zombie;
  return now;
}

void CheckFlat(const std::string& what, const Footprint& before, const Footprint& after) {
  Figures(what + "; supervisor " + std::to_string(before.supervisor_kb) + " to " +
          std::to_string(after.supervisor_kb) + " KiB, zygote " + std::to_string(before.zygote_kb) +
          " to " + std::to_string(after.zygote_kb) + " KiB (resident " +
          std::to_string(after.zygote_resident_kb) + "), descriptors " +
          std::to_string(before.descriptors) + " to " + std::to_string(after.descriptors) +
          ", zombies " + std::to_string(after.zombies));
  CHECK(after.supervisor_kb - before.supervisor_kb < kMostGrowthKb);
  CHECK(after.zygote_kb - before.zygote_kb < kMostGrowthKb);
  CHECK(after.zygote_resident_kb - before.zygote_resident_kb < kMostGrowthKb);
  CHECK(after.descriptors == before.descriptors);
  CHECK(after.threads == before.threads);
  CHECK(before.guests == kGuests);
  CHECK(after.guests == kGuests);
  CHECK(after.zombies == 0);
}

// Wrong answers of `count` sandboxes, `at_once` of them at a time.
int WrongOf(PoolRuntime& pool, int count, int at_once) {
  std::atomic<int> next = 0, wrong = 0;
  auto work = [&] {
    for (int number; (number = next++) < count;) {
      Answer answer = pool.Run(ProgramOf(number));
      bool right = answer.status == "ok" && answer.output == AnswerOf(number) &&
                   answer.json["start"]["from"] == "image";
      if (!right && ++wrong == 1) MESSAGE(answer.status, answer.output, answer.why);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < at_once; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

void CheckSandboxes(int count, int at_once) {
  PoolRuntime pool(kGuests);
  CHECK(WrongOf(pool, kSettling, at_once) == 0);
  Footprint before = FootprintAtRest();
  auto began = std::chrono::steady_clock::now();
  CHECK(WrongOf(pool, count, at_once) == 0);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  CheckFlat(std::to_string(count) + " fresh sandboxes, " + std::to_string(at_once) +
                " at a time, " + std::to_string(static_cast<int>(count / took.count())) +
                " a second",
            before, FootprintAtRest());
}

}  // namespace

TEST_CASE("sandboxes in a row are right and fresh, and nothing grows") {
  CheckSandboxes(Count(500, 10'000), 1);
}

TEST_CASE("sandboxes at a concurrency of 8 are right and fresh, and nothing grows") {
  CheckSandboxes(Count(300, 1'000), 8);
}

}  // namespace v8py
