// Pyodide's files, mapped and verified. Loaded before the jail closes; after that no file can be
// opened. A file whose SHA-256 is not the one pinned at build time is refused.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"

namespace v8py {

class Assets {
 public:
  // Maps every asset of the build from `folder`. kWorld, naming the file, when one is missing,
  // unreadable or altered.
  static Result<Assets> Load(const std::string& folder);
  ~Assets();
  Assets(Assets&& other) noexcept : files_(std::move(other.files_)) { other.files_.clear(); }
  Assets& operator=(Assets&&) = delete;

  // The bytes of a file, which live as long as this object. The pages are private and may be
  // written. Empty for a name that is none of the build's.
  std::string_view Get(std::string_view name) const;
  const std::map<std::string, std::string_view, std::less<>>& files() const { return files_; }

 private:
  Assets() = default;

  std::map<std::string, std::string_view, std::less<>> files_;
};

}  // namespace v8py
