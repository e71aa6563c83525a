// Files of the web for ourselves: indexes' pages, wheels. Blocks; several threads may at once.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"

namespace v8py {

struct DownloadRequest {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  // Hosts that may have any address; others must not have an internal one, and are asked by https:
  // an index may name any URL.
  std::vector<std::string> trusted_hosts;
  uint64_t max_bytes = uint64_t{1} << 30;
  // Bytes as they come. Called again from the beginning when the server has to be asked anew and
  // cannot go on: `restart` says so.
  std::function<Status(std::string_view bytes)> on_bytes;
  std::function<Status()> on_restart;
  const std::atomic<bool>* cancelled = nullptr;
};

struct Downloaded {
  long status = 0;                             // 200, 304, 404 …
  std::string url;                             // after redirects
  std::map<std::string, std::string> headers;  // names in lower case
};

// Any status of HTTP's is a result; for others than 200 there are no bytes. Tries again, and goes
// on where it was, when the connection is lost or the server is busy. kWorld, naming the URL
// without its password, when there is no answer.
Result<Downloaded> Download(const DownloadRequest& request);

// A URL for people and logs: without user and password.
std::string WithoutPassword(const std::string& url);

}  // namespace v8py
