// Which hosts a program may reach: the rules of --allow-net and --deny-net.
//   HOST[:PORT]        that host by name; without a port any
//   *.HOST[:PORT]      every name below it, not the host itself
//   ADDRESS[:PORT]     "10.0.0.1", "[::1]:80"; also a network: "10.0.0.0/8", "[fd00::]/8"
//   *                  every host
// A name gives no right to addresses that are not of the public internet, whatever it resolves to:
// those need a rule of their own (localhost, as a name, is one for loopback addresses). A denial
// wins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "supervisor/permission/address.h"
#include "supervisor/permission/decision.h"

namespace v8py {

class NetRules {
 public:
  // kCaller for what is no pattern of these, naming the flag.
  Status Allow(std::string_view pattern) { return Add(true, pattern); }
  Status Deny(std::string_view pattern) { return Add(false, pattern); }

  bool empty() const { return rules_.empty(); }
  // Before a name is resolved. `host`: as in a URL, in lower case, or an address.
  Decision CheckHost(std::string_view host, uint16_t port) const;
  // Before a connection to one of its addresses.
  Decision CheckAddress(std::string_view host, uint16_t port, const Address& address) const;

 private:
  struct Rule {
    bool allow;
    std::string text;    // of the flag
    std::string name;    // "": a rule for addresses, or for all
    bool below = false;  // names below `name`
    std::optional<Address> address;
    int bits = 0;       // of the address that count
    uint16_t port = 0;  // 0: any
  };

  Status Add(bool allow, std::string_view pattern);
  static bool MatchesName(const Rule& rule, std::string_view host);
  static bool MatchesAddress(const Rule& rule, const Address& address);

  std::vector<Rule> rules_;
};

// "example.com" of "Example.COM.".
std::string CanonicalHost(std::string_view host);

}  // namespace v8py
