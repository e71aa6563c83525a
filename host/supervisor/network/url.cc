#include "supervisor/network/url.h"

#include <algorithm>
#include <cstdlib>

#include "supervisor/permission/net_rules.h"

namespace v8py {

namespace {

constexpr size_t kMaxLength = size_t{64} << 10;

// A name in the letters of the DNS, or an address. Others are mapped to these, and each resolver
// has its own way to do so: what was checked would not be what is asked for.
bool IsPlain(std::string_view host) {
  bool address = host.find(':') != std::string_view::npos;
  return std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || (address && c == ':') ||
           (!address && (c == '-' || c == '_'));
  });
}

Status NoUrl(const std::string& text, std::string_view why) {
  return {Code::kGuest, "'" + text.substr(0, 200) + "' " + std::string(why)};
}

}  // namespace

std::string Url::Part(CURLUPart part, unsigned flags) const {
  char* text = nullptr;
  if (curl_->url_get(handle_.get(), part, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_->free(text);
  return copy;
}

Result<Url> Url::Parse(const Curl& curl, const std::string& text) {
  if (text.size() > kMaxLength) return Fail(NoUrl(text, "… is too long for a URL"));
  Url url(curl, curl.url());
  bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>';
  });
  if (!plain) return Fail(NoUrl(text, "has a character that a URL must not have"));
  CURLUcode code = curl.url_set(url.handle(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return Fail(NoUrl(text, "is no URL that can be requested"));
  Status status = url.ReadParts();
  if (!status.ok()) return Fail(status);
  return url;
}

Result<Url> Url::Resolve(const std::string& location) const {
  Url url(*curl_, curl_->url_dup(handle_.get()));
  CURLUcode code = curl_->url_set(url.handle(), CURLUPART_URL, location.c_str(),
                                  CURLU_DISALLOW_USER | CURLU_URLENCODE);
  if (code != CURLUE_OK) return Fail(NoUrl(location, "is no URL that can be requested"));
  // Once more from its text, so that there is one way in.
  return Parse(*curl_, url.Part(CURLUPART_URL));
}

Status Url::ReadParts() {
  scheme_ = Part(CURLUPART_SCHEME);
  written_host_ = Part(CURLUPART_HOST);
  host_ = CanonicalHost(written_host_);
  if (host_.starts_with('[') && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
  port_ = static_cast<uint16_t>(atoi(Part(CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str()));
  if (scheme_ != "http" && scheme_ != "https") {
    return NoUrl(Text(), "is not of http or https");
  }
  if (host_.empty() || !IsPlain(host_)) {
    return NoUrl(Text(), "has no host; a name with other letters is written as xn--…");
  }
  if (!Part(CURLUPART_ZONEID).empty()) return NoUrl(Text(), "names an interface");
  if (port_ == 0) return NoUrl(Text(), "has no port that there is");
  curl_->url_set(handle_.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return Ok();
}

std::string Url::Text() const { return Part(CURLUPART_URL); }

}  // namespace v8py
