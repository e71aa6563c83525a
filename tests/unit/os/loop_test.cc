#include "os/loop.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "unit/leak_check.h"

namespace v8py {

namespace {

// Runs `body` on the loop's thread and waits for it.
void On(Loop& loop, const std::function<void()>& body) {
  std::promise<void> done;
  loop.Post([&] {
    body();
    done.set_value();
  });
  done.get_future().wait();
}

// A stream that does not read yet, and the peer's end of it.
struct StreamFixture {
  StreamFixture() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    peer = ends[1];
    On(*loop, [&] {
      stream = std::make_unique<Stream>(
          *loop, ends[0], Stream::Descriptors::kRefuse,
          Stream::Handler{[this](std::string_view data) { bytes += data.size(); },
                          [this] { ended.set_value(); }});
      stream->PauseReading();
    });
  }
  ~StreamFixture() {
    On(*loop, [this] { stream.reset(); });
  }
  bool Ends() {
    return ended.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  }

  LeakCheck leaks;  // last to go
  std::unique_ptr<Loop> loop = Loop::Start().value();
  int peer = -1;  // to be closed by the test
  std::unique_ptr<Stream> stream;
  std::atomic<size_t> bytes = 0;
  std::promise<void> ended;
};

}  // namespace

TEST_CASE("what is posted runs in order, on one thread, before the loop ends") {
  LeakCheck leaks;
  std::vector<int> order;
  {
    auto loop = Loop::Start().value();
    for (int i = 0; i < 100; ++i) loop->Post([&order, i] { order.push_back(i); });
  }
  REQUIRE(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a timer fires once, and not when it was stopped, destroyed or started again") {
  LeakCheck leaks;
  auto loop = Loop::Start().value();
  std::atomic<int> fired = 0;
  std::unique_ptr<Timer> once, stopped, destroyed, again;
  On(*loop, [&] {
    for (auto* timer : {&once, &stopped, &destroyed, &again}) {
      *timer = std::make_unique<Timer>(*loop);
      (*timer)->Start(10, [&] { ++fired; });
    }
    stopped->Stop();
    destroyed.reset();
    again->Start(20, [&] { fired += 100; });
  });
  for (int i = 0; i < 10'000 && fired < 101; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // Time for those that must not fire.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(fired == 101);
  On(*loop, [&] { once.reset(), stopped.reset(), again.reset(); });
}

TEST_CASE_FIXTURE(StreamFixture, "a peer that ends unheard is heard to its last byte") {
  std::string last_words(200'000, 'x');
  On(*loop, [this] { stream->Write("nobody reads this"); });
  int room = 1 << 20;
  setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  REQUIRE(write(peer, last_words.data(), last_words.size()) ==
          static_cast<ssize_t>(last_words.size()));
  close(peer);  // with something unread: an error condition, not just an end
  On(*loop, [this] { stream->ResumeReading(); });
  REQUIRE(Ends());
  CHECK(bytes == last_words.size());
}

TEST_CASE_FIXTURE(StreamFixture, "a stream gives what arrives, pauses, and tells the peer's end") {
  REQUIRE(write(peer, "hello", 5) == 5);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(bytes == 0);
  On(*loop, [this] { stream->ResumeReading(); });
  On(*loop, [this] { stream->Write("answer"); });
  char buffer[16];
  CHECK(read(peer, buffer, sizeof buffer) == 6);
  close(peer);
  REQUIRE(Ends());
  CHECK(bytes == 5);
}

TEST_CASE_FIXTURE(StreamFixture, "a write to a peer that has gone shows as its end, no signal") {
  signal(SIGPIPE, SIG_DFL);
  close(peer);
  On(*loop, [this] {
    stream->Write("anybody?");
    stream->ResumeReading();
  });
  REQUIRE(Ends());
}

}  // namespace v8py
