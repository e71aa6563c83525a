// Where images are: in the installation (share/v8py/images), or else in the user's cache
// ($XDG_CACHE_HOME/v8py/images). An image's file name holds what it depends on, so builds and
// processors do not get into each other's way.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "os/loop.h"
#include "supervisor/image.h"

namespace v8py {

class ImageStore {
 public:
  // `install` must outlive the store.
  explicit ImageStore(const Install& install);

  // The image that runs start from; kWorld with the reason when there is none that can be used.
  Result<Image> Open() const;

  // Makes the image; one process at a time, others wait. `progress` gets the names of the steps.
  // Nothing is left behind by a failure; an image that was there stays until the new one is whole.
  Status Build(Loop& loop, const std::function<void(const std::string&)>& progress);

  // [{"path","size","created","usable","reason","current"}…], each file's bytes verified.
  Json List() const;
  // Deletes what cannot be used, and what killed builds left. Returns the paths.
  std::vector<std::string> Prune();

 private:
  // Of the image of this build on this processor.
  std::string FileName() const;
  Result<std::string> FolderForWriting() const;

  const Install& install_;
  std::vector<std::string> folders_;  // in the order of search
};

}  // namespace v8py
