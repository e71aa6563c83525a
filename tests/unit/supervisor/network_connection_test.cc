// Connections that are refused, reset or closed just when something else happens to them.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "unit/supervisor/network_fixture.h"
#include "unit/supervisor/small_server.h"

namespace v8py {

namespace {

using Connection = SmallServer::Connection;

// An address that first says nothing, and then refuses: as one behind a long line does.
class LateRefusal {
 public:
  LateRefusal(const char* address, uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    inet_pton(AF_INET, address, &at.sin_addr);
    auto* any = reinterpret_cast<sockaddr*>(&at);
    REQUIRE(bind(listener_.get(), any, sizeof at) == 0);
    REQUIRE(listen(listener_.get(), 0) == 0);
    // More than it has room for: what comes next is not answered.
    for (int i = 0; i < 4; ++i) {
      waiting_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      connect(waiting_.back().get(), any, sizeof at);
    }
  }
  // Whoever asks again, as the kernel does after a second, is refused.
  void Refuse() { listener_ = Descriptor(); }

 private:
  Descriptor listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::vector<Descriptor> waiting_;
};

}  // namespace

TEST_CASE_FIXTURE(NetworkFixture,
                  "a second address is asked when the first refuses, soon or late") {
  SmallServer server(SmallServer::Answering([](auto&, auto&) { return Respond("hello"); }));
  Allow("127.0.0.2");
  for (const char* name : {"soon.test", "late.test"}) {
    resolver.Answer(name, {{"127.0.0.2", "127.0.0.1"}});
    Allow(name);
  }
  std::string port = std::to_string(server.port());
  CHECK(Fetch("http://soon.test:" + port) == "200 hello");
  LateRefusal late("127.0.0.2", server.port());
  auto head = Begin("net.open", Request("http://late.test:" + port));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(head.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  late.Refuse();
  // libcurl itself goes on after half the time of a connection, 15 s.
  REQUIRE(head.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(head.get().result[0] == 200);
  CHECK(ReadAll(last) == "hello");
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a connection that is reset as it is used again is no error: another one is made") {
  SmallServer server([&server](Connection& connection) {
    bool first = server.connections() == 1;
    if (connection.ReadHead().empty()) return;
    connection.Write(Respond("good"));
    if (connection.ReadHead().empty()) return;
    if (first) return connection.EndByReset();
    connection.Write(Respond("good"));
    connection.WaitForEnd();
  });
  for (int i = 0; i < 3; ++i) CHECK(Fetch(server.url()) == "200 good");
  CHECK(server.connections() == 2);
}

TEST_CASE_FIXTURE(NetworkFixture, "what came before a reset is read, and its end is told") {
  const size_t came = 100'000;  // several reads of libcurl's, and in the peer's buffer at once
  SmallServer server([&](Connection& connection) {
    connection.ReadHead();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n");
    connection.Write(std::string(came, 'x'));
    connection.EndByReset();
  });
  for (int wait_ms : {0, 0, 0, 50, 50}) {
    CHECK(Get(server.url()).result[0] == 200);
    // So that the reset has come while nobody reads, and much is there still.
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    CHECK(ReadAll(last) == std::string(came, 'x') + "!ECONNRESET");
  }
}

TEST_CASE_FIXTURE(NetworkFixture, "one that is closed just as its response begins is answered") {
  std::promise<void> asked, responds, responded;
  SmallServer server([&](Connection& connection) {
    connection.ReadHead();
    asked.set_value();
    responds.get_future().wait();
    connection.Write(Respond("hello"));
    responded.set_value();
    connection.WaitForEnd();
  });
  auto head = Begin("net.open", Request(server.url()));
  asked.get_future().wait();
  std::future<Answer> closing;
  DoAllAtOnce([&] {
    responds.set_value();
    responded.get_future().wait();
    closing = Begin("net.close", {last});
  });
  CHECK(closing.get().error == "");
  REQUIRE(head.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  CHECK(head.get().error == "ECANCELED");
}

TEST_CASE_FIXTURE(NetworkFixture, "one that is closed just as there is room to send is answered") {
  SmallServer server([](Connection& connection) { connection.WaitForEnd(); });
  for (int i = 0; i < 400; ++i) {
    Json request = Request(server.url(), "POST");
    request[5] = true;
    CHECK(Ask("net.open", request).error == "");
    auto sending = Begin("net.send", {last, false}, std::string((1 << 20) + (64 << 10), 'x'));
    auto close_at = std::chrono::steady_clock::now() + std::chrono::microseconds(i * 5);
    while (std::chrono::steady_clock::now() < close_at) {
    }
    CHECK(Ask("net.close", {last}).error == "");
    CHECK_NOTHROW(sending.get());
  }
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "whatever servers and programs do and when, each call is answered") {
  std::random_device device;
  unsigned seed = device();
  CAPTURE(seed);
  std::atomic<unsigned> connections = 0;
  SmallServer server([&](Connection& connection) {
    std::minstd_rand random(seed + ++connections);
    auto pause = [&] { std::this_thread::sleep_for(std::chrono::microseconds(random() % 400)); };
    for (std::string head; !(head = connection.ReadHead()).empty();) {
      pause();
      switch (random() % 8) {
        case 0:
          return connection.EndByReset();
        case 1:
          return connection.WaitForEnd();
        case 2:
          connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfive!");
          return pause();
        case 3:
          connection.Write("HTTP/1.1 200 OK\r\n\r\n" + std::string(300'000, 'x'));
          return connection.EndByReset();
        case 4:
          connection.Write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
          break;
        case 5:
          connection.Write(Respond("", "302 Found", "Location: /\r\n"));
          break;
        default:
          connection.ReadBody(head);
          connection.Write(Respond("hello"));
      }
    }
  });
  std::string ws = "ws" + server.url().substr(4);
  std::minstd_rand random(seed);
  std::vector<std::future<Answer>> calls;
  auto call = [&](const std::string& name, Json arguments, size_t size = 0) {
    calls.push_back(Begin(name, std::move(arguments), std::string(size, 'x')));
  };
  for (unsigned i = 0; i < 4000; ++i) {
    uint64_t some = last - std::min<uint64_t>(last, random() % 12);
    switch (random() % 12) {
      case 0:
      case 1:
        call("net.open", Request(server.url(random() % 2 ? "/a" : "/b")));
        break;
      case 2: {
        Json request = Request(server.url(), "POST");
        request[5] = true;
        call("net.open", std::move(request), random() % 1000);
        break;
      }
      case 3:
        call("ws.open", {++last, ws, Json::array()});
        break;
      case 4:
        call("net.send", {some, random() % 2 == 0}, random() % (2 << 20));
        break;
      case 5:
        call("net.head", {some, random() % 3});
        break;
      case 6:
        call("net.body", {some});
        break;
      case 7:
        call("ws.read", {some});
        break;
      case 8:
        call("net.read", {some});
        break;
      case 9:
        call("ws.close", {some, 0U, ""});
        break;
      case 10:
        call("ws.drop", {some});
        call("net.close", {some});
        break;
      default:
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
    }
  }
  for (uint64_t number = 0; number <= last; ++number) {
    call("ws.drop", {number});
    call("net.close", {number});
  }
  for (auto& answer : calls) {
    REQUIRE(answer.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    CHECK_NOTHROW(answer.get());
  }
}

}  // namespace v8py
