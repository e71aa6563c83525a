#include "supervisor/permission/net_rules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <utility>
#include <vector>

namespace v8py {

namespace {

using RuleList = std::vector<std::pair<bool, std::string>>;

NetRules NetRulesOf(const RuleList& list) {
  NetRules rules;
  for (const auto& [allow, pattern] : list) {
    REQUIRE_MESSAGE((allow ? rules.Allow(pattern) : rules.Deny(pattern)).ok(), pattern);
  }
  return rules;
}

NetRules Allowed(const std::string& pattern) { return NetRulesOf({{true, pattern}}); }

// Before the name is resolved, and for this address of it.
bool Reaches(const NetRules& rules, const std::string& host, uint16_t port,
             const std::string& address = "8.8.8.8") {
  auto literal = Address::Parse(host);
  return rules.CheckHost(host, port).allowed &&
         rules.CheckAddress(host, port, literal ? *literal : *Address::Parse(address)).allowed;
}

}  // namespace

TEST_CASE("a name is that host, with a port that port") {
  CHECK(Reaches(Allowed("example.com"), "example.com", 80));
  CHECK(Reaches(Allowed("example.com"), "example.com", 8443));
  CHECK(Reaches(Allowed("example.com:443"), "example.com", 443));
  CHECK(!Reaches(Allowed("example.com:443"), "example.com", 80));
  for (std::string host : {"www.example.com", "example.co", "example.com.evil.org", "xample.com",
                           "notexample.com", "8.8.8.8", ""}) {
    CHECK_MESSAGE(!Reaches(Allowed("example.com"), host, 80), host);
  }
}

TEST_CASE("an asterisk and a dot are the names below a host, and not the host") {
  NetRules rules = Allowed("*.example.com:80");
  CHECK(Reaches(rules, "a.example.com", 80));
  CHECK(Reaches(rules, "a.b.example.com", 80));
  for (std::string host :
       {"example.com", ".example.com", "aexample.com", "a.example.com.evil.org"}) {
    CHECK_MESSAGE(!Reaches(rules, host, 80), host);
  }
  CHECK(!Reaches(rules, "a.example.com", 443));
  CHECK(Reaches(Allowed("*.com"), "example.com", 80));
}

TEST_CASE("an asterisk is every host of the public internet") {
  CHECK(Reaches(Allowed("*"), "example.com", 1));
  CHECK(Reaches(Allowed("*"), "8.8.8.8", 1));
  CHECK(Reaches(Allowed("*:443"), "2600::1", 443));
  CHECK(!Reaches(Allowed("*:443"), "2600::1", 80));
  CHECK(!Reaches(Allowed("*"), "127.0.0.1", 80));
  CHECK(!Reaches(Allowed("*"), "localhost", 80, "127.0.0.1"));
}

TEST_CASE("addresses and networks are what they say, in brackets or not") {
  CHECK(Reaches(Allowed("10.0.0.1"), "10.0.0.1", 80));
  CHECK(!Reaches(Allowed("10.0.0.1"), "10.0.0.2", 80));
  CHECK(Reaches(Allowed("10.0.0.0/8:80"), "10.9.9.9", 80));
  CHECK(!Reaches(Allowed("10.0.0.0/8:80"), "10.9.9.9", 81));
  CHECK(!Reaches(Allowed("10.0.0.0/8"), "11.0.0.0", 80));
  for (std::string pattern : {"::1", "[::1]", "[::1]:80", "::/127", "[::]/127", "[::]/127:80"}) {
    CHECK_MESSAGE(Reaches(Allowed(pattern), "::1", 80), pattern);
    CHECK_MESSAGE(!Reaches(Allowed(pattern), "::2", 80), pattern);
  }
  CHECK(!Reaches(Allowed("[::1]:80"), "::1", 81));
  CHECK(!Reaches(Allowed("[fd00::]/8:443"), "fd00::1", 80));
  CHECK(Reaches(Allowed("::ffff:10.0.0.1"), "10.0.0.1", 80));
  CHECK(Reaches(Allowed("10.0.0.1"), "::ffff:a00:1", 80));
}

TEST_CASE("upper case and a dot at the end are the same host") {
  for (std::string pattern : {"EXAMPLE.com", "example.com.", "Example.Com.:80"}) {
    CHECK_MESSAGE(Reaches(Allowed(pattern), "example.com", 80), pattern);
  }
  CHECK(CanonicalHost("Example.COM.") == "example.com");
  CHECK(CanonicalHost(".") == ".");
}

TEST_CASE("what is no pattern is refused, and the flag is named") {
  for (std::string pattern : {"",
                              "*.",
                              ".",
                              "..",
                              "*.*",
                              "**",
                              "a*",
                              "*a.com",
                              "a.*.com",
                              "example.com:",
                              "example.com:0",
                              ":80",
                              ":65536",
                              "example.com:65536",
                              "example.com:-1",
                              "example.com:+1",
                              "example.com: 1",
                              "example.com:80:80",
                              "example.com:http",
                              "http://example.com",
                              "https://example.com:80/",
                              "example.com/path",
                              "user@example.com",
                              "a b",
                              "a..b",
                              ".a",
                              "-a",
                              "a-",
                              "a.-b",
                              "a%2eb",
                              "ex\xc3\xa4mple.com",
                              "[",
                              "]",
                              "[]",
                              "[]:80",
                              "[::1",
                              "[::1]x",
                              "[::1]:",
                              "[::1]:0",
                              "[example.com]",
                              "[::1]80",
                              "10.0.0.0/33",
                              "10.0.0.0/-1",
                              "10.0.0.0/",
                              "10.0.0.0/x",
                              "10.0.0.0/8/8",
                              "::/129",
                              "[::]/129",
                              "fe80::1%eth0",
                              "/8",
                              "*/8",
                              "example.com/8"}) {
    NetRules rules;
    Status status = rules.Allow(pattern);
    REQUIRE_MESSAGE(!status.ok(), pattern);
    CHECK(status.code() == Code::kCaller);
    CHECK(status.message().find(std::string("--allow-net=") + pattern + ": ") == 0);
    CHECK(rules.Deny(pattern).message().find(std::string("--deny-net=") + pattern + ": ") == 0);
    CHECK(rules.empty());
  }
  CHECK(!NetRules().Allow(std::string(64, 'a') + ".com").ok());
  CHECK(NetRules().Allow(std::string(63, 'a') + ".com").ok());
}

TEST_CASE("an address that is written in part, or in another notation, is no name") {
  for (std::string pattern : {"127.1", "10.0.0", "10", "0x7f000001", "0x7f.1", "2130706433",
                              "10.0.0.256", "010.0.0.1", "*.10.0.0.1", "10.0.0.*", "1.2.3.4.5"}) {
    CHECK_MESSAGE(!NetRules().Deny(pattern).ok(), pattern);
  }
  for (std::string pattern : {"1.example", "10.com", "0x7f.example.com", "a1", "1a"}) {
    CHECK_MESSAGE(NetRules().Deny(pattern).ok(), pattern);
  }
}

TEST_CASE("a name gives no right to an address that is not public, alone or among good ones") {
  for (std::string address : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1",
                              "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"}) {
    NetRules rules = NetRulesOf({{true, "example.com"}, {true, "*"}});
    Decision decision = rules.CheckAddress("example.com", 80, *Address::Parse(address));
    CHECK_MESSAGE(!decision.allowed, address);
    CHECK(decision.why.find("(example.com)") != std::string::npos);
    CHECK(decision.why.find("needs --allow-net=") != std::string::npos);
    rules = NetRulesOf({{true, "example.com"}, {true, address}});
    CHECK_MESSAGE(Reaches(rules, "example.com", 80, address), address);
  }
}

