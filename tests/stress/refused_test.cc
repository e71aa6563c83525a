// What a machine may refuse a pool: processes, memory, descriptors, and the clocks that it knew.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "processes.h"
#include "stress/pool_runtime.h"
#include "stress/shell.h"

namespace v8py {

namespace {

const std::string kAsNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp ";

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

}  // namespace

TEST_CASE("forks refused by a limit of processes: every program has its answer") {
  if (geteuid() != 0 || !CanDo(kAsNobody + "$V8PY --version")) {
    MESSAGE("needs root, and a build that others can read; not tried");
    return;
  }
  // A supervisor has two threads, and each guest as many; other things may run as this user.
  constexpr int kEnough = 12;
  std::string figures;
  const std::vector<int> few = {2, kEnough, 40}, all_of_them = {1, 2, 4, 6, kEnough, 20, 40};
  // Where it is just not enough, programs wait for seconds.
  for (int limit : full_counts ? all_of_them : few) {
    ShellOutcome outcome = Shell("ulimit -u " + std::to_string(limit) + "; " + kAsNobody +
                                 "$POOLED --guests=30 --runs=20 --json -c 'print(6 * 7)'");
    size_t right = CountOf(outcome.output, "\"stdout\":\"42\\n\"");
    size_t killed = CountOf(outcome.output, "\"status\":\"killed\"");
    size_t refused = CountOf(outcome.output, "v8py_pooled: ");
    // Whoever has no answer is told the reason.
    bool said = Contains(outcome.output, "Resource temporarily unavailable");
    bool all = right + killed + refused == 20 || (refused == 1 && right == 0);
    CHECK_MESSAGE((all && (right == 20 || said)), limit, " processes\n", outcome.output);
    if (limit >= kEnough) CHECK_MESSAGE(right == 20, limit, " processes\n", outcome.output);
    figures += " " + std::to_string(right) + " of 20 at " + std::to_string(limit) + ",";
  }
  figures.back() = ';';
  Figures("a pool of 30 under a limit of processes: right" + figures + " the rest said why");
}

TEST_CASE("memory too short for guests: an answer, or the reason") {
  int right = 0, said = 0;
  for (int megabytes : {4, 32, 64, 96, 128, 160, 256, 512}) {
    ShellOutcome outcome = Shell("ulimit -d " + std::to_string(megabytes << 10) +
                                 "; $POOLED --guests=3 --runs=5 --json -c 'print(6 * 7)' 2>&1");
    size_t answers = CountOf(outcome.output, "\"stdout\":\"42\\n\"");
    bool reason = Contains(outcome.output, "v8py_pooled: ") ||
                  Contains(outcome.output, "\"status\":\"memory\"");
    CHECK_MESSAGE((answers == 5 || reason), megabytes, " MiB: ", answers, " of 5\n",
                  outcome.output.substr(0, 600));
    right += answers == 5;
    said += answers != 5 && reason;
  }
  Figures("a pool with 4 to 512 MiB of data: right in " + std::to_string(right) +
          " of 8 sizes, in the others the reason");
  CHECK(right > 0);
}

TEST_CASE("guests that are killed before they are ready: every program has its answer") {
  PoolRuntime pool(2);
  std::atomic<bool> over = false;
  std::atomic<int> kills = 0;
  // Whatever the zygote forks dies at once; so a guest that is ready is an exception.
  std::thread killer([&] {
    pid_t zygote = 0;
    while (!over) {
      if (zygote == 0 || kill(zygote, 0) != 0) {
        std::vector<ProcessInfo> processes = ZygoteAndGuests();
        zygote = processes.empty() ? 0 : processes[0].pid;
      }
      if (zygote == 0) continue;
      std::ifstream children("/proc/" + std::to_string(zygote) + "/task/" + std::to_string(zygote) +
                             "/children");
      for (pid_t guest; children >> guest;) kills += kill(guest, SIGKILL) == 0;
    }
  });
  int right = 0, killed = 0;
  for (int i = 0; i < 5; ++i) {
    Answer answer = pool.Run("print(" + std::to_string(i) + ")");
    right += answer.output == std::to_string(i) + "\n";
    killed += answer.status == "killed";
  }
  over = true;
  killer.join();
  Figures("all guests killed as soon as they are there (" + std::to_string(kills.load()) +
          " of them): of 5 programs " + std::to_string(right) + " right, " +
          std::to_string(killed) + " killed and told so");
  CHECK(right + killed == 5);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (int i = 0; i < 10; ++i) CHECK(pool.Run("print(1)").output == "1\n");
}

TEST_CASE("a process without free descriptors, and a zygote without: nothing is left of it") {
  PoolRuntime pool(4);
  auto set_limit = [](pid_t pid, rlim_t soft) {
    rlimit limit{};
    REQUIRE(prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) == 0);
    limit.rlim_cur = std::min(soft, limit.rlim_max);
    REQUIRE(prlimit(pid, RLIMIT_NOFILE, &limit, nullptr) == 0);
  };
  auto zombies = [] {
    size_t count = 0;
    for (const ProcessInfo& process : ZygoteAndGuests()) count += process.zombie;
    return count;
  };
  int right = 0, said = 0;
  auto try_some = [&] {
    for (int i = 0; i < 12; ++i) {
      Answer answer = pool.Run("print(6 * 7)");
      right += answer.output == "42\n";
      said += answer.status == "no result" && Contains(answer.why, "Too many open files");
    }
  };
  CHECK(pool.Run("print(6 * 7)").output == "42\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const pid_t zygote = ZygoteAndGuests().at(0).pid;
  // Of the zygote's: 3 is its socket. 4, 5: a guest's socket pair. 6: its pidfd.
  for (rlim_t limit : {4, 5, 6}) {
    set_limit(zygote, limit);
    try_some();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(zombies() == 0);
  }
  set_limit(zygote, 1024);
  rlimit mine{};
  getrlimit(RLIMIT_NOFILE, &mine);
  // Each waiting guest has two descriptors here, which come free when it ends.
  const int used = DescriptorCount() - 3;
  for (int more : {0, 1, 2, 3}) {
    set_limit(0, static_cast<rlim_t>(used + more));
    try_some();
    set_limit(0, mine.rlim_cur);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(zombies() == 0);
  }
  CHECK(right + said == 7 * 12);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  for (int i = 0; i < 10; ++i) CHECK(pool.Run("print(1)").output == "1\n");
  CHECK(ZygoteAndGuests().size() > 1);
  Figures("descriptors short in zygote and supervisor: of 84 programs " + std::to_string(right) +
          " right, " + std::to_string(said) + " refused with the reason; nothing left of them");
}

TEST_CASE("a pool of one, and a pool of a thousand") {
  PoolRuntime pool(1);
  for (int i = 0; i < 20; ++i) CHECK(pool.Run("print(1)").output == "1\n");
  // A thousand want memory and descriptors: both are tried in full only.
  rlimit limit{}, small{};
  getrlimit(RLIMIT_NOFILE, &limit);
  small = {1024, limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &small);
  auto error = pool.runtime().SetPool(1000);
  REQUIRE(error);
  CHECK(error->code == V8PY_ERROR_WORLD);
  CHECK_MESSAGE(Contains(error->message, "1024"), error->message);
  CHECK_MESSAGE(Contains(error->message, "ulimit -n"), error->message);
  CHECK(pool.Run("print(2)").output == "2\n");
  setrlimit(RLIMIT_NOFILE, &limit);
  if (!full_counts) return;
  error = pool.runtime().SetPool(1000);
  REQUIRE_MESSAGE(!error, error->message);
  auto began = std::chrono::steady_clock::now();
  size_t guests = 0;
  for (int i = 0; i < 600 && guests < 1000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    guests = ZygoteAndGuests().size() - 1;
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  for (int i = 0; i < 50; ++i) CHECK(pool.Run("print(3)").output == "3\n");
  Figures("a pool of 1000: " + std::to_string(guests) + " guests in " +
          std::to_string(static_cast<int>(took.count())) + " s");
  CHECK(guests == 1000);
}

TEST_CASE("an image goes on under clocks that show something else than where it was made") {
  setenv("PROGRAM", V8PY_STRESS_PROGRAMS "/clocks.py", 1);
  int tried = 0;
  std::ifstream uptime("/proc/uptime");
  double up = 0;
  uptime >> up;
  const std::vector<double> most = {1e6, 5.0 - up}, all = {1e6, 1e8, 5.0 - up};
  for (double offset : full_counts ? all : most) {
    const std::string shift = "unshare --time --monotonic " +
                              std::to_string(static_cast<long>(offset)) + " --boottime " +
                              std::to_string(static_cast<long>(offset)) + " ";
    if (!CanDo(shift + "true")) {
      MESSAGE("this machine gives no namespace of clocks; not tried");
      return;
    }
    for (const char* how : {"$POOLED $PROGRAM", "V8PY_IMAGE=use $V8PY exec $PROGRAM"}) {
      ShellOutcome outcome = Shell(shift + "bash -c '" + how + "'");
      CHECK_MESSAGE(outcome.output == "True True\n", offset, " ", std::string(how), "\n",
                    outcome.output);
      ++tried;
    }
    // Deadlines come when they should: not at once, and not in days.
    for (const char* code : {"while True: pass", "import time; time.sleep(1000)",
                             "import asyncio; await asyncio.sleep(1000)"}) {
      ShellOutcome outcome =
          Shell(shift + "timeout 20 $POOLED --json --timeout-ms=400 -c '" + code + "'");
      CHECK_MESSAGE(outcome.exit_code == 124, offset, " ", code, "\n", outcome.output);
      CHECK_MESSAGE(Contains(outcome.output, "\"status\":\"timeout\""), outcome.output);
      auto json = nlohmann::json::parse(outcome.output, nullptr, false);
      double ran = json.is_object() ? json["durations"]["run_ms"].get<double>() : 0;
      CHECK_MESSAGE((ran >= 390 && ran < 5000), ran);
      ++tried;
    }
  }
  Figures("clocks shifted forward and back under an image: " + std::to_string(tried) +
          " programs measured, slept and were ended as they should");
}

}  // namespace v8py
