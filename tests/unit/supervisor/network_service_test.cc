// Exchanges with servers that say what they like, by names that resolve to whatever they like.
#include "supervisor/network/network_service.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "unit/supervisor/network_fixture.h"
#include "unit/supervisor/small_server.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

using Connection = SmallServer::Connection;

// So many megabytes of one letter, packed.
std::string Gzip(int megabytes) {
  std::string command =
      "head -c " + std::to_string(megabytes) + "M /dev/zero | tr '\\0' x | gzip -9";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string packed;
  char buffer[65536];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) packed.append(buffer, got);
  REQUIRE(pclose(pipe) == 0);
  return packed;
}

std::string Redirect(const std::string& to, const std::string& status = "302 Found") {
  return Respond("go there", status, "Location: " + to + "\r\n");
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

// What the system's resolver says of a name now.
std::string Resolve(const std::string& name) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  REQUIRE(getaddrinfo(name.c_str(), nullptr, &hints, &found) == 0);
  char text[NI_MAXHOST];
  getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  return text;
}

bool Connects(const std::string& address, int port) {
  int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  bool connected = connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  close(client);
  return connected;
}

auto Hello() {
  return SmallServer::Answering([](auto&, auto&) { return Respond("hello"); });
}

}  // namespace

// ---- Permissions ----

TEST_CASE_FIXTURE(NetworkFixture, "an allowed host is reached, and its answer is given as it was") {
  SmallServer server(SmallServer::Answering([](auto&, auto&) {
    return Respond("hello", "404 No Such Thing", "X-A: 1\r\nx-a:  2 \r\nEmpty:\r\n");
  }));
  Answer head = Ask("net.open", Request(server.url("/a?b")));
  CHECK(DumpJson(head.result) ==
        R"([404,"No Such Thing",")" + server.url("/a?b") +
            R"(",false,[["x-a","1"],["x-a","2"],["empty",""],["content-length","5"]]])");
  CHECK(ReadAll(last) == "hello");
  CHECK(Has(server.received(),
            "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port())));
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "a host that is not allowed gets no connection, and its name no question") {
  SmallServer server(Hello());
  resolver.Answer("evil.test", {{"127.0.0.1"}});
  std::string port = ":" + std::to_string(server.port());
  Answer answer = Get("http://evil.test" + port);
  CHECK(answer.error == "EACCES");
  CHECK(answer.denied);
  CHECK(answer.text == "a connection to evil.test" + port + " needs --allow-net=evil.test" + port);
  CHECK(Get("http://127.0.0.2" + port).denied);
  CHECK(Get("http://127.0.0.1@evil.test" + port).error == "EINVAL");
  CHECK(Get("http://127.0.0.1.evil.test" + port).denied);
  CHECK(resolver.asked().empty());
  CHECK(server.connections() == 0);
  Allow("evil.test");
  CHECK(Fetch("http://evil.test" + port) == "200 hello");
  CHECK(resolver.asked() == std::vector<std::string>{"evil.test"});
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a name that resolves to an address that is not public is refused before a connection") {
  access = std::make_shared<Access>();
  SmallServer server(Hello());
  std::string url = "http://good.test:" + std::to_string(server.port()) + "/";
  Allow("good.test");
  Allow("*");
  for (std::vector<std::string> addresses : {std::vector<std::string>{"127.0.0.1"},
                                             {"8.8.8.8", "127.0.0.1"},
                                             {"127.0.0.1", "8.8.8.8"},
                                             {"::1"},
                                             {"10.0.0.1"},
                                             {"169.254.169.254"},
                                             {"100.64.0.1"},
                                             {"::ffff:127.0.0.1"},
                                             {"0.0.0.0"},
                                             {"64:ff9b::7f00:1"},
                                             {"fd00::1"}}) {
    resolver.Answer("good.test", {addresses});
    Answer answer = Get(url);
    CHECK_MESSAGE(answer.denied, addresses.front());
    CHECK(Has(answer.text, "(good.test)"));
  }
  CHECK(server.connections() == 0);
  End();
  Allow("127.0.0.1");
  resolver.Answer("good.test", {{"127.0.0.1"}});
  CHECK(Fetch(url) == "200 hello");
  CHECK(server.connections() == 1);
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "a name is resolved once, and the answer that was checked is the one used") {
  SmallServer server(Hello());
  // To whoever asks again, there is another address, where nobody answers.
  resolver.Answer("name.test", {{"127.0.0.1"}, {"127.0.0.9"}});
  Allow("name.test");
  CHECK(Fetch("http://name.test:" + std::to_string(server.port())) == "200 hello");
  CHECK(resolver.asked().size() == 1);
}

TEST_CASE_FIXTURE(NetworkFixture, "a second, private answer does a rebinding server no good") {
  SmallServer server(Hello());
  Deny("127.0.0.1");
  Allow("name.test");
  Allow("127.0.0.9");
  resolver.Answer("name.test", {{"127.0.0.9"}, {"127.0.0.1"}});
  std::string url = "http://name.test:" + std::to_string(server.port());
  CHECK(Fetch(url) == "ECONNREFUSED");
  CHECK(Get(url).denied);
  CHECK(server.connections() == 0);
  // Control: a client that asks once for its check, and once more for its connection.
  resolver.Answer("twice.test", {{"127.0.0.9"}, {"127.0.0.1"}});
  CHECK(Resolve("twice.test") == "127.0.0.9");
  CHECK(Connects(Resolve("twice.test"), server.port()));
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a redirect to a host that is not allowed is denied there, without a connection") {
  SmallServer evil(Hello());
  std::string to = "http://127.0.0.2:" + std::to_string(evil.port()) + "/";
  SmallServer server(SmallServer::Answering([&](auto&, auto&) { return Redirect(to); }));
  Answer answer = Get(server.url());
  CHECK(answer.denied);
  CHECK(Has(answer.text, "127.0.0.2"));
  for (std::string location :
       {"file:///etc/passwd", "ftp://127.0.0.1/", "http://u@127.0.0.1/", "http://a%0ab/"}) {
    to = location;
    CHECK_MESSAGE(Get(server.url()).error == "EIO", location);
  }
  CHECK(evil.connections() == 0);
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "decisions are in the audit log, of redirects and addresses too") {
  TemporaryFolder folder;
  std::string path = folder.path() + "/log";
  access->audit = Audit::Open(path).value();
  Allow("a.test");
  SmallServer server(SmallServer::Answering([&](auto& target, auto&) {
    return target == "/" ? Redirect("http://b.test/") : Respond("");
  }));
  resolver.Answer("a.test", {{"10.0.0.1"}});
  CHECK(Get(server.url()).denied);
  CHECK(Get("http://a.test/").denied);
  access->audit.reset();
  std::string log;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) log += line.substr(line.find("\"run\"")) + "\n";
  CHECK(log == R"("run":7,"what":"net","target":")" + server.url() +
                   R"(","allowed":true,"rule":"--allow-net=127.0.0.1"}
