#include "supervisor/permission/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace v8py {

namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Range {
  const char* first;
  int bits;
  const char* what;
  bool internal = false;
};

constexpr Range kSpecial4[] = {
    {"127.0.0.0", 8, "a loopback address", true},
    {"10.0.0.0", 8, "a private address", true},
    {"172.16.0.0", 12, "a private address", true},
    {"192.168.0.0", 16, "a private address", true},
    {"169.254.0.0", 16, "a link-local address, where clouds keep their metadata", true},
    {"100.64.0.0", 10, "an address of a carrier's network", true},
    {"0.0.0.0", 8, "an address of this host", true},
    {"192.0.0.0", 24, "a reserved address"},
    {"192.0.2.0", 24, "an address for documentation"},
    {"198.51.100.0", 24, "an address for documentation"},
    {"203.0.113.0", 24, "an address for documentation"},
    {"192.88.99.0", 24, "a reserved address"},
    {"198.18.0.0", 15, "an address for benchmarks"},
    {"224.0.0.0", 4, "a multicast address"},
    {"240.0.0.0", 4, "a reserved address"},
};

constexpr Range kSpecial6[] = {
    {"::1", 128, "a loopback address", true},
    {"::", 96, "an address of this host", true},
    {"fe80::", 10, "a link-local address", true},
    {"fc00::", 7, "a private address", true},
    {"fec0::", 10, "a private address", true},
    {"ff00::", 8, "a multicast address"},
    {"64:ff9b::", 96, "an address of a translator"},  // internal if what it holds is
    {"64:ff9b:1::", 48, "an address of a translator", true},
    {"2001::", 23, "a reserved address"},
    {"2001:db8::", 32, "an address for documentation"},
    {"2002::", 16, "an address of a tunnel", true},
    {"3fff::", 20, "an address for documentation"},
};

const Range* FindSpecial(const Address& address) {
  auto find = [&](const auto& ranges) {
    auto found = std::find_if(std::begin(ranges), std::end(ranges), [&](const Range& range) {
      return address.Matches(*Address::Parse(range.first), range.bits);
    });
    return found == std::end(ranges) ? nullptr : &*found;
  };
  return address.is_v4() ? find(kSpecial4) : find(kSpecial6);
}

}  // namespace

std::optional<Address> Address::Parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::string zeroed(text);
  Address address;
  if (inet_pton(AF_INET6, zeroed.c_str(), address.bytes_.data()) == 1) return address;
  std::copy(std::begin(kMapped), std::end(kMapped), address.bytes_.begin());
  if (inet_pton(AF_INET, zeroed.c_str(), address.bytes_.data() + 12) == 1) return address;
  return std::nullopt;
}

std::optional<Address> Address::Of(const sockaddr* from) {
  Address address;
  if (from->sa_family == AF_INET6) {
    sockaddr_in6 in;
    memcpy(&in, from, sizeof in);
    memcpy(address.bytes_.data(), &in.sin6_addr, 16);
    return address;
  }
  if (from->sa_family != AF_INET) return std::nullopt;
  sockaddr_in in;
  memcpy(&in, from, sizeof in);
  std::copy(std::begin(kMapped), std::end(kMapped), address.bytes_.begin());
  memcpy(address.bytes_.data() + 12, &in.sin_addr, 4);
  return address;
}

bool Address::is_v4() const {
  return std::equal(std::begin(kMapped), std::end(kMapped), bytes_.begin());
}

std::string Address::Text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_v4()) {
    inet_ntop(AF_INET, bytes_.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  }
  return text;
}

std::string_view Address::Special() const {
  if (const Range* range = FindSpecial(*this)) return range->what;
  // Of IPv6 the rest of what is in use.
  if (is_v4() || Matches(*Parse("2000::"), 3)) return "";
  return "a reserved address";
}

bool Address::is_internal() const {
  if (Matches(*Parse("64:ff9b::"), 96)) {
    Address held = *Parse("0.0.0.0");
    std::copy(bytes_.begin() + 12, bytes_.end(), held.bytes_.begin() + 12);
    return held.is_internal();
  }
  const Range* range = FindSpecial(*this);
  return range && range->internal;
}

bool Address::is_loopback() const {
  return is_v4() ? Matches(*Parse("127.0.0.0"), 8) : *this == *Parse("::1");
}

Address Address::Reached() const {
  if (*this == *Parse("0.0.0.0")) return *Parse("127.0.0.1");
  return *this == *Parse("::") ? *Parse("::1") : *this;
}

bool Address::Matches(const Address& other, int bits) const {
  if (is_v4() != other.is_v4()) return false;
  if (is_v4()) bits += 96;
  for (size_t i = 0; bits > 0; ++i, bits -= 8) {
    unsigned mask = bits >= 8 ? 0xFF : 0xFF << (8 - bits);
    if (((bytes_[i] ^ other.bytes_[i]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace v8py
