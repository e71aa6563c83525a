// A URL that a program has named, in the parts that permissions are about. The text that is checked
// and the one that is requested are parsed once, by libcurl.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "supervisor/network/curl.h"

namespace v8py {

class Url {
 public:
  // http and https, absolute, in ASCII, without user and password. kGuest otherwise.
  static Result<Url> Parse(const Curl& curl, const std::string& text);
  // What `location` means on a page of this URL.
  Result<Url> Resolve(const std::string& location) const;

  std::string Text() const;  // without a fragment
  const std::string& scheme() const { return scheme_; }
  // In lower case, without brackets and a dot at its end.
  const std::string& host() const { return host_; }
  // As it stands in the URL, for libcurl.
  const std::string& written_host() const { return written_host_; }
  uint16_t port() const { return port_; }
  CURLU* handle() const { return handle_.get(); }
  bool SameOrigin(const Url& other) const {
    return scheme_ == other.scheme_ && host_ == other.host_ && port_ == other.port_;
  }

 private:
  Url(const Curl& curl, CURLU* handle)
      : curl_(&curl), handle_(handle, [&curl](CURLU* url) { curl.url_cleanup(url); }) {}
  Status ReadParts();
  std::string Part(CURLUPart part, unsigned flags = 0) const;

  const Curl* curl_;
  std::shared_ptr<CURLU> handle_;  // shared by copies, which do not change it
  std::string scheme_, host_, written_host_;
  uint16_t port_ = 0;
};

}  // namespace v8py
