#include "supervisor/permission/name_rules.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace v8py {

namespace {

NameRules Rules(const std::vector<std::pair<bool, const char*>>& list) {
  NameRules rules("env");
  for (auto [allow, pattern] : list) REQUIRE(rules.Add(allow, pattern).ok());
  return rules;
}

}  // namespace

TEST_CASE("a name, a beginning and an asterisk match what they say and no more") {
  NameRules rules = Rules({{true, "HOME"}, {true, "AWS_*"}});
  CHECK(rules.Check("HOME").allowed);
  CHECK(rules.Check("HOME").rule == "--allow-env=HOME");
  CHECK(rules.Check("AWS_").allowed);
  CHECK(rules.Check("AWS_KEY").rule == "--allow-env=AWS_*");
  for (const char* name : {"HOM", "HOMES", "home", "AWS", "XAWS_KEY", ""}) {
    CHECK_MESSAGE(!rules.Check(name).allowed, name);
  }
  CHECK(Rules({{true, "*"}}).Check("ANYTHING").allowed);
}

TEST_CASE("what no rule is for is refused, with the flag that would allow it") {
  NameRules none("env");
  CHECK(none.empty());
  Decision decision = none.Check("TOKEN");
  CHECK(!decision.allowed);
  CHECK(decision.rule == "");
  CHECK(decision.why == "'TOKEN' needs --allow-env=TOKEN");
}

TEST_CASE("a denial of a name wins, in any order and however general it is") {
  for (const auto& list : {std::vector<std::pair<bool, const char*>>{{true, "A*"}, {false, "AB"}},
                           {{false, "AB"}, {true, "A*"}},
                           {{true, "AB"}, {false, "*"}},
                           {{false, "A*"}, {true, "AB"}, {true, "*"}}}) {
    Decision decision = Rules(list).Check("AB");
    CHECK(!decision.allowed);
    CHECK(decision.why.find("'AB' is denied by --deny-env=") == 0);
  }
  CHECK(Rules({{true, "A*"}, {false, "AB"}}).Check("AC").allowed);
}

TEST_CASE("an asterisk elsewhere than at the end, and an empty pattern, are refused") {
  for (const char* pattern : {"", "*A", "A*B", "**", "A**"}) {
    NameRules rules("env");
    Status status = rules.Add(true, pattern);
    REQUIRE_MESSAGE(!status.ok(), pattern);
    CHECK(status.code() == Code::kCaller);
    CHECK(status.message().find("--allow-env=") == 0);
    CHECK(rules.empty());
  }
}

TEST_CASE("of this process's environment a program gets what the rules allow") {
  setenv("V8PY_NAMES_A", "a=b", 1);
  setenv("V8PY_NAMES_B", "", 1);
  auto allowed = AllowedEnvironment(Rules({{true, "V8PY_NAMES_*"}, {false, "V8PY_NAMES_B"}}));
  REQUIRE(allowed.size() == 1);
  CHECK(allowed[0] == std::pair<std::string, std::string>("V8PY_NAMES_A", "a=b"));
  CHECK(AllowedEnvironment(NameRules("env")).empty());
  CHECK(AllowedEnvironment(Rules({{true, "*"}, {false, "*"}})).empty());
  unsetenv("V8PY_NAMES_A");
  unsetenv("V8PY_NAMES_B");
}

}  // namespace v8py