"run":7,"what":"net","target":"http://b.test/","allowed":false,"rule":""}
"run":7,"what":"net","target":"http://a.test/","allowed":true,"rule":"--allow-net=a.test"}
"run":7,"what":"net","target":"10.0.0.1","allowed":false,"rule":""}
)");
}

// ---- Redirects ----

TEST_CASE_FIXTURE(NetworkFixture, "redirects are followed, twenty and no more") {
  SmallServer server(SmallServer::Answering([&](auto& target, auto&) {
    int left = atoi(target.c_str() + 1);
    return left == 0 ? Respond("there") : Redirect("/" + std::to_string(left - 1));
  }));
  CHECK(Fetch(server.url("/20")) == "200 there");
  CHECK(Fetch(server.url("/21")) == "EIO");
  Answer head = Get(server.url("/1"));
  CHECK(head.result[2] == server.url("/0"));
  CHECK(head.result[3] == true);
}

TEST_CASE_FIXTURE(NetworkFixture, "manual gives the redirect itself, error makes it one") {
  SmallServer server(SmallServer::Answering([&](auto&, auto&) { return Redirect("/x"); }));
  Json request = Request(server.url());
  request[4] = "manual";
  CHECK(Fetch(request) == "302 go there");
  request[0] = ++last;
  request[4] = "error";
  CHECK(Fetch(request) == "EIO");
  CHECK(!Has(server.received(), "GET /x"));
}