TEST_CASE("localhost, as a name, is one for loopback addresses and for no others") {
  for (std::string address : {"127.0.0.1", "127.9.9.9", "::1"}) {
    CHECK(Reaches(Allowed("localhost"), "localhost", 80, address));
    CHECK(!Reaches(Allowed("localhost:81"), "localhost", 80, address));
    CHECK(!Reaches(Allowed("localhost"), address, 80));
  }
  CHECK(Reaches(Allowed("a.localhost"), "a.localhost", 80, "127.0.0.1"));
  CHECK(!Reaches(Allowed("localhost"), "localhost", 80, "10.0.0.1"));
  CHECK(!Reaches(NetRulesOf({{true, "localhost"}, {true, "example.com"}}), "example.com", 80,
                 "127.0.0.1"));
  CHECK(!Reaches(NetRulesOf({{true, "localhost"}, {false, "127.0.0.0/8"}}), "localhost", 80,
                 "127.0.0.1"));
}

TEST_CASE("a denial of an address holds for every name, and for what else reaches it") {
  NetRules rules = NetRulesOf(
      {{true, "*"}, {true, "0.0.0.0/0"}, {true, "::/0"}, {false, "127.0.0.0/8"}, {false, "::1"}});
  CHECK(!Reaches(rules, "example.com", 80, "127.0.0.1"));
  CHECK(!Reaches(rules, "::ffff:127.0.0.1", 80));
  // Linux takes these for the loopback address.
  CHECK(!Reaches(rules, "0.0.0.0", 80));
  CHECK(!Reaches(rules, "::", 80));
  CHECK(!Reaches(rules, "example.com", 80, "0.0.0.0"));
  CHECK(Reaches(rules, "10.0.0.1", 80));
  CHECK(Reaches(NetRulesOf({{true, "0.0.0.0"}, {false, "127.0.0.1:81"}}), "0.0.0.0", 80));
}

