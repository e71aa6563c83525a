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

TEST_CASE("a peer that ends without reading what it was sent is heard to its last byte") {
  LeakCheck leaks;
  auto loop = Loop::Start().value();
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  std::string last_words(200'000, 'x');
  std::unique_ptr<Stream> stream;
  std::atomic<size_t> bytes = 0;
  std::promise<void> ended;
  On(*loop, [&] {
    stream = std::make_unique<Stream>(
        *loop, ends[0], Stream::Descriptors::kRefuse,
        Stream::Handler{[&](std::string_view data) { bytes += data.size(); },
                        [&] { ended.set_value(); }});
    stream->PauseReading();
    stream->Write("nobody reads this");
  });
  int room = 1 << 20;
  setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  REQUIRE(write(ends[1], last_words.data(), last_words.size()) ==
          static_cast<ssize_t>(last_words.size()));
  close(ends[1]);  // with something unread: an error condition, not just an end
  On(*loop, [&] { stream->ResumeReading(); });
  REQUIRE(ended.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(bytes == last_words.size());
  On(*loop, [&] { stream.reset(); });
}

TEST_CASE("a stream gives what arrives, pauses, and tells the peer's end") {
  LeakCheck leaks;
  auto loop = Loop::Start().value();
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  std::unique_ptr<Stream> stream;
  std::atomic<size_t> bytes = 0;
  std::promise<void> ended;
  On(*loop, [&] {
    stream = std::make_unique<Stream>(
        *loop, ends[0], Stream::Descriptors::kRefuse,
        Stream::Handler{[&](std::string_view data) { bytes += data.size(); },
                        [&] { ended.set_value(); }});
    stream->PauseReading();
  });
  REQUIRE(write(ends[1], "hello", 5) == 5);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(bytes == 0);
  On(*loop, [&] { stream->ResumeReading(); });
  On(*loop, [&] { stream->Write("answer"); });
  char buffer[16];
  CHECK(read(ends[1], buffer, sizeof buffer) == 6);
  close(ends[1]);
  ended.get_future().wait();
  CHECK(bytes == 5);
  On(*loop, [&] { stream.reset(); });
}

TEST_CASE("a write to a peer that has gone shows as its end, and is no signal to the program") {
  LeakCheck leaks;
  signal(SIGPIPE, SIG_DFL);
  auto loop = Loop::Start().value();
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  close(ends[1]);
  std::unique_ptr<Stream> stream;
  std::promise<void> ended;
  On(*loop, [&] {
    stream = std::make_unique<Stream>(
        *loop, ends[0], Stream::Descriptors::kRefuse,
        Stream::Handler{[](std::string_view) {}, [&] { ended.set_value(); }});
    stream->Write("anybody?");
  });
  ended.get_future().wait();
  On(*loop, [&] { stream.reset(); });
}

}  // namespace v8py