TEST_CASE_FIXTURE(NetworkFixture, "credentials go on to the same origin and to no other") {
  SmallServer other(Hello());
  SmallServer server(SmallServer::Answering([&](auto& target, auto&) {
    return target == "/a" ? Redirect("/b") : Redirect(other.url());
  }));
  Json headers =
      ParseJson(R"([["Authorization","secret"],["cookie","secret"],["X-Mine","kept"]])").value();
  CHECK(Fetch(Request(server.url("/a"), "GET", headers)) == "200 hello");
  CHECK(Count(server.received(), "secret") == 4);
  CHECK(!Has(other.received(), "secret"));
  CHECK(Has(other.received(), "X-Mine: kept"));
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "303, and 301 and 302 after a POST, become a GET without a body; 307 and 308 do not") {
  std::string status;
  SmallServer server(SmallServer::Answering([&](auto& target, auto& head) {
    return target == "/" ? Redirect("/to", status) : Respond(head.substr(0, head.find(' ')));
  }));
  auto result = [&](const std::string& code, const std::string& method) {
    status = code + " X";
    return Fetch(Request(server.url(), method, ParseJson(R"([["Content-Type","x"]])").value()),
                 "body")
        .substr(4);
  };
  CHECK(result("301", "POST") == "GET");
  CHECK(result("302", "POST") == "GET");
  CHECK(result("303", "PUT") == "GET");
  CHECK(Count(server.received(), "Content-Type: x") == 3);
  CHECK(Count(server.received(), "\r\n\r\nbody") == 3);
  CHECK(result("302", "PUT") == "PUT");
  CHECK(result("307", "POST") == "POST");
  CHECK(result("308", "PATCH") == "PATCH");
  CHECK(Count(server.received(), "\r\n\r\nbody") == 9);
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a body that was streamed cannot be sent again: a 307 fails, a 303 does not need it") {
  std::string status;
  SmallServer server(SmallServer::Answering([&](auto& target, auto&) {
    return target == "/" ? Redirect("/to", status) : Respond("there");
  }));
  auto stream = [&](const std::string& code) {
    status = code;
    Json request = Request(server.url(), "POST");
    request[5] = true;
    CHECK(Ask("net.open", request, "a").error == "");
    CHECK(Ask("net.send", {last, false}, "b").error == "");
    CHECK(Ask("net.send", {last, true}, "c").error == "");
    Answer head = Ask("net.head", {last});
    return head.error.empty() ? ReadAll(last) : head.error;
  };
  CHECK(stream("307 X") == "EIO");
  CHECK(stream("303 X") == "there");
  CHECK(Has(server.received(), "Transfer-Encoding: chunked"));
}

