// The state machine of a run against workers that lie, flood, stall and die.
#include "supervisor/run.h"

#include <doctest/doctest.h>

#include <future>
#include <sstream>

#include "unit/leak_check.h"

namespace v8py {

namespace {

// Against the 100 seconds that these workers would take: machines are slow at times.
constexpr double kSoon = 60;

struct RunFixture {
  LeakCheck leaks;  // last to go
  std::unique_ptr<Loop> loop = Loop::Start().value();
  Program program;
  std::shared_ptr<Run> run;
  std::promise<void> ended;
  std::string output;

  // Starts a worker that does `words` in order.
  void Start(const std::string& words) {
    std::vector<std::string> command = {V8PY_HOSTILE_WORKER};
    std::istringstream stream(words);
    for (std::string word; stream >> word;) command.push_back(word);
    run = std::make_shared<Run>(*loop, nullptr, std::vector<WorkerCommand>{{command}}, program);
    run->Start([this] { ended.set_value(); });
  }

  Result<RunResult> Wait() {
    for (;;) {
      Event event = run->events().Pop();
      if (event.kind == Event::Kind::kOutput) output += event.data;
      if (event.kind != Event::Kind::kEnd) continue;
      ended.get_future().wait();
      run.reset();
      return std::move(event.result);
    }
  }

