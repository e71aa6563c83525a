#include "base/status.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "base/log.h"

namespace v8py {

TEST_CASE("context goes before the message, outermost first") {
  Status status = WorldError("no such file").While("loading numpy").While("request 7");
  CHECK(status.message() == "request 7: loading numpy: no such file");
  CHECK(status.code() == Code::kWorld);
  CHECK(Ok().While("anything").ok());
}

TEST_CASE("an errno value becomes its text") {
  CHECK(ErrnoError("open /x", ENOENT).message() == "open /x: No such file or directory");
}

TEST_CASE("log levels are chosen by topic, and a bad specification changes nothing") {
  REQUIRE(ConfigureLog("error,worker=debug").ok());
  CHECK(LogEnabled("worker", LogLevel::kDebug));
  CHECK(!LogEnabled("worker", LogLevel::kTrace));
  CHECK(!LogEnabled("supervisor", LogLevel::kWarn));
  CHECK(!ConfigureLog("worker=loud").ok());
  CHECK(LogEnabled("worker", LogLevel::kDebug));
  REQUIRE(ConfigureLog("").ok());
  CHECK(LogEnabled("supervisor", LogLevel::kWarn));
}

}  // namespace v8py
