// Calls for the network of a worker that is an attacker's: raw, past all checks in JavaScript and
// Python. Partner: broker_test.cc, which has those for files.
#include <doctest/doctest.h>

#include <algorithm>

#include "unit/supervisor/hostile_runs.h"
#include "unit/supervisor/small_server.h"

namespace v8py {

namespace {

using Connection = SmallServer::Connection;

struct NetworkCallsFixture : HostileRuns {
  NetworkCallsFixture() { Permit({"127.0.0.1"}); }

  void Permit(const std::vector<std::string>& hosts) {
    AccessWish wish;
    for (const std::string& host : hosts) REQUIRE(wish.Add(true, "net", host).ok());
    program.access = MakeAccess(wish, {}).value();
  }
};

// The worker sends four bytes, "data", with every call.
std::string Open(int number, const std::string& url, const std::string& method = "POST",
                 const std::string& headers = "[]",
                 const std::string& rest = R"("follow",false,-1,0)") {
  return "net.open=[" + std::to_string(number) + ",\"" + method + "\",\"" + url + "\"," + headers +
         "," + rest + "]";
}

auto Hello() {
  return SmallServer::Answering([](auto&, auto&) { return Respond("hello"); });
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(NetworkCallsFixture, "a raw request that is as it should be is made") {
  SmallServer server(Hello());
  std::string output =
      Ask({Open(1, server.url("/x"), "PUT", R"([["X-A","b"]])"), "net.read=[1]", "net.close=[1]"});
  CHECK(output == R"([200,"OK",")" + server.url("/x") +
                      "\",false,[[\"content-length\",\"5\"]]]\ntrue\nnull\n");
  std::string received = server.received();
  CHECK(received.starts_with("PUT /x HTTP/1.1\r\n"));
  CHECK(received.ends_with("\r\n\r\ndata"));
  CHECK(Has(received, "X-A: b\r\n"));
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "arguments of other types and numbers are refused, and no connection is made") {
  SmallServer server(Hello());
  std::string url = server.url();
  std::vector<std::string> calls = {
      "net.open=[]",
      "net.open={}",
      "net.open=null",
      "net.open=1",
      "net.open=[1]",
      "net.open=[-1,\"GET\",\"" + url + "\",[],\"follow\",false,-1,0]",
      "net.open=[1.5,\"GET\",\"" + url + "\",[],\"follow\",false,-1,0]",
      "net.open=[\"1\",\"GET\",\"" + url + "\",[],\"follow\",false,-1,0]",
      "net.open=[1,\"GET\",\"" + url + "\",[],\"follow\",false,-1]",
      "net.open=[1,\"GET\",\"" + url + "\",[],\"follow\",false,-1,0,0]",
      "net.open=[1,null,\"" + url + "\",[],\"follow\",false,-1,0]",
      "net.open=[1,\"GET\",null,[],\"follow\",false,-1,0]"};
  for (std::string headers : {"{}", "null", "\"\"", "[[]]", "[[\"a\"]]", "[[\"a\",\"b\",\"c\"]]",
                              "[[\"a\",1]]", "[[1,\"a\"]]", "[\"a: b\"]", "[{\"a\":\"b\"}]"}) {
    calls.push_back(Open(1, url, "GET", headers));
  }
  for (std::string rest :
       {"\"else\",false,-1,0", "1,false,-1,0", "\"follow\",0,-1,0", "\"follow\",false,0.5,0",
        "\"follow\",false,\"4\",0", "\"follow\",false,-1,\"0\"", "\"follow\",false,-1,null",
        "\"follow\",false,3,0", "\"follow\",false,5,0", "\"follow\",true,3,0"}) {
    calls.push_back(Open(1, url, "POST", "[]", rest));
  }
  CHECK(Ask(calls) == Times("EINVAL", calls.size()));
  CHECK(server.connections() == 0);
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "methods and headers that are not the program's to say are refused") {
  SmallServer server(Hello());
  std::vector<std::string> calls;
  for (std::string method : {"", "CONNECT", "connect", "TRACE", "Track", "GET /evil",
                             "GET\\r\\nX: y", "G\\u0000T", "G\\u00e4T", "GET ", "(GET)"}) {
    calls.push_back(Open(1, server.url(), method));
  }
  calls.push_back(Open(1, server.url(), std::string(33, 'A')));
  for (std::string name : {"Host",
                           "hOST",
                           "Content-Length",
                           "content-length",
                           "Transfer-Encoding",
                           "TE",
                           "Trailer",
                           "Connection",
                           "Keep-Alive",
                           "Upgrade",
                           "Via",
                           "Expect",
                           "Accept-Encoding",
                           "Proxy-Authorization",
                           "Proxy-Connection",
                           "proxy-anything",
                           "",
                           " ",
                           "A B",
                           "A:",
                           "Host ",
                           " Host",
                           "Host:",
                           "X\\r\\nHost",
                           "X\\n",
                           "X\\u0000",
                           "\\u00e4",
                           "a/b"}) {
    calls.push_back(Open(1, server.url(), "POST", "[[\"" + name + "\",\"x\"]]"));
  }
  for (std::string value : {"x\\r\\nHost: evil", "x\\n y", "\\r", "x\\u0000y", "\\n"}) {
    calls.push_back(Open(1, server.url(), "POST", "[[\"X-A\",\"" + value + "\"]]"));
  }
  calls.push_back(
      Open(1, server.url(), "POST", "[[\"X-A\",\"" + std::string(70'000, 'x') + "\"]]"));
  CHECK(Ask(calls) == Times("EINVAL", calls.size()));
  CHECK(server.connections() == 0);
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "odd values that are no line of their own arrive as one line") {
  SmallServer server(Hello());
  Ask({Open(1, server.url(), "POST",
            R"([["X-A",""],["X-B","a;b: c"],["X-C","@/etc/passwd"],["X-D"," x "]])")});
  std::string received = server.received();
  for (std::string line : {"X-A:", "X-B: a;b: c", "X-C: @/etc/passwd"}) {
    CHECK_MESSAGE(Has(received, "\r\n" + line + "\r\n"), line);
  }
  size_t lines = 0;
  for (size_t at = 0; (at = received.find("\r\n", at)) != std::string::npos; at += 2) ++lines;
  CHECK(std::count(received.begin(), received.end(), '\n') == static_cast<long>(lines));
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "hosts that are not allowed are refused, in every spelling, and get no question "
                  "and no connection") {
  SmallServer evil(Hello());
  std::string port = ":" + std::to_string(evil.port());
  resolver.Answer("evil.test", {{"127.0.0.1"}});
  Permit({"allowed.test"});
  std::vector<std::string> denied, refused;
  for (std::string host : {"evil.test", "EVIL.test.", "allowed.test.evil.test",
                           "allowed%2etest.evil.test", "127.0.0.1", "127.1", "0x7f.1", "2130706433",
                           "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "localhost"}) {
    denied.push_back(Open(1, "http://" + host + port + "/"));
  }
  for (std::string host :
       {"allowed.test@evil.test", "allowed.test\\\\evil.test", "allowed.test\\\\@evil.test",
        "evil\\u3002test", "evil%E3%80%82test", "\\tevil.test", "evil.test\\r\\nX: y",
        "allowed.test:80@evil.test", "[fe80::1%25lo]"}) {
    refused.push_back(Open(1, "http://" + host + port + "/"));
  }
  for (std::string url : {"file:///etc/passwd", "ftp://127.0.0.1/", "unix:/x", "http:", "", "/",
                          "dict://127.0.0.1:1/", "gopher://127.0.0.1:1/", "http://allowed.test:0/",
                          "http://allowed.test:65536/"}) {
    refused.push_back(Open(1, url));
  }
  // A number whose exchange has failed is taken until it is closed.
  auto each = [](std::vector<std::string> calls) {
    for (size_t i = 1; i <= calls.size(); i += 2) {
      calls.insert(calls.begin() + static_cast<long>(i), "net.close=[1]");
    }
    return calls;
  };
  CHECK(Ask(each(denied)) == Times("EACCES\nnull", denied.size()));
  CHECK(Ask(each(refused)) == Times("EINVAL\nnull", refused.size()));
  CHECK(resolver.asked().empty());
  CHECK(evil.connections() == 0);
  Permit({"evil.test", "127.0.0.1"});
  CHECK(Has(Ask({Open(1, "http://evil.test" + port + "/")}), "[200,"));
  CHECK(evil.connections() == 1);
}

TEST_CASE_FIXTURE(NetworkCallsFixture, "without permissions every request is refused") {
  program.access = nullptr;
  SmallServer server(Hello());
  Ended ended = Wait(Start({"ready", "run", "ask:" + Open(1, server.url()), "result"}));
  CHECK(ended.output == "EACCES\n");
  CHECK(server.connections() == 0);
}

TEST_CASE_FIXTURE(NetworkCallsFixture, "numbers of exchanges are a program's own, each for one") {
  SmallServer server(Hello());
  CHECK(Ask({"net.read=[1]", "net.head=[1]", "net.send=[1,true]",
             "net.read=[18446744073709551615]"}) == Times("EBADF", 4));
  CHECK(Ask({"net.close=[1]"}) == "null\n");
  CHECK(Ask({"net.read=[]", "net.read=[-1]", "net.read=[\"1\"]", "net.close=null",
             "net.head={}"}) == Times("EINVAL", 5));
  CHECK(Ask({"net.=[1]", "net.connect=[1]", "Net.open=[1]", "net=[1]"}) ==
        "EBADF\nEBADF\nENOSYS\nENOSYS\n");
  std::string output = Ask({Open(1, server.url()), Open(1, server.url()), "net.connect=[1]",
                            "net.send=[1]", "net.send=[1,1]"});
  CHECK(output.substr(output.find('\n') + 1) == "EEXIST\nENOSYS\nEINVAL\nEINVAL\n");
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "reads before the head, two at once, and sends after the end are errors") {
  SmallServer server([](Connection& connection) {
    std::string head = connection.ReadHead();
    if (Has(head, " /silent ")) return connection.WaitForEnd();
    connection.ReadBody(head);
    connection.Write(Respond("hello"));
  });
  std::string more = R"("follow",true,-1,0)";
  CHECK(Ask({Open(1, server.url("/silent"), "POST", "[]", more), "net.read=[1]"})
            .starts_with("null\nEINVAL\n"));
  std::string output = Ask({Open(1, server.url(), "POST", "[]", more), "net.send=[1,true]",
                            "net.send=[1,true]", "net.send=[1,false]", "net.head=[1]",
                            "net.head=[1]", "net.read=[1]", "net.read=[1]", "net.send=[1,true]"});
  std::string head = R"([200,"OK",")" + server.url() +
                     R"(",false,[["content-length","5"]]])"
                     "\n";
  CHECK(output == "null\nnull\nEINVAL\nEINVAL\n" + head + head + "true\ntrue\nEINVAL\n");
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "ten thousand requests at once end the worker that makes them, and no other") {
  SmallServer silent([](Connection& connection) { connection.WaitForEnd(); });
  SmallServer server(Hello());
  auto hostile = Start({"ready", "run", "flood:" + Open(1, silent.url()), "result", "sleep"});
  std::vector<std::string> words = {"ready", "run"};
  for (int i = 0; i < 50; ++i) words.push_back("ask:" + Open(i, server.url()));
  words.push_back("result");
  Ended good = Wait(Start(words));
  CHECK(good.result.status == RunStatus::kOk);
  CHECK(std::count(good.output.begin(), good.output.end(), '\n') == 50);
  CHECK(!Has(good.output, "\nE"));
  CHECK(Wait(hostile).result.reason == "protocol_error");
}

TEST_CASE_FIXTURE(
    NetworkCallsFixture,
    "a worker that dies, or ends, in the middle of its requests leaves no connection") {
  SmallServer silent([](Connection& connection) { connection.WaitForEnd(); });
  for (std::string end : {"crash", "result"}) {
    for (int i = 0; i < 5; ++i) {
      Wait(Start({"ready", "run", "late:" + Open(1, silent.url()), "late:" + Open(2, silent.url()),
                  "sleep_little", end}));
    }
  }
  CHECK(silent.connections() == 20);
}

TEST_CASE_FIXTURE(NetworkCallsFixture,
                  "a request after the result, or before the program, is not made") {
  SmallServer server(Hello());
  CHECK(Wait(Start({"ready", "run", "result", "late:" + Open(1, server.url()), "sleep"}))
            .result.status == RunStatus::kOk);
  auto booting = Start({"late:" + Open(1, server.url()), "ready", "run", "result"});
  Event event;
  while ((event = booting->events().Pop()).kind != Event::Kind::kEnd) {
  }
  CHECK(!event.result);
  CHECK(server.connections() == 0);
}

}  // namespace v8py
