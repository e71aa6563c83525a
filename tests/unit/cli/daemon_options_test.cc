#include "cli/daemon_options.h"

#include <doctest/doctest.h>

#include "include/v8py.h"

namespace v8py {

using Action = DaemonOptions::Action;

namespace {

std::string Refusal(std::vector<std::string_view> words) {
  auto options = ParseDaemonOptions(std::move(words));
  return options ? "" : options.error().message();
}

}  // namespace

TEST_CASE("each action of the daemon has its own options") {
  auto start =
      ParseDaemonOptions({"start", "--guests", "7", "--idle-timeout=none", "--foreground"});
  REQUIRE(start);
  CHECK(start->action == Action::kStart);
  CHECK(start->guests == 7);
  CHECK(start->idle_ms == V8PY_UNLIMITED);
  CHECK(start->foreground);
  CHECK(ParseDaemonOptions({"stop", "--now"}).value().now);
  CHECK(ParseDaemonOptions({"status", "--json"}).value().json);
  CHECK(ParseDaemonOptions({"status", "--help"}).value().action == Action::kHelp);
  CHECK(Refusal({"stop", "--json"}) == "unknown option '--json'; see --help");
  CHECK(Refusal({"status", "now"}) == "'v8py daemon status' takes options only, not 'now'");
}

TEST_CASE("what makes no sense to the daemon is refused with what would") {
  CHECK(Refusal({}) == "'v8py daemon' wants one of start, stop, status");
  CHECK(Refusal({"strat"}).find("did you mean 'start'?") != std::string::npos);
  for (std::string_view guests : {"0", "-1", "1001", "2.5", "many", "", "99999999999999999999"}) {
    CHECK(Refusal({"start", "--guests", guests}).find("no number from 1 to 1000") !=
          std::string::npos);
  }
  CHECK(ParseDaemonOptions({"start", "--guests", "1"}).value().guests == 1);
  CHECK(ParseDaemonOptions({"start", "--guests", "1000"}).value().guests == 1000);
  CHECK(!Refusal({"start", "--idle-timeout", "0"}).empty());
  CHECK(!Refusal({"start", "--guests"}).empty());
}

}  // namespace v8py
