// Zygotes and guests are killed, at any moment of theirs, while programs run: every request has its
// own right answer or says clearly that its interpreter was killed, and the next one works.
#include <signal.h>

#include <atomic>
#include <random>
#include <thread>

#include "processes.h"
#include "stress/pool_runtime.h"

namespace v8py {

namespace {

constexpr int kGuests = 6;
constexpr int kThreads = 4;
// Of so many kills one is for a zygote, and all of its guests with it.
constexpr int kZygoteShare = 5;

struct Counts {
  std::atomic<int> right = 0, killed = 0, wrong = 0;
};

// Works for some milliseconds, half of them waiting: whatever it is killed in.
std::string ProgramOf(int number) {
  return "import time\n"
         "time.sleep(0.004)\n"
         "total = sum(i * i for i in range(20_000))\n"
         "print(" +
         std::to_string(number) + ", total + " + std::to_string(number) + ")";
}

void Ask(PoolRuntime& pool, int number, Counts& counts) {
  Answer answer = pool.Run(ProgramOf(number));
  std::string right =
      std::to_string(number) + " " + std::to_string(2'666'466'670'000 + number) + "\n";
  if (answer.status == "ok" && answer.output == right) {
    ++counts.right;
  } else if (answer.status == "killed" && answer.json["reason"] == "signal 9" &&
             !answer.why.empty() && (answer.output.empty() || answer.output == right)) {
    ++counts.killed;
  } else if (answer.status == "no result" && answer.why.find("signal 9") != std::string::npos) {
    // Started alone, and killed each time before it was ready.
    ++counts.killed;
  } else if (++counts.wrong <= 5) {
    MESSAGE(number, ": ", answer.status, " '", answer.output, "' ", answer.why);
  }
}

// Kills one of the pool's processes. False: there is none just now.
bool KillOne(std::mt19937& chance, int& zygotes) {
  std::vector<ProcessInfo> processes = ZygoteAndGuests();
  if (processes.empty()) return false;
  const bool zygote = chance() % kZygoteShare == 0;
  if (!zygote && processes.size() == 1) return false;
  const size_t victim = zygote ? 0 : 1 + chance() % (processes.size() - 1);
  if (processes[victim].zombie) return false;
  zygotes += victim == 0;
  return kill(processes[victim].pid, SIGKILL) == 0;
}

}  // namespace

TEST_CASE("zygotes and guests are killed under load: each answer is right or says so") {
  const int kills = Count(60, 500);
  PoolRuntime pool(kGuests);
  Counts counts;
  std::atomic<bool> over = false;
  std::atomic<int> number = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (!over) Ask(pool, number++, counts);
    });
  }
  const unsigned seed = std::random_device()();
  std::mt19937 chance(seed);
  int zygotes = 0;
  for (int done = 0; done < kills;) {
    std::this_thread::sleep_for(std::chrono::microseconds(chance() % 40'000));
    done += KillOne(chance, zygotes);
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  Figures(std::to_string(kills) + " kills, " + std::to_string(zygotes) + " of zygotes (seed " +
          std::to_string(seed) + "): of " + std::to_string(number.load()) + " requests " +
          std::to_string(counts.right.load()) + " right, " + std::to_string(counts.killed.load()) +
          " killed and told so, " + std::to_string(counts.wrong.load()) + " wrong");
  CHECK(counts.wrong == 0);
  CHECK(counts.right > 0);
  CHECK(counts.killed > 0);

  // What was killed last is noticed by then, and from there on every request is served, by a pool.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  Counts after;
  for (int i = 0; i < 20; ++i) Ask(pool, i, after);
  CHECK(after.right == 20);
  CHECK(ZygoteAndGuests().size() > 1);
}

}  // namespace v8py
