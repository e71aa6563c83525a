// Bodies of responses that flow into a socket, whose other end is a worker's.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "unit/supervisor/network_fixture.h"
#include "unit/supervisor/small_server.h"

namespace v8py {

namespace {

using Connection = SmallServer::Connection;

std::string Numbers(size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += std::to_string(i) + " ";
  text.resize(bytes);
  return text;
}

struct BodyFixture : NetworkFixture {
  // Opens an exchange, and its socket. The body's first part has to be read by calls, or not.
  Descriptor Open(const SmallServer& server) {
    CHECK(Get(server.url()).error == "");
    Answer socket = Ask("net.body", {last});
    REQUIRE(socket.descriptors.size() == 1);
    return std::move(socket.descriptors[0]);
  }
  // What comes to the end; at most `most` bytes.
  static std::string Receive(const Descriptor& socket, size_t most = SIZE_MAX) {
    std::string all;
    char buffer[65536];
    fcntl(socket.get(), F_SETFL, 0);
    while (all.size() < most) {
      ssize_t got = recv(socket.get(), buffer, std::min(sizeof buffer, most - all.size()), 0);
      if (got <= 0) break;
      all.append(buffer, static_cast<size_t>(got));
    }
    return all;
  }
};

}  // namespace

TEST_CASE_FIXTURE(BodyFixture,
                  "a body of any size comes whole, and then net.read says that it was all") {
  for (size_t size : {size_t{0}, size_t{1}, size_t{200'000}, size_t{20} << 20}) {
    std::string body = Numbers(size);
    SmallServer server(SmallServer::Answering([&](auto&, auto&) { return Respond(body); }));
    Descriptor socket = Open(server);
    CHECK(Receive(socket) == body);
    CHECK(ReadAll(last) == "");
  }
}

TEST_CASE_FIXTURE(BodyFixture, "one that nobody reads is not fetched, and is no burden to others") {
  std::atomic<size_t> written = 0;
  SmallServer server([&](Connection& connection) {
    connection.ReadHead();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    std::string part(100'000, 'x');
    while (written < 1'000'000'000 && connection.Write(part)) written += part.size();
  });
  Descriptor socket = Open(server);
  for (size_t before = SIZE_MAX; before != written;) {
    before = written;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  // What the kernel holds in four buffers, and a megabyte here.
  CHECK(written < 40'000'000);
  SmallServer other(SmallServer::Answering([](auto&, auto&) { return Respond("hello"); }));
  CHECK(Fetch(other.url()) == "200 hello");
  CHECK(Receive(socket, 50'000'000).size() == 50'000'000);
}

TEST_CASE_FIXTURE(BodyFixture, "a worker that closes its end ends the exchange and nothing else") {
  std::string body = Numbers(20 << 20);
  SmallServer server(SmallServer::Answering([&](auto&, auto&) { return Respond(body); }));
  {
    Descriptor socket = Open(server);
    CHECK(Receive(socket, 100) == body.substr(0, 100));
  }
  std::string end;
  // Which takes a moment to be seen.
  while ((end = ReadAll(last)) == "!EINVAL") std::this_thread::yield();
  CHECK(end == "!EPIPE");
  CHECK(Fetch(server.url()).size() == body.size() + 4);
}

TEST_CASE_FIXTURE(BodyFixture, "a worker can send nothing into it: neither bytes nor descriptors") {
  SmallServer server(
      SmallServer::Answering([&](auto&, auto&) { return Respond(Numbers(5 << 20)); }));
  Descriptor socket = Open(server);
  CHECK(send(socket.get(), "x", 1, MSG_NOSIGNAL) == -1);
  CHECK(errno == EPIPE);
  char control[CMSG_SPACE(sizeof(int))] = {};
  iovec bytes{control, 1};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  CHECK(sendmsg(socket.get(), &message, MSG_NOSIGNAL) == -1);
  CHECK(Receive(socket) == Numbers(5 << 20));
}

TEST_CASE_FIXTURE(BodyFixture, "there is one socket, and no reading beside it") {
  SmallServer server(
      SmallServer::Answering([&](auto&, auto&) { return Respond(Numbers(5 << 20)); }));
  Descriptor socket = Open(server);
  CHECK(Ask("net.body", {last}).error == "EINVAL");
  CHECK(Ask("net.read", {last}).error == "EINVAL");
  CHECK(Receive(socket) == Numbers(5 << 20));
  CHECK(ReadAll(last) == "");
}

TEST_CASE_FIXTURE(BodyFixture, "what was read before is not in it") {
  std::string body = Numbers(3 << 20);
  SmallServer server(SmallServer::Answering([&](auto&, auto&) { return Respond(body); }));
  CHECK(Get(server.url()).error == "");
  std::string begin = Ask("net.read", {last}).data;
  Answer socket = Ask("net.body", {last});
  REQUIRE(socket.descriptors.size() == 1);
  CHECK(begin + Receive(socket.descriptors[0]) == body);
}

TEST_CASE_FIXTURE(BodyFixture,
                  "failures in the middle come with net.read: cut off, over the budget") {
  std::string body = Numbers(2 << 20);
  SmallServer cut([&](Connection& connection) {
    connection.ReadHead();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + body);
  });
  Descriptor socket = Open(cut);
  CHECK(Receive(socket) == body);
  CHECK(ReadAll(last) == "!ECONNRESET");

  End();
  limits.bytes = 1 << 20;
  SmallServer whole(SmallServer::Answering([&](auto&, auto&) { return Respond(body); }));
  Descriptor limited = Open(whole);
  std::string got = Receive(limited);
  CHECK(got.size() <= limits.bytes);
  CHECK(body.starts_with(got));
  CHECK(ReadAll(last) == "!EFBIG");
}

TEST_CASE_FIXTURE(BodyFixture, "a service that ends in the middle ends the socket") {
  SmallServer server(
      SmallServer::Answering([&](auto&, auto&) { return Respond(Numbers(20 << 20)); }));
  Descriptor socket = Open(server);
  CHECK(Receive(socket, 1000).size() == 1000);
  End();
  CHECK(Receive(socket).size() < (20 << 20));
}

}  // namespace v8py
