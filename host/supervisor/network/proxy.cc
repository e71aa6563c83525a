#include "supervisor/network/proxy.h"

#include <cstdlib>
#include <string_view>

#include "supervisor/permission/net_rules.h"

namespace v8py {

namespace {

std::string Variable(const std::string& lower, const std::string& upper) {
  for (const std::string& name : {lower, upper}) {
    const char* value = name.empty() ? nullptr : getenv(name.c_str());
    if (value && *value) return value;
  }
  return "";
}

// A list of names, each with what is below it, or "*".
bool IsExempt(std::string_view host, std::string_view list) {
  for (size_t at = 0; at < list.size();) {
    size_t end = std::min(list.find_first_of(", ", at), list.size());
    std::string name = CanonicalHost(list.substr(at, end - at));
    while (name.starts_with('.')) name.erase(0, 1);
    if (name.size() > 2 && name.starts_with('[')) name = name.substr(1, name.size() - 2);
    bool below = host.size() > name.size() && host.ends_with(name) &&
                 host[host.size() - name.size() - 1] == '.';
    if (name == "*" || (!name.empty() && (host == name || below))) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::string ProxyFor(const Url& url) {
  if (IsExempt(url.host(), Variable("no_proxy", "NO_PROXY"))) return "";
  // HTTP_PROXY is what a web server sets for a header "Proxy": not asked, as in curl.
  std::string proxy =
      url.scheme() == "https" ? Variable("https_proxy", "HTTPS_PROXY") : Variable("http_proxy", "");
  return proxy.empty() ? Variable("all_proxy", "ALL_PROXY") : proxy;
}

}  // namespace v8py
