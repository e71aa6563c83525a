#include "supervisor/permission/net_rules.h"

#include <algorithm>
#include <charconv>

namespace v8py {

namespace {

// As RFC 1123 has it, and underscores, which some use.
bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (size_t at = 0; at <= name.size();) {
    size_t end = std::min(name.find('.', at), name.size());
    std::string_view label = name.substr(at, end - at);
    bool fits = !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-';
    if (!fits) return false;
    at = end + 1;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// "127.1", "0x7f.1", "10.0.0.256": not a name to anybody, and an address to some only.
bool EndsInNumber(std::string_view name) {
  std::string_view last = name.substr(name.rfind('.') + 1);
  bool hex = last.starts_with("0x");
  return last.find_first_not_of(hex ? "0123456789abcdef" : "0123456789", hex ? 2 : 0) ==
         std::string_view::npos;
}

bool IsLocalhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

template <typename T>
std::optional<T> Number(std::string_view text, T max) {
  T value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::string WithPort(std::string_view host, uint16_t port) {
  bool v6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

}  // namespace

std::string CanonicalHost(std::string_view host) {
  std::string canonical(host);
  if (canonical.size() > 1 && canonical.ends_with('.')) canonical.pop_back();
  for (char& c : canonical) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return canonical;
}

Status NetRules::Add(bool allow, std::string_view pattern) {
  Rule rule{
      allow, (allow ? "--allow-net=" : "--deny-net=") + std::string(pattern), "", false, {}, 0, 0};
  auto refuse = [&](const std::string& why) { return CallerError(rule.text + ": " + why); };
  if (pattern.find("://") != std::string_view::npos) {
    return refuse("give a host, not a URL: HOST or HOST:PORT");
  }
  std::string_view host = pattern;
  // A port is after the last colon, unless that is of an IPv6 address without brackets.
  size_t colon = pattern.rfind(':');
  bool bare_v6 = !pattern.starts_with('[') && std::count(pattern.begin(), pattern.end(), ':') > 1;
  size_t bracket = pattern.starts_with('[') ? pattern.rfind(']') : 0;
  bool has_port = colon != std::string_view::npos && !bare_v6 && colon > bracket;
  if (has_port) {
    auto port = Number<uint16_t>(pattern.substr(colon + 1), 65535);
    if (!port || *port == 0) return refuse("a port is a number from 1 to 65535");
    rule.port = *port;
    host = pattern.substr(0, colon);
  }
  size_t slash = host.rfind('/');
  std::string_view bits = slash == std::string_view::npos ? "" : host.substr(slash + 1);
  rule.address = Address::Parse(host.substr(0, slash));
  if (rule.address) {
    int all = rule.address->is_v4() ? 32 : 128;
    auto count = slash == std::string_view::npos ? all : Number<int>(bits, all);
    if (!count || *count < 0) return refuse("a network is ADDRESS/BITS, as 10.0.0.0/8");
    rule.bits = *count;
  } else if (host != "*") {
    rule.below = host.starts_with("*.");
    rule.name = CanonicalHost(rule.below ? host.substr(2) : host);
    if (IsHostName(rule.name) && EndsInNumber(rule.name)) {
      return refuse("an address is written in full, as 10.0.0.1, a network as 10.0.0.0/8");
    }
    if (!IsHostName(rule.name)) {
      return refuse(
          "no host; write NAME, *.NAME, an address, or *, each with :PORT if you like; a "
          "name with other letters in its form for the DNS, xn--…");
    }
  }
  rules_.push_back(std::move(rule));
  return Ok();
}

bool NetRules::MatchesName(const Rule& rule, std::string_view host) {
  if (rule.address) return false;
  if (rule.name.empty()) return true;
  if (!rule.below) return rule.name == host;
  return host.size() > rule.name.size() + 1 && host.ends_with(rule.name) &&
         host[host.size() - rule.name.size() - 1] == '.';
}

bool NetRules::MatchesAddress(const Rule& rule, const Address& address) {
  if (!rule.address) return false;
  return address.Matches(*rule.address, rule.bits) ||
         (!rule.allow && address.Reached().Matches(*rule.address, rule.bits));
}

Decision NetRules::CheckHost(std::string_view host, uint16_t port) const {
  auto literal = Address::Parse(host);
  const Rule* found = nullptr;
  for (const Rule& rule : rules_) {
    if (rule.port != 0 && rule.port != port) continue;
    bool matches = literal ? MatchesAddress(rule, *literal) || (!rule.address && rule.name.empty())
                           : MatchesName(rule, host);
    if (!matches) continue;
    if (!found || !rule.allow) found = &rule;
  }
  std::string what = "a connection to " + WithPort(host, port);
  if (!found) return Needs(what, "--allow-net=" + WithPort(host, port));
  if (!found->allow) return {false, found->text, what + " is denied by " + found->text};
  if (literal) return CheckAddress(host, port, *literal);
  return {true, found->text, ""};
}

Decision NetRules::CheckAddress(std::string_view host, uint16_t port,
                                const Address& address) const {
  const Rule* found = nullptr;
  bool local = false;
  for (const Rule& rule : rules_) {
    if (rule.port != 0 && rule.port != port) continue;
    if (MatchesAddress(rule, address) && (!found || !rule.allow)) found = &rule;
    if (rule.allow && IsLocalhost(rule.name) && MatchesName(rule, host)) local = true;
  }
  std::string text = address.Text();
  std::string what = "a connection to " + WithPort(text, port);
  if (host != text && host != "[" + text + "]") what += " (" + std::string(host) + ")";
  if (found && !found->allow) return {false, found->text, what + " is denied by " + found->text};
  if (found) return {true, found->text, ""};
  std::string_view special = address.Special();
  if (special.empty() || (local && address.is_loopback())) return {true, "", ""};
  return Needs(what + ", " + std::string(special) + ",", "--allow-net=" + WithPort(text, port));
}

}  // namespace v8py