TEST_CASE("a refusal names the flag that would allow it, or the one that denies it") {
  CHECK(NetRules().CheckHost("example.com", 80).why ==
        "a connection to example.com:80 needs --allow-net=example.com:80");
  CHECK(NetRules().CheckHost("::1", 80).why ==
        "a connection to [::1]:80 needs --allow-net=[::1]:80");
  Decision decision =
      NetRulesOf({{true, "*"}, {false, "*.example.com"}}).CheckHost("a.example.com", 80);
  CHECK(decision.rule == "--deny-net=*.example.com");
  CHECK(decision.why == "a connection to a.example.com:80 is denied by --deny-net=*.example.com");
  CHECK(Allowed("example.com").CheckHost("example.com", 80).rule == "--allow-net=example.com");
}

namespace {

struct Random {
  std::mt19937 engine{20260101};
  size_t Below(size_t n) { return engine() % n; }
  const char* Pick(std::initializer_list<const char*> of) { return of.begin()[Below(of.size())]; }
  std::string Pattern() {
    std::string host = Pick({"a.com", "b.a.com", "*.a.com", "*.com", "*", "localhost", "10.0.0.1",
                             "10.0.0.0/8", "8.8.8.8", "8.0.0.0/5", "[::1]", "[fd00::]/8",
                             "[2600::]/12", "127.0.0.1", "0.0.0.0/0"});
    return Below(2) ? host : host + Pick({":80", ":443"});
  }
  RuleList Some() {
    RuleList list(Below(6));
    for (auto& [allow, pattern] : list) allow = Below(3) != 0, pattern = Pattern();
    return list;
  }
};

struct Target {
  const char *host, *address;
};
constexpr Target kTargets[] = {
    {"a.com", "8.8.8.8"}, {"b.a.com", "127.0.0.1"}, {"c.com", "2600::1"},
    {"localhost", "::1"}, {"10.0.0.1", ""},         {"8.8.8.8", ""},
    {"::1", ""},          {"fd00::1", ""},          {"d.org", "10.0.0.1"}};

}  // namespace

TEST_CASE(
    "of any rules: a denial wins, in any order; more allowed is never less, more denied never "
    "more") {
  Random random;
  int reached = 0, held = 0;
  for (int i = 0; i < 3000; ++i) {
    RuleList list = random.Some();
    RuleList more_allowed = list, more_denied = list, shuffled = list;
    more_allowed.insert(more_allowed.begin() + static_cast<long>(random.Below(list.size() + 1)),
                        {true, random.Pattern()});
    std::string denied = random.Pattern();
    more_denied.insert(more_denied.begin() + static_cast<long>(random.Below(list.size() + 1)),
                       {false, denied});
    std::shuffle(shuffled.begin(), shuffled.end(), random.engine);
    NetRules rules = NetRulesOf(list), with = NetRulesOf(more_allowed),
             without = NetRulesOf(more_denied), other = NetRulesOf(shuffled);
    NetRules only = NetRulesOf({{true, denied}});
    for (auto [host, address] : kTargets) {
      uint16_t port = random.Below(2) ? 80 : 443;
      std::string where = std::string(host) + " " + std::to_string(i);
      bool reaches = Reaches(rules, host, port, address);
      reached += reaches;
      CHECK_MESSAGE(Reaches(other, host, port, address) == reaches, where);
      if (reaches) CHECK_MESSAGE(Reaches(with, host, port, address), where);
      if (!reaches) CHECK_MESSAGE(!Reaches(without, host, port, address), where);
      // What the denied pattern alone would allow is refused.
      if (Reaches(only, host, port, address))
        CHECK_MESSAGE((++held, !Reaches(without, host, port, address)), where);
    }
  }
  CHECK(reached > 1000);
  CHECK(held > 1000);
}

TEST_CASE("of any rules: the other spellings of each mean the same") {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    RuleList list = random.Some(), spelt = list;
    for (auto& [allow, pattern] : spelt) {
      for (char& c : pattern) c = random.Below(2) ? static_cast<char>(toupper(c)) : c;
      size_t com = CanonicalHost(pattern).find("com");
      if (com != std::string::npos && random.Below(2)) pattern.insert(com + 3, ".");
    }
    NetRules rules = NetRulesOf(list), same = NetRulesOf(spelt);
    for (auto [host, address] : kTargets) {
      CHECK(Reaches(rules, host, 80, address) == Reaches(same, host, 80, address));
    }
  }
}

TEST_CASE("a hundred thousand rules are all kept to") {
  NetRules rules;
  for (int i = 0; i < 100'000; ++i) {
    REQUIRE(rules.Deny("host-" + std::to_string(i) + ".example.com").ok());
  }
  REQUIRE(rules.Allow("*").ok());
  for (int i = 0; i < 100'000; i += 997) {
    CHECK(!Reaches(rules, "host-" + std::to_string(i) + ".example.com", 80));
  }
  CHECK(Reaches(rules, "host-100000.example.com", 80));
}

}  // namespace v8py
