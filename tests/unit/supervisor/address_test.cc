#include "supervisor/permission/address.h"

#include <doctest/doctest.h>
#include <netinet/in.h>

#include <tuple>

namespace v8py {

namespace {

std::string_view Special(const std::string& text) {
  auto address = Address::Parse(text);
  REQUIRE_MESSAGE(address, text);
  return address->Special();
}

}  // namespace

TEST_CASE("addresses are read in their usual notation, and shown in it") {
  for (auto [text, shown] : {std::pair{"10.0.0.1", "10.0.0.1"},
                             {"255.255.255.255", "255.255.255.255"},
                             {"::1", "::1"},
                             {"[::1]", "::1"},
                             {"2001:DB8::0:1", "2001:db8::1"},
                             {"::ffff:10.0.0.1", "10.0.0.1"},
                             {"::FFFF:a00:1", "10.0.0.1"}}) {
    auto address = Address::Parse(text);
    REQUIRE_MESSAGE(address, text);
    CHECK(address->Text() == shown);
  }
}

TEST_CASE("other notations, in which somebody else may see an address, are none") {
  for (std::string text :
       {"", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "127.0.0.1.", " 127.0.0.1",
        "127.0.0.1 ", "127.0.0.256", "127.0.0", "127.0.0.1:80", "[::1", "::1]", "[[::1]]", "::g",
        "fe80::1%eth0", "1:2:3:4:5:6:7", "localhost", "*"}) {
    CHECK_MESSAGE(!Address::Parse(text), text);
  }
  CHECK(!Address::Parse(std::string_view("127.0.0.1\0.example.com", 22)));
}

TEST_CASE("special ranges begin and end where IANA's registries say") {
  // The last before, the first, the last and the first after; "": another special range is there.
  for (auto [before, first, last, after] :
       std::initializer_list<std::tuple<const char*, const char*, const char*, const char*>>{
           {"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
           {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
           {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
           {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
           {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
           {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
           {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
           {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
           {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
           {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
           {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
           {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
           {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
           {"223.255.255.255", "224.0.0.0", "255.255.255.255", ""},
           {"", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
           {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
           {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
           {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
           {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
           {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""}}) {
    CHECK_MESSAGE((!*before || Special(before) == ""), before);
    CHECK_MESSAGE(Special(first) != "", first);
    CHECK_MESSAGE(Special(last) != "", last);
    CHECK_MESSAGE((!*after || Special(after) == ""), after);
  }
}

TEST_CASE("an address that holds another is not public, but mapped IPv4 is what it maps") {
  for (std::string text : {"64:ff9b::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:808:808::1",
                           "2002:7f00:1::", "2001:0:808:808::1", "::8.8.8.8", "::ffff:0:8.8.8.8",
                           "100::1", "5f00::1", "fec0::1"}) {
    CHECK_MESSAGE(Special(text) != "", text);
  }
  CHECK(Special("::ffff:8.8.8.8") == "");
  CHECK(Special("::ffff:127.0.0.1") == "a loopback address");
  CHECK(Address::Parse("::ffff:127.0.0.1") == Address::Parse("127.0.0.1"));
}

TEST_CASE("internal are the addresses of this machine and of networks that not all can reach") {
  for (std::string text :
       {"127.0.0.1", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "192.168.0.1",
        "169.254.169.254", "100.64.0.1", "fe80::1", "fd00::1", "fec0::1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::1", "::127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1"}) {
    CHECK_MESSAGE(Address::Parse(text)->is_internal(), text);
  }
  for (std::string text : {"8.8.8.8", "2600::1", "224.0.0.1", "192.0.2.1", "2001:db8::1"}) {
    CHECK_MESSAGE(!Address::Parse(text)->is_internal(), text);
  }
}

TEST_CASE("a network holds its addresses, to the bit, and none of the other family") {
  auto matches = [](const char* address, const char* network, int bits) {
    return Address::Parse(address)->Matches(*Address::Parse(network), bits);
  };
  CHECK(matches("10.1.2.3", "10.1.2.2", 31));
  CHECK(!matches("10.1.2.4", "10.1.2.2", 31));
  CHECK(matches("10.1.2.3", "10.1.2.3", 32));
  CHECK(!matches("10.1.2.3", "10.1.2.2", 32));
  CHECK(matches("200.1.2.3", "10.0.0.0", 0));
  CHECK(!matches("::1", "0.0.0.0", 0));
  CHECK(!matches("10.0.0.1", "::", 0));
  CHECK(matches("fd00::1", "fc00::", 7));
  CHECK(!matches("fe00::1", "fc00::", 7));
  CHECK(matches("::ffff:10.0.0.9", "10.0.0.0", 8));
}

TEST_CASE("an address comes from a socket's, of either family and no other") {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(Address::Of(reinterpret_cast<sockaddr*>(&v4))->Text() == "127.0.0.1");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  CHECK(Address::Of(reinterpret_cast<sockaddr*>(&v6))->is_loopback());
  v6.sin6_family = AF_UNIX;
  CHECK(!Address::Of(reinterpret_cast<sockaddr*>(&v6)));
}

}  // namespace v8py
