#include "mcp/calls.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <latch>

#include "mcp/artifacts.h"
#include "mcp/outbox.h"
#include "mcp/tool_call.h"
#include "mcp/uri.h"
#include "unit/leak_check.h"

namespace v8py::mcp {

TEST_CASE("no more run at a time than may, and all of them run") {
  std::atomic<int> now = 0, most = 0, done = 0;
  {
    Calls calls(3, 1000, [] { return false; });
    for (int i = 0; i < 200; ++i) {
      CHECK(calls.Add("", [&] {
        int running = ++now;
        for (int seen = most; seen < running && !most.compare_exchange_weak(seen, running);) {
        }
        std::this_thread::yield();
        --now;
        ++done;
      }));
    }
    CHECK(calls.WaitUntilIdle(60'000));
  }
  CHECK(done == 200);
  CHECK(most <= 3);
}

TEST_CASE("calls of a session keep their order, and those of others do not wait for them") {
  std::promise<void> go;
  std::shared_future<void> wait = go.get_future().share();
  std::promise<void> other;
  std::vector<int> order;
  Calls calls(2, 100, [] { return false; });
  for (int i = 0; i < 5; ++i) {
    calls.Add("s", [&, i, wait] { wait.wait(), order.push_back(i); });
  }
  calls.Add("", [&] { other.set_value(); });
  other.get_future().wait();  // though four are before it
  go.set_value();
  CHECK(calls.WaitUntilIdle(60'000));
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("as many wait as may, and one more is told") {
  std::promise<void> go;
  std::shared_future<void> wait = go.get_future().share();
  std::latch began(1);
  Calls calls(1, 2, [] { return false; });
  CHECK(calls.Add("", [&, wait] { began.count_down(), wait.wait(); }));
  began.wait();
  CHECK(calls.Add("", [] {}));
  CHECK(calls.Add("", [] {}));
  CHECK(!calls.Add("", [] {}));
  go.set_value();
  CHECK(calls.WaitUntilIdle(60'000));
  CHECK(calls.Add("", [] {}));
}

TEST_CASE("nothing is begun while nobody takes results") {
  std::atomic<bool> hold = true;
  std::atomic<int> done = 0;
  Calls calls(4, 100, [&] { return hold.load(); });
  for (int i = 0; i < 20; ++i) calls.Add("", [&] { ++done; });
  CHECK(!calls.WaitUntilIdle(100));
  CHECK(done == 0);
  hold = false;
  CHECK(calls.WaitUntilIdle(60'000));
  CHECK(done == 20);
}

namespace {

struct Sent {
  SendMessage Send() {
    return [this](Json message, Urgency) { messages.push_back(std::move(message)); };
  }
  std::vector<Json> messages;
  int ended = 0;
};

}  // namespace

TEST_CASE("a call is answered once, and progress comes before the answer only") {
  Sent sent;
  ToolCall call({1, Revision::k2025_11_25, "token", Level::kInfo}, sent.Send(),
                [&] { ++sent.ended; });
  call.Progress("one");
  call.Progress("at once");  // too soon
  call.Log(Level::kDebug, "no");
  call.Log(Level::kInfo, "yes");
  call.Answer({{"a", 1}});
  call.Answer({{"a", 2}});
  call.Fail(ErrorCode::kInternal, "x");
  call.Log(Level::kError, "late");
  call.Cancel();
  REQUIRE(sent.messages.size() == 3);
  CHECK(sent.messages[0]["params"] ==
        Json{{"progressToken", "token"}, {"progress", 1}, {"message", "one"}});
  CHECK(sent.messages[1]["params"] == Json{{"level", "info"}, {"data", "yes"}});
  CHECK(sent.messages[2]["result"]["a"] == 1);
  CHECK(sent.ended == 1);
}

TEST_CASE("a cancelled call ends what runs for it and sends nothing more") {
  Sent sent;
  ToolCall call({1, Revision::k2025_11_25, 1, Level::kDebug}, sent.Send(), [&] { ++sent.ended; });
  int stopped = 0;
  {
    ToolCall::Running running(call, [&] { ++stopped; });
    call.Cancel();
    CHECK(stopped == 1);
  }
  {
    ToolCall::Running running(call, [&] { ++stopped; });
    CHECK(stopped == 2);
  }
  call.Answer({});
  call.Progress("x");
  CHECK(sent.messages.empty());
  CHECK(sent.ended == 1);
  CHECK(call.cancelled());
}

TEST_CASE("a client that does not read loses what may be dropped, and no answer") {
  LeakCheck leaks;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  {
    Outbox outbox(ends[1]);
    Json large = std::string(100'000, 'x');
    for (int i = 0; i < 50; ++i) outbox.Send(large, Urgency::kOptional);
    for (int i = 0; i < 400; ++i) outbox.Send(large, Urgency::kNeeded);
    CHECK(outbox.full());
    size_t lines = 0, bytes = 0;
    std::vector<char> buffer(1 << 16);
    while (lines < 400 || bytes % 100'003 != 0) {
      ssize_t got = read(ends[0], buffer.data(), buffer.size());
      REQUIRE(got > 0);
      bytes += static_cast<size_t>(got);
      lines += static_cast<size_t>(std::count(buffer.begin(), buffer.begin() + got, '\n'));
      if (lines >= 400 && outbox.Flush(0)) break;
    }
    CHECK(lines >= 400);
    CHECK(lines <= 412);
    outbox.Send(large, Urgency::kNeeded);  // nobody reads it; ends all the same
  }
  close(ends[0]);
  {
    signal(SIGPIPE, SIG_IGN);
    Outbox outbox(ends[1]);
    outbox.Send("x", Urgency::kNeeded);
    CHECK(outbox.Flush(10'000));
    CHECK(outbox.broken());
  }
  close(ends[1]);
}

TEST_CASE("the name of a file is what it was made of") {
  for (const char* path : {"a", "a b/ü.txt", "..%/x", "\n", "a//b"}) {
    auto uri = ParseUri(MakeUri("run", "0f", path));
    REQUIRE(uri);
    CHECK(uri->kind == "run");
    CHECK(uri->owner == "0f");
    CHECK(uri->path == path);
  }
  for (const char* wrong :
       {"", "v8py://", "v8py://run/x", "v8py://run/x/", "v8py://other/x/y", "file:///etc/passwd",
        "v8py://run/x/%", "v8py://run/x/%4", "v8py://run/x/%zz"}) {
    CHECK_MESSAGE(!ParseUri(wrong), wrong);
  }
}

TEST_CASE("files of a run are found, those outside of it are not, and the oldest go") {
  LeakCheck leaks;
  Artifacts artifacts;
  std::string folder = artifacts.NewFolder();
  REQUIRE(!folder.empty());
  CHECK(Artifacts::Write(folder, "a.txt", "text"));
  CHECK(symlink("/etc/passwd", (folder + "/link").c_str()) == 0);
  Json files = {{{"path", "a.txt"}, {"type", "text/plain"}},
                {{"path", "link"}, {"type", "text/plain"}},
                {{"path", "gone"}, {"type", "text/plain"}}};
  artifacts.Keep(folder, files);
  std::string run = folder.substr(folder.rfind('/') + 1);
  auto file = artifacts.Read(run, "a.txt", 100);
  REQUIRE(file);
  CHECK(file->bytes == "text");
  CHECK(!artifacts.Read(run, "a.txt", 3));
  CHECK(!artifacts.Read(run, "link", 1 << 20));
  CHECK(!artifacts.Read(run, "gone", 100));
  CHECK(!artifacts.Read(run, "../" + run + "/a.txt", 100));
  CHECK(!artifacts.Read("other", "a.txt", 100));
  for (size_t i = 0; i < Artifacts::kMostRuns; ++i) {
    std::string next = artifacts.NewFolder();
    Artifacts::Write(next, "b", "x");
    artifacts.Keep(next, Json::array({{{"path", "b"}, {"type", "text/plain"}}}));
  }
  CHECK(!artifacts.Read(run, "a.txt", 100));
  CHECK(artifacts.List().size() == Artifacts::kMostRuns);
  CHECK(access(folder.c_str(), F_OK) != 0);
}

}  // namespace v8py::mcp
