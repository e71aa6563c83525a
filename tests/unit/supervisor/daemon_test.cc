// The daemon and its client over a real socket, with workers that need no V8 as its guests.
#include "supervisor/daemon.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <list>
#include <thread>
#include <utility>

#include "supervisor/daemon_client.h"
#include "supervisor/run.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

constexpr auto kLong = std::chrono::seconds(60);
// Sanitizers and a busy machine are no reason to go without the daemon.
constexpr uint64_t kPatienceMs = 30'000;

// Starts a worker for each that is taken.
class HostileSource : public WorkerSource {
 public:
  HostileSource(Loop& loop, std::vector<std::string> words)
      : loop_(loop), words_(std::move(words)) {}

  void Take(Taker taker) override {
    if (empty) return taker(nullptr);
    std::vector<std::string> command = {V8PY_HOSTILE_WORKER};
    command.insert(command.end(), words_.begin(), words_.end());
    auto worker = WorkerProcess::Start(loop_, {command}, Stream::Descriptors::kRefuse, {});
    REQUIRE(worker);
    starting_.push_back(std::move(*worker));
    auto place = std::prev(starting_.end());
    (*place)->SetHandler({[this, place, taker](const FromWorker& message) {
                            ReadyMessage ready = std::get<ReadyMessage>(message);
                            loop_.Post([this, place, taker, ready] {
                              auto guest = std::make_unique<Guest>(Guest{std::move(*place), ready});
                              starting_.erase(place);
                              taker(std::move(guest));
                            });
                          },
                          [](const Status&) {}, [](ExitStatus) {}});
  }
  void Bury(std::unique_ptr<WorkerProcess>) override { ++buried; }

  std::atomic<int> buried = 0;
  std::atomic<bool> empty = false;

 private:
  Loop& loop_;
  const std::vector<std::string> words_;
  std::list<std::unique_ptr<WorkerProcess>> starting_;
};

struct DaemonFixture {
  explicit DaemonFixture(std::vector<std::string> words = {"ready", "run", "output", "result"}) {
    setenv("XDG_RUNTIME_DIR", session.path().c_str(), 1);
    std::ofstream(watched) << "build 1";
    On([&] { source = std::make_unique<HostileSource>(*daemon_loop, std::move(words)); });
  }
  ~DaemonFixture() {
    On([&] {
      daemon.reset();
      source.reset();
    });
    daemon_loop.reset();
    std::promise<void> done;
    loop->Post([&] {
      client.reset();
      done.set_value();
    });
    done.get_future().wait();
    loop.reset();
    unsetenv("XDG_RUNTIME_DIR");
  }

  void On(const std::function<void()>& body) {
    std::promise<void> done;
    daemon_loop->Post([&] {
      body();
      done.set_value();
    });
    done.get_future().wait();
  }

  void Serve(DaemonSettings settings = {}) {
    auto listener = socket.Listen();
    REQUIRE(listener);
    On([&] {
      daemon = std::make_unique<Daemon>(*daemon_loop, *source, std::move(*listener), settings,
                                        std::vector<std::string>{watched},
                                        [this](std::string why) { ended.set_value(why); });
    });
  }

  // Through the daemon, or by a worker that says "ready run output output result".
  Result<RunResult> Run(Program program = {}) {
    if (!client) client = std::make_unique<DaemonClient>(*loop, socket, kPatienceMs);
    std::vector<std::string> own = {
        V8PY_HOSTILE_WORKER, "ready", "run", "output", "output", "result"};
    auto run = std::make_shared<v8py::Run>(*loop, client.get(), std::vector<WorkerCommand>{{own}},
                                           program);
    std::promise<void> over;
    run->Start([&] { over.set_value(); });
    for (;;) {
      Event event = run->events().Pop();
      if (event.kind == Event::Kind::kOutput && !std::exchange(has_said, true)) said.set_value();
      if (event.kind != Event::Kind::kEnd) continue;
      over.get_future().wait();
      return std::move(event.result);
    }
  }

  // Until a guest has said something: now it is the client's, and runs.
  void WaitForOutput() { REQUIRE(said.get_future().wait_for(kLong) == std::future_status::ready); }

  std::string Why() {
    auto future = ended.get_future();
    REQUIRE(future.wait_for(kLong) == std::future_status::ready);
    return future.get();
  }

  // A connection of which the daemon knows nothing yet.
  int Connect() {
    auto fd = socket.Connect();
    REQUIRE(fd);
    return *fd;
  }

