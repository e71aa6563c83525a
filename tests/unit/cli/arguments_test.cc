#include "cli/arguments.h"

#include <doctest/doctest.h>

#include "base/nearest.h"

namespace v8py {

TEST_CASE("the nearest word is found, and none when all are far") {
  std::vector<std::string_view> known = {"--timeout", "--memory", "--json"};
  CHECK(Nearest("--timuot", known) == "--timeout");
  CHECK(Nearest("--memroy", known) == "--memory");
  CHECK(Nearest("--xyzzy-frobnicate", known) == "");
}

TEST_CASE("values may stand apart, behind = and, for short options, attached") {
  std::string long_value, short_value;
  int flags = 0;
  std::vector<OptionSpec> table = {
      {"--long", "V", "", [&](std::string_view v) { return long_value = v, Ok(); }},
      {"-s", "V", "", [&](std::string_view v) { return short_value = v, Ok(); }},
      {"--flag", "", "", [&](std::string_view) { return ++flags, Ok(); }}};
  ArgumentReader reader({"--long", "a", "--flag", "-sb", "--long=c=d", "rest", "--flag"});
  REQUIRE(reader.ReadOptions(table).ok());
  CHECK(long_value == "c=d");
  CHECK(short_value == "b");
  CHECK(flags == 1);
  CHECK(reader.rest() == std::vector<std::string_view>{"rest", "--flag"});
}

TEST_CASE("an option that means something alone leaves the next word to others") {
  std::vector<std::string> values;
  std::vector<OptionSpec> table = {
      {"--allow", "V", "", [&](std::string_view v) { return values.emplace_back(v), Ok(); },
       "everything"}};
  ArgumentReader reader({"--allow=a", "--allow", "--allow=", "program"});
  REQUIRE(reader.ReadOptions(table).ok());
  CHECK(values == std::vector<std::string>{"a", "everything", ""});
  CHECK(reader.rest() == std::vector<std::string_view>{"program"});
}

TEST_CASE("a missing value, a value too many and an unknown option are errors that say so") {
  std::vector<OptionSpec> table = {{"--name", "NAME", "", [](std::string_view) { return Ok(); }},
                                   {"--flag", "", "", [](std::string_view) { return Ok(); }}};
  CHECK(ArgumentReader({"--name"}).ReadOptions(table).message() ==
        "--name needs a value: --name NAME");
  CHECK(ArgumentReader({"--flag=1"}).ReadOptions(table).message() == "--flag takes no value");
  CHECK(ArgumentReader({"--nmae"}).ReadOptions(table).message() ==
        "unknown option '--nmae'; did you mean '--name'?");
}

}  // namespace v8py
