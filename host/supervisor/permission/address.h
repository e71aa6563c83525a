// An internet address, and whether it is one of the public internet.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace v8py {

class Address {
 public:
  // "10.0.0.1", "::1", "[::1]". Nothing for what is not an address in its usual notation.
  static std::optional<Address> Parse(std::string_view text);
  // Nothing for another family.
  static std::optional<Address> Of(const sockaddr* address);

  bool is_v4() const;
  std::string Text() const;
  // What the address is for when it is not one of the public internet: "a loopback address", "a
  // private address", … (IANA's registries of special-purpose addresses); "" when it is. One that
  // holds another address (mapped, translated, tunnelled) is never public but as plain IPv4.
  std::string_view Special() const;
  bool is_loopback() const;
  // Whether it is of this machine, or of a network that only some can reach: a part of Special().
  bool is_internal() const;
  // Whom a connection to it reaches: 0.0.0.0 and :: are this host's loopback addresses to Linux.
  Address Reached() const;

  // Whether the first `bits` are those of `other`: of 32 for IPv4, of 128 for IPv6.
  bool Matches(const Address& other, int bits) const;
  bool operator==(const Address& other) const { return bytes_ == other.bytes_; }

 private:
  // IPv4 as ::ffff:a.b.c.d.
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace v8py
