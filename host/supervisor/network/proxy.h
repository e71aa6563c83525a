// The proxy that the operator's environment names: http_proxy, https_proxy, all_proxy, no_proxy, as
// curl and most others read them.
#pragma once

#include <string>

#include "supervisor/network/url.h"

namespace v8py {

// For libcurl; "": none.
std::string ProxyFor(const Url& url);

}  // namespace v8py
