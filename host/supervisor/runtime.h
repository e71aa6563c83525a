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
#include "supervisor/daemon.h"
#include "supervisor/daemon_client.h"
#include "supervisor/image_store.h"
#include "supervisor/install.h"
#include "supervisor/jobs.h"
#include "supervisor/packages/loader.h"
#include "supervisor/pool.h"
#include "supervisor/run.h"
#include "supervisor/session.h"

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
  // The image that BuildImage() would make, as ImageStore::FindFor() has it, if one was made of
  // this wish already.
  Result<Json> ImageOf(const ImageWish& wish);
  // Has later runs, and the pool, start from this image (ImageStore::Open()), and fail without it.
  Status SetImage(const std::string& name_or_file);
  // Keeps `guests` interpreters ready (0: none), which needs an image.
  Status SetPool(size_t guests);
  // Whether runs take an interpreter from the daemon, when there is no pool and one serves.
  void UseDaemon(bool use);
  // Serves as the daemon until it has ended, and says why it did. It ends when `stop` can be read,
  // with the runs that it gave guests for; when `stop` can be read again, at once. `ready` is
  // called when clients are served.
  // Runs no programs of its own meanwhile.
  Result<std::string> ServeDaemon(DaemonSettings settings, int stop,
                                  const std::function<void()>& ready);
  // As v8py::AskDaemon().
  Result<DaemonAnswer> AskDaemon(std::string_view word);
  // Where the daemon is met; "" without an image.
  std::string DaemonPath();
  // v8py::MakeAccess(), with what is our own, and with the packages, which may take its time:
  // `progress` is told what is done.
  Result<std::shared_ptr<const Access>> MakeAccess(
      const AccessWish& wish, const std::function<void(const std::string&)>& progress);
  // In an interpreter of the image "base", or booted.
  Result<std::shared_ptr<Run>> StartBare(Program program);
  // Of the image that was chosen.
  std::map<std::string, std::string> InstalledPackages();
  // Those of a distribution: [{"name","version","modules"}…].
  Result<Json> ListPackages(const IndexSettings& sources);
  // Of packages for programs, which runs programs of its own here.
  Result<PackageLoader> MakeLoader(const std::function<void(const std::string&)>& progress);
  // Runs a program of our own to its end, always in an interpreter without packages. Not on the
  // loop's thread.
  Result<RunResult> RunToEnd(Program program);
  // Starts a worker and the program in it.
  Result<std::shared_ptr<Run>> Start(Program program);
  // An interpreter that is kept, from where those of Start() are.
  Result<std::shared_ptr<Session>> MakeSession();
  // Starts the program in a session of this runtime, which has not ended.
  Result<std::shared_ptr<Run>> StartIn(Session& session, Program program);

 private:
  Runtime(Install install, std::unique_ptr<Loop> loop)
      : install_(std::move(install)), images_(install_), loop_(std::move(loop)) {}
  Result<std::vector<WorkerCommand>> Ways();
  // The image, if there is one that can be used; looked for again until it is there.
  const std::optional<Image>& FindImage();
  // Puts a run or a session to those that live, unless this runtime serves others.
  template <typename T>
  Status Keep(std::set<T>& all, const T& one);
  // What is to be called when a run has ended.
  std::function<void()> OnEnd(const std::shared_ptr<Run>& run);

  Install install_;
  ImageStore images_;
  std::mutex image_mutex_;
  std::optional<Image> image_;
  bool image_chosen_ = false;  // by SetImage(): nothing else will do
  Status image_status_;
  std::mutex mutex_;
  bool use_daemon_ = false;
  bool serving_ = false;  // as the daemon
  bool ending_ = false;
  std::condition_variable changed_;
  // Shared with whoever waits for them.
  std::set<std::shared_ptr<Run>> runs_;
  // Runs `task` on the loop's thread, and waits for it.
  void OnLoop(const std::function<void()>& task);
  std::set<std::shared_ptr<Session>> sessions_;
  void DropPool();
  // Where runs take their workers from, before they start one; null: nowhere.
  WorkerSource* Source(const WorkerCommand& otherwise);
  Result<DaemonSocket> FindDaemonSocket();
  Result<std::string> ServeGuests(DaemonSettings settings, DaemonListener listener, int stop,
                                  const std::function<void()>& ready);
  // Whether the pool has given a guest, which takes its time.
  bool PoolWorks();

  Jobs jobs_;
  std::unique_ptr<Loop> loop_;  // after the rest: its thread ends before the rest goes
  // Of the loop's thread.
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<DaemonClient> daemon_;
};

}  // namespace v8py