TEST_CASE_FIXTURE(NetworkFixture, "a redirect's endless page is not waited for") {
  SmallServer server([](Connection& connection) {
    std::string head = connection.ReadHead();
    if (Has(head, "GET /there")) return void(connection.Write(Respond("there")));
    connection.Write("HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n");
    while (connection.Write(std::string(10'000, 'x'))) {
    }
  });
  CHECK(Fetch(server.url()) == "200 there");
}

// ---- Bodies ----

TEST_CASE_FIXTURE(NetworkFixture, "bodies of all sizes arrive as they were sent, both ways") {
  SmallServer server([](Connection& connection) {
    for (std::string head; !(head = connection.ReadHead()).empty();) {
      connection.Write(Respond(connection.ReadBody(head)));
    }
  });
  for (size_t size : {size_t{0}, size_t{1}, size_t{65536}, size_t{3'000'000}}) {
    std::string body(size, '\0');
    for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 7 + i / 256);
    CHECK(Fetch(Request(server.url(), "POST"), body) == "200 " + body);
    // In parts, of a size that is known, and of one that is not.
    for (int64_t known : {static_cast<int64_t>(size), int64_t{-1}}) {
      Json request = Request(server.url(), "PUT");
      request[5] = true;
      request[6] = known;
      CHECK(Ask("net.open", request).error == "");
      for (size_t at = 0; at < size; at += 300'000) {
        CHECK(Ask("net.send", {last, false}, body.substr(at, 300'000)).error == "");
      }
      CHECK(Ask("net.send", {last, true}).error == "");
      CHECK(Ask("net.head", {last}).result[0] == 200);
      CHECK(ReadAll(last) == body);
    }
  }
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a body is as long as it was said to be: nothing follows it that looks like a request") {
  SmallServer server(Hello());
  std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: other\r\n\r\n";
  Json request = Request(server.url(), "POST");
  request[5] = true;
  request[6] = 5;
  CHECK(Ask("net.open", request).error == "");
  CHECK(Ask("net.send", {last, true}, "hello" + smuggled).error == "EINVAL");
  Ask("net.close", {last});
  request[0] = ++last;
  CHECK(Ask("net.open", request, "hello" + smuggled).error == "EINVAL");
  request[0] = ++last;
  CHECK(Ask("net.open", request, "he").error == "");
  CHECK(Ask("net.send", {last, false}, "llo").error == "");
  CHECK(Ask("net.send", {last, true}, smuggled).error == "EINVAL");
  // Also when it has been answered already.
  CHECK(Ask("net.head", {last}).result[0] == 200);
  CHECK(Ask("net.read", {last}).data == "hello");
  CHECK(Ask("net.read", {last}).data.empty());
  CHECK(Ask("net.send", {last, true}, smuggled).error == "EINVAL");
  Ask("net.close", {last});
  request[0] = ++last;
  CHECK(Ask("net.open", request, "he").error == "");
  CHECK(Ask("net.send", {last, true}, "l").error == "EINVAL");
  CHECK(Ask("net.send", {last, true}, "llo").error == "");
  CHECK(Ask("net.head", {last}).result[0] == 200);
  CHECK(!Has(server.received(), "smuggled"));
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "HEAD, 204 and 304 have no body, and the connection is used again") {
  SmallServer server(SmallServer::Answering([](auto& target, auto&) -> std::string {
    if (target == "/204") return "HTTP/1.1 204 No Content\r\n\r\n";
    if (target == "/304") return "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n";
    return "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
  }));
  CHECK(Fetch(Request(server.url(), "HEAD")) == "200 ");
  CHECK(Fetch(server.url("/204")) == "204 ");
  CHECK(Fetch(server.url("/304")) == "304 ");
  CHECK(server.connections() == 1);
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "connections are kept for a program's next request, and never for another program's") {
  SmallServer server(Hello());
  for (int i = 0; i < 5; ++i) CHECK(Fetch(server.url()) == "200 hello");
  CHECK(server.connections() == 1);
  End();
  CHECK(Fetch(server.url()) == "200 hello");
  CHECK(server.connections() == 2);
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "answers that only say to go on are passed over, and trailers change nothing") {
  SmallServer server(SmallServer::Answering([](auto&, auto&) {
    return "HTTP/1.1 100 Continue\r\nX: 100\r\n\r\nHTTP/1.1 103 Early Hints\r\nLocation: "
           "/no\r\n\r\n"
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
           "Location: /no\r\nX: trailer\r\n\r\n" +
           std::string();
  }));
  Answer head = Get(server.url());
  CHECK(DumpJson(head.result[4]) == R"([["transfer-encoding","chunked"]])");
  CHECK(ReadAll(last) == "hello");
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a packed body arrives unpacked, however much it grows and however slowly it is read") {
  std::string packed = Gzip(150);
  SmallServer server(SmallServer::Answering(
      [&](auto&, auto&) { return Respond(packed, "200 OK", "Content-Encoding: gzip\r\n"); }));
  CHECK(Get(server.url()).result[0] == 200);
  // It waits here meanwhile.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(ReadAll(last).size() == size_t{150} << 20);
  CHECK(Has(server.received(), "Accept-Encoding: "));
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "a packed body counts as what it is unpacked, and a cut one is no whole one") {
  limits.bytes = 10 << 20;
  // Where it is cut, libcurl still waits for the rest, or has all of it.
  for (int megabytes : {40, 20, 11}) {
    End();
    std::string packed = Gzip(megabytes);
    SmallServer server(SmallServer::Answering(
        [&](auto&, auto&) { return Respond(packed, "200 OK", "Content-Encoding: gzip\r\n"); }));
    std::string all = Fetch(server.url());
    CHECK(all.size() < (10 << 20) + 100);
    CHECK(all.ends_with("!EFBIG"));
    CHECK(Fetch(server.url()).ends_with("!EFBIG"));
  }
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "a cut body ends although its server says nothing more, and stays") {
  limits.bytes = 10 << 20;
  std::string packed = Gzip(20);
  SmallServer server([&](Connection& connection) {
    connection.ReadHead();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                     std::to_string(packed.size() + 1) + "\r\n\r\n" + packed);
    connection.WaitForEnd();
  });
  CHECK(Fetch(server.url()).ends_with("!EFBIG"));
}

TEST_CASE_FIXTURE(NetworkFixture, "bytes are counted of bodies both ways, to the last") {
  SmallServer server(SmallServer::Answering([](auto&, auto&) { return Respond("12345"); }));
  auto with = [&](uint64_t bytes, const std::string& body) {
    End();
    limits.bytes = bytes;
    return Fetch(Request(server.url(), "POST"), body);
  };
  CHECK(with(10, "1234") == "200 12345");
  CHECK(with(10, "12345") == "200 12345");
  CHECK(with(10, "123456") == "200 !EFBIG");
  CHECK(with(10, "12345678901") == "EFBIG");
  End();
  // A streamed one, too.
  limits.bytes = 6;
  Json request = Request(server.url(), "POST");
  request[5] = true;
  CHECK(Ask("net.open", request, "12").error == "");
  CHECK(Ask("net.send", {last, false}, "3456").error == "");
  Answer over = Ask("net.send", {last, true}, "7");
  CHECK(over.error == "EFBIG");
  CHECK(Has(over.text, "--max-net"));
}

TEST_CASE_FIXTURE(NetworkFixture, "a body counts again when a redirect has it sent again") {
  SmallServer server(SmallServer::Answering(
      [](auto& target, auto&) { return target == "/" ? Redirect("/to", "307 X") : Respond(""); }));
  limits.bytes = 10;
  CHECK(Fetch(Request(server.url(), "POST"), "12345") == "200 ");
  End();
  CHECK(Fetch(Request(server.url(), "POST"), "123456") == "EFBIG");
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "a server that answers before it has all of a body ends the sending") {
  SmallServer server([](Connection& connection) {
    connection.ReadHead();
    connection.Write(Respond("too large", "413 X", "Connection: close\r\n"));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  });
  Json request = Request(server.url(), "POST");
  request[5] = true;
  CHECK(Ask("net.open", request).error == "");
  std::string error;
  for (int i = 0; i < 100 && error.empty(); ++i) {
    error = Ask("net.send", {last, false}, std::string(1 << 20, 'x')).error;
  }
  CHECK(error == "EPIPE");
  CHECK(Ask("net.head", {last}).result[0] == 413);
  CHECK(ReadAll(last) == "too large");
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a kept connection that the server gives up is replaced, and the body sent again") {
  SmallServer server([](Connection& connection) {
    std::string head = connection.ReadHead();
    connection.Write(Respond(connection.ReadBody(head)));
    connection.ReadBody(connection.ReadHead());
  });
  CHECK(Fetch(Request(server.url(), "PUT"), "first") == "200 first");
  CHECK(Fetch(Request(server.url(), "PUT"), "second") == "200 second");
  CHECK(server.connections() == 2);
}

// ---- Servers that fail, stall, and never end ----

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a server that closes in the middle is a connection that broke, after what had come") {
  SmallServer server([](Connection& connection) {
    std::string head = connection.ReadHead();
    if (Has(head, "GET /head")) return void(connection.Write("HTTP/1.1 200 OK\r\nX"));
    if (Has(head, "GET /none")) return;
    if (Has(head, "GET /chunk")) {
      connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
      return;
    }
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  });
  CHECK(Fetch(server.url()) == "200 hello!ECONNRESET");
  CHECK(Fetch(server.url("/chunk")) == "200 hel!ECONNRESET");
  CHECK(Fetch(server.url("/none")) == "ECONNRESET");
  CHECK(Fetch(Request("http://127.0.0.1:1/")) == "ECONNREFUSED");
  CHECK(!Fetch(server.url("/head")).starts_with("200 hello"));
}

TEST_CASE_FIXTURE(NetworkFixture, "what is not HTTP is an error") {
  for (std::string text : {"", "hello\r\n\r\n", "SSH-2.0-x\r\n", "HTTP/9.9 200 OK\r\n\r\n",
                           "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    // One for each: a connection that is lost is made once more, by then for the next answer.
    SmallServer server([&text](Connection& connection) {
      connection.ReadHead();
      connection.Write(text);
    });
    std::string got = Fetch(server.url());
    CHECK_MESSAGE((got.starts_with("E") || Has(got, "!E")), text << " gave " << got);
  }
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "patience ends a wait for the head and for a part of the body, and counts from the last byte") {
  std::promise<void> over;
  SmallServer server([&](Connection& connection) {
    std::string head = connection.ReadHead();
    if (Has(head, "GET /silent")) return connection.WaitForEnd();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
      connection.Write("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    connection.WaitForEnd();
  });
  Json request = Request(server.url("/silent"));
  request[7] = 300;
  CHECK(Fetch(request) == "ETIMEDOUT");
  request = Request(server.url());
  request[7] = 300;
  CHECK(Fetch(request) == "200 xxxxxxxxxx!ETIMEDOUT");
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "an answer's head of ten megabytes, or without an end, is not kept") {
  std::string many, letters;
  for (int i = 0; i < 1000; ++i) many += ":\r\n";
  for (int i = 0; i < 1000; ++i) letters += "a:\r\n";
  // The last: answers that only say to go on.
  for (const std::string& line :
       {"X-Long: " + std::string(1000, 'x') + "\r\n", many, letters,
        "HTTP/1.1 103 Early Hints\r\nX: " + std::string(1000, 'x') + "\r\n\r\n"}) {
    SmallServer server([&line](Connection& connection) {
      connection.ReadHead();
      connection.Write("HTTP/1.1 200 OK\r\n");
      int sent = 0;
      while (sent < 10'000'000 && connection.Write(line)) sent += static_cast<int>(line.size());
      connection.Write("\r\n");
    });
    CHECK(Fetch(server.url()) == "EIO");
  }
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "thirty-two requests are under way at once, and the others get their turn") {
  std::mutex mutex;
  std::condition_variable changed;
  int now = 0, most = 0;
  SmallServer server([&](Connection& connection) {
    while (!connection.ReadHead().empty()) {
      {
        std::unique_lock lock(mutex);
        most = std::max(most, ++now);
        changed.notify_all();
        // Until so many are here; the last of all come alone.
        changed.wait_for(lock, std::chrono::milliseconds(500), [&] { return most >= 32; });
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      {
        std::lock_guard lock(mutex);
        --now;
      }
      if (!connection.Write(Respond("x"))) return;
    }
  });
  std::vector<std::future<Answer>> heads;
  for (int i = 0; i < 200; ++i) heads.push_back(Begin("net.open", Request(server.url())));
  for (auto& head : heads) CHECK(head.get().result[0] == 200);
  CHECK(most == 32);
  for (uint64_t number = 1; number <= 200; ++number) CHECK(ReadAll(number) == "x");
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "an exchange that is closed in any state answers who waits, and gives its place to another") {
  SmallServer server([](Connection& connection) {
    std::string head = connection.ReadHead();
    if (Has(head, "GET /good")) return void(connection.Write(Respond("good")));
    if (Has(head, "GET /body")) connection.Write("HTTP/1.1 200 OK\r\n\r\nx");
    connection.WaitForEnd();
  });
  std::vector<std::future<Answer>> heads;
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 60; ++i) {
    heads.push_back(Begin("net.open", Request(server.url("/silent"))));
    numbers.push_back(last);
  }
  auto good = Begin("net.open", Request(server.url("/good")));
  for (uint64_t number : numbers) CHECK(Ask("net.close", {number}).error == "");
  for (auto& head : heads) CHECK(head.get().error == "ECANCELED");
  CHECK(good.get().result[0] == 200);
  CHECK(Get(server.url("/body")).result[0] == 200);
  CHECK(Ask("net.read", {last}).data == "x");
  auto read = Begin("net.read", {last});
  CHECK(Ask("net.close", {last}).error == "");
  CHECK(read.get().error == "ECANCELED");
  CHECK(Ask("net.read", {last}).error == "EBADF");
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "a service that ends in the middle of everything leaves nothing") {
  SmallServer server([](Connection& connection) {
    if (Has(connection.ReadHead(), "/body")) connection.Write("HTTP/1.1 200 OK\r\n\r\nx");
    connection.WaitForEnd();
  });
  resolver.Answer("name.test", {{"127.0.0.1"}});
  Allow("name.test");
  std::vector<std::future<Answer>> waiting;
  for (std::string path : {"/silent", "/body"})
    waiting.push_back(Begin("net.open", Request(server.url(path))));
  waiting.push_back(
      Begin("net.open", Request("http://name.test:" + std::to_string(server.port()))));
  waiting[1].wait();
  waiting.push_back(Begin("net.read", {2}));
  End();
  for (auto& answer : waiting)
    CHECK(answer.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
}

TEST_CASE_FIXTURE(
    NetworkFixture,
    "a program makes as many requests as it may, denied ones among them, and no more") {
  SmallServer server(Hello());
  limits.requests = 3;
  CHECK(Fetch(server.url()) == "200 hello");
  CHECK(Get("http://127.0.0.2/").denied);
  CHECK(Fetch(server.url()) == "200 hello");
  CHECK(Fetch(server.url()) == "EDQUOT");
}

TEST_CASE_FIXTURE(NetworkFixture,
                  "bodies of requests that wait for their turn are not kept without a bound") {
  SmallServer server([](Connection& connection) { connection.WaitForEnd(); });
  std::string body(1 << 20, 'x');
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    Json request = Request(server.url(), "POST");
    request[5] = true;
    refused += Ask("net.open", request, body).error == "ENOBUFS";
  }
  CHECK(refused > 100);
}

}  // namespace v8py
