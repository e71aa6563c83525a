// What was fetched for programs and made of it, in the user's cache folder: $V8PY_CACHE,
// $XDG_CACHE_HOME/v8py or ~/.cache/v8py.
//   wheels/SHA256        as they came, verified
//   packs-N/SHA256       what is mounted, made of the wheel of that hash ("-libraries": as
//   libraries) texts/KIND/HASH      pages of indexes, plans drafts/…             what is being
//   made; left behind by who was killed
// An entry appears at once and whole, or not: it is renamed to its place. Programs see none of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "os/descriptor.h"

namespace v8py {

class PackageCache {
 public:
  // Nothing is made or opened yet. kWorld for a user without a home.
  static Result<PackageCache> Find();
  // The same in a folder of the caller's.
  explicit PackageCache(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }

  enum class Kind { kWheel, kPack };
  std::string PathOf(Kind kind, const std::string& sha256) const;
  // Opened to be read; not ok() when there is none that can be trusted: a file that belongs to
  // another user, or that others can write to, is none.
  Descriptor Open(Kind kind, const std::string& sha256) const;

  // A folder of its own for what is being made. Deleted with this.
  class Draft {
   public:
    Draft(Draft&& other) noexcept
        : folder_(std::exchange(other.folder_, "")), lock_(std::move(other.lock_)) {}
    Draft& operator=(Draft&&) = delete;
    ~Draft();
    std::string Path(const std::string& name) const { return folder_ + "/" + name; }
    const std::string& folder() const { return folder_; }

   private:
    friend class PackageCache;
    Draft(std::string folder, Descriptor lock)
        : folder_(std::move(folder)), lock_(std::move(lock)) {}
    std::string folder_;
    Descriptor lock_;  // held as long as this: Clean() leaves it alone
  };
  Result<Draft> NewDraft() const;
  // Moves a file of a draft to its place, on the disk first.
  Status Keep(const std::string& path, Kind kind, const std::string& sha256) const;

  // Waits until nobody else makes this entry; the lock goes with the descriptor, or the process.
  Result<Descriptor> Lock(Kind kind, const std::string& sha256) const;

  // A small text by its key. Nothing when it is not there; `age_seconds`: since it was written.
  std::optional<std::string> ReadText(const std::string& kind, std::string_view key,
                                      double* age_seconds = nullptr) const;
  Status WriteText(const std::string& kind, std::string_view key, std::string_view text) const;

  // {"folder", "wheels", "packs", "texts", "drafts"}: each of the last four {"count", "bytes"}.
  Json Info() const;
  // Deletes everything, or what was not used for a month and what others have left unfinished.
  // Gives the bytes. What a program has open stays readable, what is being made stays.
  enum class Delete { kAll, kOld };
  Result<uint64_t> Clean(Delete which) const;
  // Reads all wheels and packs; what is not what its name or its trailer says is deleted. Gives
  // their paths.
  Result<std::vector<std::string>> Verify(size_t& checked) const;

 private:
  std::string FolderOf(Kind kind) const;
  std::string TextPath(const std::string& kind, std::string_view key) const;
  Status MakeFolder(const std::string& path) const;

  std::string folder_;
};

}  // namespace v8py
