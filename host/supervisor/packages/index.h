// The Python indexes, as the resolver asks for them. Answers come from the cache where they can.
// Blocks; several threads may call at once.
//
// Calls (as in broker.h), for the resolver only:
//   index.page     [project]        → [URL, content type], + the page; ENOENT: no index has it
//   index.metadata [URL, sha256]    → + METADATA (PEP 658); sha256 "": not known
//   index.wheel    [URL, sha256, file name] → [sha256, size]; a descriptor of the file, which is
//                  verified
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "supervisor/answer.h"
#include "supervisor/network/download.h"
#include "supervisor/packages/cache.h"
#include "supervisor/packages/index_settings.h"

namespace v8py {

class Index {
 public:
  Index(IndexSettings settings, PackageCache cache,
        std::function<void(const std::string&)> progress, const std::atomic<bool>& cancelled)
      : settings_(std::move(settings)),
        cache_(std::move(cache)),
        progress_(std::move(progress)),
        cancelled_(cancelled) {}

  Answer Handle(std::string_view name, const Json& arguments) const;

  // A wheel, in the cache and verified from now on: its SHA-256. An empty one is not known
  // beforehand. kWorld: it cannot be had, or has another hash, and nothing is kept of it.
  Result<std::string> FetchWheel(const std::string& url, const std::string& sha256,
                                 const std::string& file_name) const;

 private:
  Answer Page(const std::string& project) const;
  Answer Metadata(const std::string& url, const std::string& sha256) const;
  Answer Wheel(const std::string& url, const std::string& sha256,
               const std::string& file_name) const;
  DownloadRequest Request(const std::string& url) const;
  // The body of a URL, if the answer is 200.
  Result<Downloaded> Get(const std::string& url, std::vector<std::string> headers,
                         uint64_t max_bytes, std::string& body) const;
  void Tell(const std::string& step) const;

  const IndexSettings settings_;
  const PackageCache cache_;
  const std::function<void(const std::string&)> progress_;
  const std::atomic<bool>& cancelled_;
  mutable std::mutex mutex_;  // of progress_
};

}  // namespace v8py
