// Where images are: in the installation (share/v8py/images), or else in the user's cache
// ($XDG_CACHE_HOME/v8py/images). An image's file name holds what it depends on, so builds and
// processors do not get into each other's way.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "os/loop.h"
#include "supervisor/image.h"
#include "supervisor/packages/package_wish.h"

namespace v8py {

// An image that somebody wants: nothing at all is the one that runs start from by themselves.
struct ImageWish {
  std::string name;      // in the store; "": what its packages are called
  std::string file;      // where it is written, instead of into the store
  PackageWish packages;  // beside those that they depend on
  // The folder that they come from, by their names; "": from wherever those of programs do.
  std::string distribution;
  // Modules to import; nothing: those that the packages are there for.
  std::optional<std::vector<std::string>> preload;
  std::string request;  // ImageContents::request
};

class ImageStore {
 public:
  // `install` must outlive the store.
  explicit ImageStore(const Install& install);

  // The image of this name or in this file (which a slash, or ".image" at the end, is the sign of);
  // "base" is the one that runs start from by themselves. kWorld with the reason when there is none
  // that can be used.
  Result<Image> Open(const std::string& name_or_file) const;

  // Makes the image, unless it is there, and gives its file; one process at a time, others wait.
  // `progress` gets the names of the steps. Nothing is left behind by a failure; an image that was
  // there stays until the new one is whole.
  Result<std::string> Build(const ImageWish& wish, Loop& loop,
                            const std::function<void(const std::string&)>& progress);

  // [{"name","path","size","created","packages":[{"name","version"}…],"preload":[…],"usable",
  // "reason"}…], each file's bytes verified.
  Json List() const;
  // The same of one image.
  Result<Json> Describe(const std::string& name_or_file) const;
  // And of the newest that was made for this request, as it was verified before; null: there is
  // none.
  Json FindFor(const std::string& request) const;
  const std::vector<std::string>& folders() const { return folders_; }
  // Deletes what cannot be used, and what killed builds left. Returns the paths.
  std::vector<std::string> Prune();

 private:
  // Of an image of this build on this processor.
  std::string FileName(const std::string& name) const;
  Result<std::string> FolderForWriting() const;
  // The files that an image of this name, or in this file, may be in: those that are there.
  std::vector<std::string> Find(const std::string& name_or_file) const;

  const Install& install_;
  std::vector<std::string> folders_;  // absolute, in the order of search
};

}  // namespace v8py
