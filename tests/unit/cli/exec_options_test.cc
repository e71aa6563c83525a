#include "cli/exec_options.h"

#include <doctest/doctest.h>

#include "include/v8py.h"

namespace v8py {

using Source = ExecOptions::Source;

TEST_CASE("a file ends the options: the rest is the program's") {
  auto options = ParseExecOptions({"--timeout", "5s", "a.py", "--timeout", "x", "-c"}).value();
  CHECK(options.source == Source::kFile);
  CHECK(options.program == "a.py");
  CHECK(options.wall_ms == 5000);
  CHECK(options.arguments == std::vector<std::string>{"--timeout", "x", "-c"});
}

TEST_CASE("options may follow -c CODE; what is not ours is the program's") {
  auto options = ParseExecOptions({"-c", "code", "--cpu=1s", "a", "--memory", "x"}).value();
  CHECK(options.source == Source::kCode);
  CHECK(options.cpu_ms == 1000);
  CHECK(options.arguments == std::vector<std::string>{"a", "--memory", "x"});
  CHECK(ParseExecOptions({"-c", "code", "--verbose"}).value().arguments.size() == 1);
  CHECK(ParseExecOptions({"-c", "code", "--", "--cpu"}).value().arguments.size() == 1);
  CHECK(ParseExecOptions({"-c", "code", "--timeuot", "1s"}).error().message().find("'--timeout'") !=
        std::string::npos);
}

TEST_CASE("-m MODULE ends the options") {
  auto options = ParseExecOptions({"-m", "json.tool", "--indent", "2"}).value();
  CHECK(options.source == Source::kModule);
  CHECK(options.arguments.size() == 2);
}

TEST_CASE("a minus is standard input, with arguments") {
  auto options = ParseExecOptions({"-", "a"}).value();
  CHECK(options.source == Source::kStandardInput);
  CHECK(options.arguments == std::vector<std::string>{"a"});
}

TEST_CASE("a limit of none is said by its name") {
  CHECK(ParseExecOptions({"--timeout", "none", "-c", ""}).value().wall_ms == V8PY_UNLIMITED);
  CHECK(!ParseExecOptions({"-c", ""}).value().wall_ms);
}

TEST_CASE("variables are set, copied, or refused") {
  setenv("V8PY_TEST_VARIABLE", "here", 1);
  auto options =
      ParseExecOptions({"--env", "A=b=c", "--env", "V8PY_TEST_VARIABLE", "-c", ""}).value();
  CHECK(options.environment[0] == std::pair<std::string, std::string>("A", "b=c"));
  CHECK(options.environment[1].second == "here");
  CHECK(!ParseExecOptions({"--env", "V8PY_NOT_SET_ANYWHERE", "-c", ""}));
  CHECK(!ParseExecOptions({"--env", "=x", "-c", ""}));
}

}  // namespace v8py
