// The supervisor of a program: an installation, a loop, and the runs that live.
// Thread: any, for every function but the destructor.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "os/loop.h"
#include "supervisor/image_store.h"
#include "supervisor/install.h"
#include "supervisor/run.h"

namespace v8py {

class Runtime {
 public:
  static Result<std::unique_ptr<Runtime>> Create(const std::string& home);
  // Kills what runs and waits until all of it has gone.
  ~Runtime();

  const Install& install() const { return install_; }
  Loop& loop() { return *loop_; }
  ImageStore& images() { return images_; }
  // Whether runs start from an image, and why not.
  const Status& image_status();
  // ImageStore::Build(), unless images are switched off.
  Result<std::string> BuildImage(const ImageWish& wish,
                                 const std::function<void(const std::string&)>& progress);
  // Has later runs, and the pool, start from this image (ImageStore::Open()), and fail without it.
  Status SetImage(const std::string& name_or_file);
  // Keeps `guests` interpreters ready (0: none), which needs an image.
  Status SetPool(size_t guests);
  // Starts a worker and the program in it.
  Result<std::shared_ptr<Run>> Start(Program program);

 private:
  Runtime(Install install, std::unique_ptr<Loop> loop)
      : install_(std::move(install)), images_(install_), loop_(std::move(loop)) {}
  Result<std::vector<WorkerCommand>> Ways();
  // The image, if there is one that can be used; looked for again until it is there.
  const std::optional<Image>& FindImage();

  Install install_;
  ImageStore images_;
  std::mutex image_mutex_;
  std::optional<Image> image_;
  bool image_chosen_ = false;  // by SetImage(): nothing else will do
  Status image_status_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Shared with whoever waits for them.
  std::set<std::shared_ptr<Run>> runs_;
  // Destroys the pool, on the loop's thread.
  void DropPool();

  std::unique_ptr<Loop> loop_;  // after the rest: its thread ends before the rest goes
  std::unique_ptr<Pool> pool_;  // of the loop's thread
};

}  // namespace v8py
