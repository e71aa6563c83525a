// URLs as an attacker writes them, and the operator's proxy for what is left.
#include "supervisor/network/url.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "supervisor/network/proxy.h"

namespace v8py {

namespace {

const Curl& Library() {
  auto curl = Curl::Load();
  REQUIRE(curl);
  return **curl;
}

// "host:port"; "" for what is no URL.
std::string Target(const std::string& text) {
  auto url = Url::Parse(Library(), text);
  if (url) return url->host() + ":" + std::to_string(url->port());
  CHECK(url.error().code() == Code::kGuest);
  return "";
}

// The variables of one test, and none of the machine's.
struct Variables {
  Variables(std::initializer_list<std::pair<const char*, const char*>> list) {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY",
                             "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}) {
      if (const char* value = getenv(name)) before.emplace_back(name, value);
      unsetenv(name);
    }
    for (auto [name, value] : list) setenv(name, value, 1), set.push_back(name);
  }
  ~Variables() {
    for (const char* name : set) unsetenv(name);
    for (const auto& [name, value] : before) setenv(name.c_str(), value.c_str(), 1);
  }
  std::vector<const char*> set;
  std::vector<std::pair<std::string, std::string>> before;
};

std::string Proxy(const std::string& text) { return ProxyFor(*Url::Parse(Library(), text)); }

}  // namespace

TEST_CASE("a URL's host and port are those that a connection would go to") {
  CHECK(Target("http://example.com/a?b#c") == "example.com:80");
  CHECK(Target("https://EXAMPLE.com.") == "example.com:443");
  CHECK(Target("http://example.com:65535/") == "example.com:65535");
  CHECK(Target("http://[::1]:8080/") == "::1:8080");
  CHECK(Target("http://allowed#@evil/") == "allowed:80");
  CHECK(Target("http://allowed/@evil") == "allowed:80");
  CHECK(Target("http://allowed?@evil") == "allowed:80");
  CHECK(Target("http://allowed%2eevil/") == "allowed.evil:80");
  CHECK(Target("http://allowed.evil.com/") == "allowed.evil.com:80");
}

TEST_CASE("IPv4 in odd notations is the address that it means") {
  for (std::string host : {"127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001",
                           "127.0.0.1.", "%31%32%37.0.0.1", "017700000001"}) {
    CHECK_MESSAGE(Target("http://" + host + "/") == "127.0.0.1:80", host);
  }
}

TEST_CASE("what is not plainly a URL of http or https is refused") {
  for (std::string text : {"",
                           "/",
                           "x",
                           "//example.com",
                           "http:",
                           "http://",
                           "http:///",
                           "http://?x",
                           "http://:80/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:-1/",
                           "http://a:8 0/",
                           "http://a:80:80/",
                           "http://user@a/",
                           "http://user:password@a/",
                           "http://@a/",
                           "http://allowed@evil/",
                           "http://a\\b/",
                           "http://allowed\\@evil/",
                           "http:\\\\a/",
                           "http://a\tb/",
                           "http://a/\r\nX: y",
                           "http://a\r\n/",
                           "http://a b/",
                           " http://a/",
                           "http://a/ ",
                           "http://a/\x7f",
                           "http://\xc3\xa4/",
                           "http://a/\xc3\xa4",
                           "http://a/\"",
                           "http://a/<b>",
                           "ftp://a/",
                           "file:///etc/passwd",
                           "file://a/",
                           "gopher://a/",
                           "javascript:1",
                           "data:,x",
                           "ws://a/",
                           "http://[::1/",
                           "http://::1/",
                           "http://[::g]/",
                           "http://a%00b/",
                           "http://a%0ab/",
                           "http://a%2fb/",
                           "http://a%40b/",
                           "http://a%23b/",
                           "http://a%3a80/"}) {
    CHECK_MESSAGE(Target(text) == "", text);
  }
}