  int running() { return AskDaemon()["running"].get<int>(); }
  Json AskDaemon(std::string_view word = "status") {
    auto answer = v8py::AskDaemon(socket, word);
    REQUIRE(answer);
    close(answer->pidfd);
    return answer->status;
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder session;
  std::string watched = session.path() + "/watched";
  DaemonSocket socket{"test"};
  std::unique_ptr<Loop> daemon_loop = Loop::Start().value(), loop = Loop::Start().value();
  std::unique_ptr<HostileSource> source;
  std::unique_ptr<Daemon> daemon;
  std::unique_ptr<DaemonClient> client;
  std::promise<std::string> ended;
  std::promise<void> said;
  bool has_said = false;
};

std::string From(const Result<RunResult>& result) {
  return ParseJson(result.value().ToJson()).value()["start"]["from"];
}

// Whether the other end closes `fd` in time.
bool Closed(int fd) {
  pollfd readable{fd, POLLIN, 0};
  char byte;
  while (poll(&readable, 1, 60'000) == 1) {
    ssize_t got = recv(fd, &byte, 1, 0);
    if (got <= 0) return got == 0 || errno == ECONNRESET;
  }
  return false;
}

}  // namespace

TEST_CASE_FIXTURE(DaemonFixture,
                  "a run takes its worker from the daemon, and starts one without it") {
  CHECK(Run().value().output[1] == "output\noutput\n");
  Serve();
  for (int i = 0; i < 20; ++i) {
    auto result = Run();
    CHECK(result.value().output[1] == "output\n");
    CHECK(From(result) == "daemon");
  }
  Json status = AskDaemon();
  CHECK(status["taken"] == 20);
  CHECK(status["pid"] == getpid());
  source->empty = true;
  auto without = Run();
  CHECK(without.value().output[1] == "output\noutput\n");
  CHECK(From(without) == "image");
  On([&] { daemon.reset(); });
  CHECK(Run().value().output[1] == "output\noutput\n");
  // Neither the socket nor the lock.
  CHECK(CountEntries((session.path() + "/v8py").c_str()) == 2);
}

TEST_CASE("a guest that is killed, lies or never ends is a result, as one of our own") {
  struct {
    std::vector<std::string> words;
    std::string reason;
  } cases[] = {{{"ready", "run", "crash"}, "signal 9"},
               {{"ready", "run", "exit"}, "exit code 4"},
               {{"ready", "run", "garbage", "sleep"}, "protocol_error"},
               {{"ready", "run", "spin"}, "wall"}};
  for (auto& [words, reason] : cases) {
    DaemonFixture fixture(words);
    fixture.Serve();
    Program program;
    program.limits.wall_ms = 300;
    auto result = fixture.Run(program);
    CHECK(result.value().reason == reason);
    CHECK(From(result) == "daemon");
  }
}

TEST_CASE("a daemon that ends in the middle of a run is a result of that run") {
  DaemonFixture fixture({"ready", "run", "output", "sleep"});
  fixture.Serve();
  auto result = std::async(std::launch::async, [&] { return fixture.Run(); });
  fixture.WaitForOutput();
  fixture.On([&] { fixture.daemon.reset(); });
  CHECK(result.get().value().reason == "signal 9");
}

TEST_CASE_FIXTURE(DaemonFixture,
                  "there is one daemon, also when many are started, and after a kill -9") {
  Serve();
  CHECK(socket.Listen().error().code() == Code::kCaller);
  CHECK(socket.Listen().error().message() == "a daemon runs already");
  CHECK(DaemonSocket("another build").Listen());
  On([&] { daemon.reset(); });
  // What a daemon leaves that was killed: a socket and a lock's file that nobody holds.
  std::string folder = session.path() + "/v8py/", name = socket.path().substr(folder.size());
  auto listener = std::make_unique<DaemonListener>(socket.Listen().value());
  REQUIRE(link((folder + name).c_str(), (folder + "stale").c_str()) == 0);
  listener.reset();
  REQUIRE(rename((folder + "stale").c_str(), (folder + name).c_str()) == 0);
  std::ofstream(folder + name + ".lock") << "";
  CHECK(!socket.Connect());
  Serve();
  CHECK(From(Run()) == "daemon");
}

TEST_CASE_FIXTURE(DaemonFixture, "another build's client does not find it") {
  Serve();
  close(Connect());
  CHECK(DaemonSocket("another build").Connect().error().message().find("No such file") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(DaemonFixture, "it ends when nobody needs it, and not before") {
  Serve({2, 2000});
  auto begin = std::chrono::steady_clock::now();
  CHECK(From(Run()) == "daemon");
  // Whoever looks is no reason to stay.
  for (int i = 0; i < 3; ++i) AskDaemon();
  CHECK(Why() == "nobody needed it");
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(2000));
  CHECK(!socket.Connect());
}

TEST_CASE("a guest in use keeps it from ending: when it is idle, and when it is to stop") {
  DaemonFixture fixture({"ready", "run", "output", "interrupt", "result"});
  fixture.Serve({2, 2000});
  Program program;
  program.limits.wall_ms = 5000;
  auto result = std::async(std::launch::async, [&] { return fixture.Run(program); });
  fixture.WaitForOutput();
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  CHECK(fixture.AskDaemon("stop")["running"] == 1);
  CHECK(fixture.Why() == "it was told to");
  CHECK(result.get().value().reason == "wall");
}

TEST_CASE("told to stop now, it kills what it gave") {
  DaemonFixture fixture({"ready", "run", "output", "sleep"});
  fixture.Serve();
  auto result = std::async(std::launch::async, [&] { return fixture.Run(); });
  fixture.WaitForOutput();
  fixture.AskDaemon("stop now");
  CHECK(fixture.Why() == "it was told to");
  fixture.On([&] { fixture.daemon.reset(); });
  CHECK(result.get().value().reason == "signal 9");
}

TEST_CASE_FIXTURE(DaemonFixture, "it ends when a file that it depends on changes") {
  Serve();
  chmod(watched.c_str(), 0600);
  CHECK(From(Run()) == "daemon");
  std::ofstream(watched) << "build 22";
  CHECK(Why() == watched + " has changed");
}

TEST_CASE_FIXTURE(DaemonFixture,
                  "it ends when a file that it depends on goes, or its socket does") {
  Serve();
  unlink(watched.c_str());
  CHECK(Why() == watched + " has changed");
  On([&] { daemon.reset(); });
  ended = {};
  std::ofstream(watched) << "build 1";
  Serve();
  unlink(socket.path().c_str());
  CHECK(Why() == "its socket was deleted");
}

TEST_CASE_FIXTURE(DaemonFixture, "nonsense on its socket ends that connection, and nothing else") {
  Serve();
  std::string words[] = {"GET / HTTP/1.1\r\n\r\n", EncodeFrame("nonsense"), EncodeFrame("reap"),
                         std::string(1 << 16, '\xff'), EncodeFrame("status") + EncodeFrame("take")};
  for (const std::string& word : words) {
    int fd = Connect();
    send(fd, word.data(), word.size(), MSG_NOSIGNAL);
    CHECK_MESSAGE(Closed(fd), word.substr(0, 20));
    close(fd);
  }
  // One that says nothing, one that says half a word.
  int silent = Connect(), half = Connect();
  send(half, "\4\0\0\0ta", 6, MSG_NOSIGNAL);
  CHECK(From(Run()) == "daemon");
  CHECK(Closed(silent));
  CHECK(Closed(half));
  close(silent);
  close(half);
}

TEST_CASE_FIXTURE(DaemonFixture, "clients that take and go leave no guest behind") {
  Serve();
  std::string word = EncodeFrame("take");
  for (int i = 0; i < 20; ++i) {
    int fd = Connect();
    send(fd, word.data(), word.size(), MSG_NOSIGNAL);
    if (i % 2) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    close(fd);
  }
  for (int i = 0; i < 1000 && (source->buried < 20 || running() > 0); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(running() == 0);
  CHECK(source->buried == 20);
}

TEST_CASE_FIXTURE(DaemonFixture,
                  "a thousand connections are bounded, and do not keep it from serving") {
  Serve();
  std::vector<int> connections;
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    auto fd = socket.Connect();
    if (fd) {
      connections.push_back(*fd);
    } else {
      ++refused;
    }
  }
  CHECK(refused > 500);
  CHECK(Run());
  for (int fd : connections) close(fd);
  for (int i = 0; i < 1000 && From(Run()) != "daemon"; ++i) {
  }
  CHECK(From(Run()) == "daemon");
}

TEST_CASE_FIXTURE(DaemonFixture,
                  "a daemon that accepts and says nothing costs a client half a second") {
  auto listener = socket.Listen();
  REQUIRE(listener);
  auto begin = std::chrono::steady_clock::now();
  CHECK(From(Run()) == "image");
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(500));
}

TEST_CASE_FIXTURE(DaemonFixture, "a daemon that talks nonsense is none") {
  auto listener = socket.Listen();
  REQUIRE(listener);
  const std::string answers[] = {
      "\xff\xff\xff\xff", EncodeFrame("nonsense"), EncodeMessage(FromWorker(SavedMessage{})),
      EncodeMessage(FromWorker(GuestMessage{1})) + EncodeMessage(FromWorker(ReadyMessage{}))};
  for (const std::string& answer : answers) {
    auto result = std::async(std::launch::async, [&] { return Run(); });
    int fd = -1;
    while (fd < 0) fd = listener->Accept();
    send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    CHECK(From(result.get()) == "image");
    close(fd);
  }
}

}  // namespace v8py
