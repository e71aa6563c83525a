// WebSockets with a server that speaks frames by hand. What servers can do wrong besides is in
// tests/spec/net_websocket_hostile.
#include <doctest/doctest.h>

#include <chrono>

#include "base/base64.h"
#include "supervisor/packages/sha256.h"
#include "unit/supervisor/network_fixture.h"
#include "unit/supervisor/small_server.h"

namespace v8py {

namespace {

using Connection = SmallServer::Connection;

// The answer to a request to switch, with frames behind it.
std::string Switch(const std::string& head, const std::string& frames) {
  size_t at = head.find("Sec-WebSocket-Key: ") + 19;
  std::string key = head.substr(at, head.find("\r\n", at) - at);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         Base64(*Sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) + "\r\n\r\n" + frames;
}

std::string Text(const std::string& text) {
  return std::string("\x81") + static_cast<char>(text.size()) + text;
}

auto Sending(const std::string& frames) {
  return [frames](Connection& connection) {
    connection.Write(Switch(connection.ReadHead(), frames));
    connection.WaitForEnd();
  };
}

struct WebSocketFixture : NetworkFixture {
  Answer Open(const std::string& url, Json protocols = Json::array()) {
    return Ask("ws.open", {++last, url, std::move(protocols)});
  }
  static std::string UrlOf(const SmallServer& server) { return "ws" + server.url().substr(4); }
  std::string ReadText() {
    Answer answer = Ask("ws.read", {last});
    return answer.error + (answer.result[0] == "text" ? answer.data : DumpJson(answer.result));
  }
};

}  // namespace

TEST_CASE_FIXTURE(WebSocketFixture, "messages of a server are read one by one") {
  SmallServer server(Sending(Text("one") + Text("") + Text("three")));
  CHECK(Open(UrlOf(server)).result == "");
  CHECK(ReadText() == "one");
  CHECK(ReadText() == "");
  CHECK(ReadText() == "three");
}

TEST_CASE_FIXTURE(WebSocketFixture, "what is sent is masked, each time anew") {
  SmallServer server(Sending(Text("go")));
  CHECK(Open(UrlOf(server)).error == "");
  CHECK(ReadText() == "go");
  for (int i = 0; i < 2; ++i) {
    CHECK(Ask("ws.send", {last, true, false}, "GET / HTTP/1.1").error == "");
  }
  CHECK(Ask("ws.close", {last, 1000U, "bye"}).error == "");
  while (server.received().find("\x88\x85") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::string received = server.received();
  size_t first = received.find("\x81\x8e"), second = received.find("\x81\x8e", first + 2);
  REQUIRE(second != std::string::npos);
  CHECK(received.find("GET / HTTP/1.1", first) == std::string::npos);
  CHECK(received.substr(first + 2, 4) != received.substr(second + 2, 4));
}

TEST_CASE_FIXTURE(WebSocketFixture,
                  "addresses are checked as those of HTTP: names, redirects, rebinding") {
  SmallServer server(Sending(Text("reached")));
  auto port = std::to_string(server.port());
  resolver.Answer("evil.example", {{"127.0.0.1"}});
  Allow("evil.example");
  // The control: by its address it is allowed.
  CHECK(Open("ws://127.0.0.1:" + port + "/").error == "");
  CHECK(ReadText() == "reached");
  CHECK(server.connections() == 1);
  access = std::make_shared<Access>();
  End();
  Allow("evil.example");
  Answer refused = Open("ws://evil.example:" + port + "/");
  CHECK(refused.error == "EACCES");
  CHECK(refused.text.find("needs --allow-net=127.0.0.1:" + port) != std::string::npos);
  CHECK(Open("ws://127.0.0.1:" + port + "/").error == "EACCES");
  CHECK(server.connections() == 1);
}

TEST_CASE_FIXTURE(WebSocketFixture, "arguments that cannot be right are refused") {
  SmallServer server(Sending(""));
  for (const char* url : {"", "http://127.0.0.1/", "ws:", "ws://", "ws://user:p@127.0.0.1/"}) {
    CHECK(Open(url).error == "EINVAL");
  }
  CHECK(Open(UrlOf(server), {"a b"}).error == "EINVAL");
  CHECK(Open(UrlOf(server), {"a\r\nb"}).error == "EINVAL");
  CHECK(Open(UrlOf(server), {1}).error == "EINVAL");
  CHECK(Open(UrlOf(server)).error == "");
  uint64_t open = last;
  CHECK(Ask("ws.open", {open, UrlOf(server), Json::array()}).error == "EEXIST");
  CHECK(Ask("ws.send", {open, 1, false}).error == "EINVAL");
  CHECK(Ask("ws.send", {open}).error == "EINVAL");
  CHECK(Ask("ws.close", {open, 1005U, ""}).error == "EINVAL");
  CHECK(Ask("ws.close", {open, 70000U, ""}).error == "EINVAL");
  CHECK(Ask("ws.nonsense", {open}).error == "EINVAL");
  CHECK(Ask("ws.read", {open + 1}).error == "EBADF");
  auto waits = Begin("ws.read", {open});
  CHECK(Ask("ws.read", {open}).error == "EINVAL");
  CHECK(Ask("ws.drop", {open}).error == "");
  CHECK(waits.get().error == "ECANCELED");
  CHECK(Ask("ws.drop", {open}).error == "");
}

TEST_CASE_FIXTURE(WebSocketFixture, "so many are open and no more, and HTTP goes on beside them") {
  SmallServer server(Sending(""));
  for (int i = 0; i < 32; ++i) CHECK(Open(UrlOf(server)).error == "");
  CHECK(Open(UrlOf(server)).error == "ENOBUFS");
  SmallServer other(SmallServer::Answering([](auto&, auto&) { return Respond("hello"); }));
  CHECK(Fetch(other.url()) == "200 hello");
  CHECK(Ask("ws.drop", {last - 2}).error == "");
  ++last;
  CHECK(Open(UrlOf(server)).error == "");
}

TEST_CASE_FIXTURE(WebSocketFixture, "a message of more than 32 MiB is not kept") {
  SmallServer server(Sending(""));
  CHECK(Open(UrlOf(server)).error == "");
  std::string part(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) CHECK(Ask("ws.send", {last, false, true}, part).error == "");
  CHECK(Ask("ws.send", {last, false, true}, "x").error == "EMSGSIZE");
}

TEST_CASE_FIXTURE(WebSocketFixture, "one that is closed just as it opens is answered") {
  std::promise<void> asked, answers, answered;
  SmallServer server([&](Connection& connection) {
    std::string head = connection.ReadHead();
    asked.set_value();
    answers.get_future().wait();
    connection.Write(Switch(head, ""));
    answered.set_value();
    connection.WaitForEnd();
  });
  auto opening = Begin("ws.open", {1U, UrlOf(server), Json::array()});
  asked.get_future().wait();
  std::future<Answer> closing;
  DoAllAtOnce([&] {
    answers.set_value();
    answered.get_future().wait();
    closing = Begin("ws.close", {1U, 0U, ""});
  });
  CHECK(closing.get().error == "");
  REQUIRE(opening.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  CHECK(opening.get().text == "it was closed before it was open");
}

TEST_CASE_FIXTURE(WebSocketFixture,
                  "a service that ends while one opens, waits and sends leaves nothing") {
  SmallServer silent([](Connection& connection) { connection.WaitForEnd(); });
  SmallServer server(Sending(""));
  auto opening = Begin("ws.open", {1U, UrlOf(silent), Json::array()});
  CHECK(Ask("ws.open", {2U, UrlOf(server), Json::array()}).error == "");
  auto reading = Begin("ws.read", {2U});
  End();
  CHECK(opening.get().error == "ECANCELED");
  CHECK(reading.get().error == "ECANCELED");
}

}  // namespace v8py