TEST_CASE("a host that a resolver would map to another is refused") {
  // Percent-decoded: U+3002 and U+FF0E for dots, U+FF45 for "e", a name that needs IDNA, not UTF-8.
  for (std::string host : {"evil%E3%80%82com", "evil%EF%BC%8Ecom", "%EF%BD%85vil.com",
                           "ex%C3%A4mple.com", "a%FFb.com", "a%80"}) {
    CHECK_MESSAGE(Target("http://" + host + "/") == "", host);
  }
  CHECK(Target("http://xn--exmple-cua.com/") == "xn--exmple-cua.com:80");
}

TEST_CASE("a zone id chooses no network") {
  CHECK(Target("http://[fe80::1%25lo]/") == "");
  CHECK(Target("http://[fe80::1]/") == "fe80::1:80");
}

TEST_CASE("a URL may be long, to a limit") {
  CHECK(Target("http://a/" + std::string(60'000, 'x')) == "a:80");
  CHECK(Target("http://a/" + std::string(70'000, 'x')) == "");
}

TEST_CASE("where a redirect leads is parsed as strictly") {
  auto url = *Url::Parse(Library(), "http://a/b/c?d");
  auto next = [&](const std::string& location) {
    auto resolved = url.Resolve(location);
    return resolved ? resolved->Text() : "";
  };
  CHECK(next("e") == "http://a/b/e");
  CHECK(next("/e") == "http://a/e");
  CHECK(next("?e") == "http://a/b/c?e");
  CHECK(next("//evil/e") == "http://evil/e");
  CHECK(next("https://evil:1/") == "https://evil:1/");
  CHECK(next("e f") == "http://a/b/e%20f");
  for (std::string location :
       {"http://user@evil/", "file:///etc/passwd", "ftp://evil/", "http://a:0/",
        "http://evil%E3%80%82com/", "//\\evil", "gopher://evil/", "http://"}) {
    CHECK_MESSAGE(next(location) == "", location);
  }
}

TEST_CASE("the origin is scheme, host and port") {
  auto same = [](const char* a, const char* b) {
    return Url::Parse(Library(), a)->SameOrigin(*Url::Parse(Library(), b));
  };
  CHECK(same("http://a/", "http://A:80/x"));
  CHECK(!same("http://a/", "https://a/"));
  CHECK(!same("http://a/", "http://a:81/"));
  CHECK(!same("http://a/", "http://b/"));
}

TEST_CASE("the operator's variables choose the proxy, by scheme") {
  Variables variables({{"http_proxy", "http://p:1"}, {"HTTPS_PROXY", "http://q:2"}});
  CHECK(Proxy("http://a/") == "http://p:1");
  CHECK(Proxy("https://a/") == "http://q:2");
}

TEST_CASE("all_proxy is for what has none, small letters win, HTTP_PROXY is not asked") {
  Variables variables(
      {{"ALL_PROXY", "x"}, {"HTTP_PROXY", "no"}, {"https_proxy", "s"}, {"HTTPS_PROXY", "no"}});
  CHECK(Proxy("http://a/") == "x");
  CHECK(Proxy("https://a/") == "s");
}

TEST_CASE("no_proxy exempts hosts and what is below them, and not what only ends so") {
  Variables variables({{"http_proxy", "p"}, {"no_proxy", "a.com, .B.com,10.0.0.1,[::1] c."}});
  for (std::string url : {"http://a.com/", "http://x.a.com/", "http://b.com:81/",
                          "http://10.0.0.1/", "http://[::1]/", "http://c/"}) {
    CHECK_MESSAGE(Proxy(url) == "", url);
  }
  for (std::string url :
       {"http://xa.com/", "http://a.com.evil/", "http://10.0.0.2/", "http://com/"}) {
    CHECK_MESSAGE(Proxy(url) == "p", url);
  }
}

TEST_CASE("an asterisk in no_proxy is for all, and no variables are no proxy") {
  {
    Variables variables({{"http_proxy", "p"}, {"NO_PROXY", "*"}});
    CHECK(Proxy("http://a/") == "");
  }
  Variables variables({});
  CHECK(Proxy("http://a/") == "");
}

}  // namespace v8py