  Result<RunResult> Go(const std::string& words) {
    Start(words);
    return Wait();
  }
};

double Seconds(const std::function<void()>& body) {
  auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE_FIXTURE(RunFixture, "a worker that behaves gives output and its result") {
  RunResult result = Go("ready run output result").value();
  CHECK(result.status == RunStatus::kOk);
  CHECK(output == "output\n");
  CHECK(result.output[1] == "output\n");
}

TEST_CASE_FIXTURE(RunFixture,
                  "a worker that dies before it is ready is an error that names the signal") {
  auto result = Go("crash");
  REQUIRE(!result);
  CHECK(result.error().message() ==
        "the worker ended before it was ready, by signal 9 (Killed); the installation may be "
        "broken, memory short, or a limit of the shell too tight (ulimit -a)");
}

TEST_CASE_FIXTURE(RunFixture, "a fault before it is ready is an error with its message") {
  auto result = Go("fault sleep");
  REQUIRE(!result);
  CHECK(result.error().message() == "an asset is corrupted");
}

TEST_CASE_FIXTURE(RunFixture,
                  "a worker that dies in the middle is a result, with the output so far") {
  RunResult result = Go("ready run output crash").value();
  CHECK(result.status == RunStatus::kKilled);
  CHECK(result.reason == "signal 9");
  CHECK(result.exit_code == 125);
  CHECK(output == "output\n");
  CHECK(result.summary == "the worker process ended unexpectedly by signal 9 (Killed)");
}

TEST_CASE_FIXTURE(RunFixture, "a worker that exits without a result is a result") {
  CHECK(Go("ready run exit").value().reason == "exit code 4");
}

TEST_CASE("nonsense on the socket ends the worker, and the supervisor says so") {
  for (const char* words : {"ready run garbage sleep", "ready run long sleep",
                            "ready run deep sleep", "ready ready sleep", "ready run ready sleep"}) {
    RunFixture fixture;
    auto result = fixture.Go(words);
    REQUIRE_MESSAGE(result, words);
    CHECK_MESSAGE(result->reason == "protocol_error", words);
  }
  for (const char* words : {"garbage sleep", "result sleep", "want sleep"}) {
    RunFixture fixture;
    CHECK_MESSAGE(!fixture.Go(words), words);
  }
}

TEST_CASE_FIXTURE(RunFixture, "half a result is none") {
  CHECK(Go("ready run half exit").value().status == RunStatus::kKilled);
}

TEST_CASE_FIXTURE(RunFixture, "the first result counts, and whatever comes after ends the worker") {
  CHECK(Seconds([&] {
          CHECK(Go("ready run result result output sleep").value().status == RunStatus::kOk);
        }) < kSoon);
}

TEST_CASE_FIXTURE(RunFixture, "a worker that stays after its result is killed soon") {
  CHECK(Seconds([&] { CHECK(Go("ready run result sleep").value().status == RunStatus::kOk); }) <
        kSoon);
}

TEST_CASE_FIXTURE(RunFixture,
                  "a worker that ignores the interrupt is killed soon after the deadline") {
  program.limits.wall_ms = 200;
  double seconds = Seconds([&] {
    RunResult result = Go("ready run spin").value();
    CHECK(result.status == RunStatus::kTimeout);
    CHECK(result.reason == "wall");
  });
  CHECK(seconds >= 0.2);
  CHECK(seconds < kSoon);
}

TEST_CASE_FIXTURE(RunFixture,
                  "a worker that claims success after the deadline has timed out all the same") {
  program.limits.wall_ms = 100;
  RunResult result = Go("ready run interrupt result").value();
  CHECK(result.status == RunStatus::kTimeout);
  CHECK(result.exit_code == 124);
}

TEST_CASE_FIXTURE(RunFixture, "processor time is limited, and waiting does not count") {
  program.limits.cpu_ms = 100;
  CHECK(Go("ready run spin").value().reason == "cpu");
}

TEST_CASE_FIXTURE(RunFixture, "a worker that sleeps uses no processor time") {
  program.limits.cpu_ms = 100;
  program.limits.wall_ms = 400;
  CHECK(Go("ready run sleep").value().reason == "wall");
}

TEST_CASE_FIXTURE(RunFixture, "a flood of output is cut at its limit and ended by the deadline") {
  program.limits.wall_ms = 1000;
  program.limits.output_bytes = 250'000;
  RunResult result = Go("ready run flood").value();
  CHECK(result.status == RunStatus::kTimeout);
  CHECK(result.output[1].size() == 250'000);
  CHECK(ParseJson(result.ToJson()).value()["truncated"]["stdout"]["total"].get<uint64_t>() >
        250'000);
}

TEST_CASE_FIXTURE(RunFixture, "a flood that nobody reads is held back, and the deadline holds") {
  program.limits.wall_ms = 300;
  program.keep = Keep::kNothing;
  Start("ready run flood");
  std::this_thread::sleep_for(std::chrono::milliseconds(900));
  RunResult result = Wait().value();
  CHECK(result.status == RunStatus::kTimeout);
  uint64_t limit = program.limits.output_bytes;
  CHECK(output.size() <= limit);
}

TEST_CASE_FIXTURE(RunFixture, "a flood of wishes for input confuses nobody") {
  program.limits.wall_ms = 200;
  program.input = Program::Input::kAsked;
  CHECK(Go("ready run wants").value().status == RunStatus::kTimeout);
}

TEST_CASE_FIXTURE(RunFixture,
                  "a worker that wishes for input and takes none is given a little of it") {
  program.limits.wall_ms = 500;
  program.input = Program::Input::kAsked;
  Start("ready run wants");
  int wishes = 0;
  for (Event event; (event = run->events().Pop()).kind != Event::Kind::kEnd; ++wishes) {
    run->WriteInput(std::string(65536, 'x'));
  }
  ended.get_future().wait();
  // A socket's buffer takes some of them.
  CHECK(wishes < 20);
}

TEST_CASE_FIXTURE(RunFixture, "input reaches the program, also when it came too early") {
  program.input = Program::Input::kAsked;
  Start("ready run input result");
  run->WriteInput("early");
  CHECK(Wait().value().status == RunStatus::kOk);
  CHECK(output == "early");
}

TEST_CASE_FIXTURE(RunFixture, "a program without input finds it at its end") {
  CHECK(Go("ready run want input result").value().status == RunStatus::kOk);
}

TEST_CASE("a cancelled run ends soon, whatever its worker does") {
  for (const char* words : {"sleep", "ready run sleep", "ready run spin", "ready run flood",
                            "ready run interrupt result"}) {
    RunFixture fixture;
    fixture.Start(words);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    double seconds = Seconds([&] {
      fixture.run->Stop(StopReason::kCancel);
      auto result = fixture.Wait();
      REQUIRE_MESSAGE(result, words);
      CHECK_MESSAGE(result->status == RunStatus::kCancelled, words);
    });
    CHECK(seconds < kSoon);
  }
}

TEST_CASE("a run that is cancelled or killed at once ends as cancelled") {
  for (bool kill : {false, true}) {
    RunFixture fixture;
    fixture.Start("ready run sleep");
    kill ? fixture.run->Kill() : fixture.run->Stop(StopReason::kCancel);
    CHECK(fixture.Wait().value().status == RunStatus::kCancelled);
  }
}

TEST_CASE_FIXTURE(RunFixture, "a worker that is not there is an error") {
  run = std::make_shared<Run>(*loop, nullptr, std::vector<WorkerCommand>{{{"/nonexistent/worker"}}},
                              program);
  run->Start([this] { ended.set_value(); });
  auto result = Wait();
  REQUIRE(!result);
  CHECK(result.error().code() == Code::kWorld);
}

}  // namespace v8py
