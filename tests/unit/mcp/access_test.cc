#include "mcp/http/access.h"

#include <doctest/doctest.h>

namespace v8py::mcp {

namespace {

constexpr const char* kToken = "0123456789abcdef";

int StatusOf(const std::optional<HttpRefusal>& refusal) { return refusal ? refusal->status : 200; }

}  // namespace

TEST_CASE("only names of this machine are loopback") {
  for (const char* host : {"localhost", "LocalHost:3001", "127.0.0.1", "127.0.0.1:3001",
                           "127.255.0.9", "[::1]", "[::1]:80"}) {
    CAPTURE(host);
    CHECK(IsLoopback(host));
  }
  for (const char* host :
       {"", ":80", "evil.example", "localhost.evil.example", "evil.example:127", "127.0.0.1.nip.io",
        "127.1", "0.0.0.0", "128.0.0.1", "[::2]", "[::1", "[::1]x", "::1", "[]", "localhost ",
        "2130706433", "localhost:80@evil.example", "[::1]:80@evil.example", "localhost:8x"}) {
    CAPTURE(host);
    CHECK_FALSE(IsLoopback(host));
  }
}

TEST_CASE("a page whose name stands for this machine is refused, this machine is not") {
  HttpAccess access;
  CHECK(StatusOf(access.Check("evil.example:3001", {}, {})) == 403);
  CHECK(StatusOf(access.Check({}, {}, {})) == 403);
  CHECK(StatusOf(access.Check("localhost:3001", {}, {})) == 200);
}

TEST_CASE("a page asks if it is this machine's, or was allowed") {
  HttpAccess access;
  for (const char* origin : {"https://evil.example", "null", "", "localhost",
                             "http://localhost.evil.example", "http://localhost:80@evil.example"}) {
    CAPTURE(origin);
    CHECK(StatusOf(access.Check("localhost", origin, {})) == 403);
  }
  CHECK(StatusOf(access.Check("localhost", "http://localhost:6274", {})) == 200);
  access.origins = {"https://evil.example"};
  CHECK(StatusOf(access.Check("localhost", "https://evil.example", {})) == 200);
  CHECK(StatusOf(access.Check("localhost", "https://evil.example.org", {})) == 403);
  CHECK(StatusOf(access.Check("localhost", "http://evil.example", {})) == 403);
}

TEST_CASE("a server for others does not take pages of the machine it is on") {
  HttpAccess access{.loopback = false, .token = kToken, .origins = {}};
  std::string bearer = std::string("Bearer ") + kToken;
  CHECK(StatusOf(access.Check("server.example", "http://localhost", bearer)) == 403);
  CHECK(StatusOf(access.Check("server.example", {}, bearer)) == 200);
}

TEST_CASE("the token is the whole token, and nothing but the token") {
  HttpAccess access{.loopback = false, .token = kToken, .origins = {}};
  for (const char* given :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
        "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0123456789abcdef",
        "Bearer  0123456789abcdef", "Basic 0123456789abcdef", "0123456789abcdef"}) {
    CAPTURE(given);
    CHECK(StatusOf(access.Check("any.example", {}, given)) == 401);
  }
  CHECK(StatusOf(access.Check("any.example", {}, {})) == 401);
  for (const char* given : {"Bearer 0123456789abcdef", "bearer 0123456789abcdef"}) {
    CHECK(StatusOf(access.Check("any.example", {}, given)) == 200);
  }
}

TEST_CASE("a refusal does not say the token") {
  HttpAccess access{.loopback = false, .token = kToken, .origins = {}};
  auto refusal = access.Check("any.example", {}, "Bearer wrong");
  REQUIRE(refusal);
  CHECK(refusal->text.find(kToken) == std::string::npos);
}

}  // namespace v8py::mcp
