#include "supervisor/runtime.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <utility>

#include "base/log.h"

namespace v8py {

Result<std::unique_ptr<Runtime>> Runtime::Create(const std::string& home) {
  Result<Install> install = Install::Find(home);
  if (!install) return Fail(install.error());
  Result<std::unique_ptr<Loop>> loop = Loop::Start();
  if (!loop) return Fail(loop.error());
  return std::unique_ptr<Runtime>(new Runtime(std::move(*install), std::move(*loop)));
}

Runtime::~Runtime() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  for (const auto& session : sessions_) {
    session->Close(CallerError("the session has ended with its runtime"));
  }
  for (const auto& run : runs_) run->Kill();
  // Their ends need the loop, and the pool.
  changed_.wait(lock, [this] { return runs_.empty() && sessions_.empty(); });
  lock.unlock();
  // They run programs, too, but no new ones.
  jobs_.End();
  OnLoop([this] {
    pool_.reset();
    daemon_.reset();
  });
  loop_.reset();
}

namespace {

// Each guest has a socket and a pidfd. Programs and the rest of this process want some, too.
Status EnoughDescriptors(size_t guests) {
  constexpr size_t kOthers = 64;
  size_t needed = 2 * guests + kOthers;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || needed <= limit.rlim_cur) return Ok();
  return WorldError("a pool of " + std::to_string(guests) + " guests needs " +
                    std::to_string(needed) + " open files, and this process may have " +
                    std::to_string(limit.rlim_cur) +
                    ": raise that limit (ulimit -n), or make the pool smaller");
}

Status ImagesWanted() {
  if (!Install::BootFolder().empty()) {
    return CallerError("V8PY_BOOT_DIR is set, and an image has boot files of its own");
  }
  const char* wish = getenv("V8PY_IMAGE");
  if (wish && std::string_view(wish) == "off") return CallerError("V8PY_IMAGE=off");
  return Ok();
}

// For whom an image of this wish is, and no other; "": for those that know its name.
Result<std::string> RequestOf(const ImageWish& wish, const PackageLoader& loader) {
  if (wish.preload || wish.packages.lock) return std::string();
  return loader.KeyOf(wish.packages);
}

}  // namespace

Result<std::string> Runtime::BuildImage(const ImageWish& wish,
                                        const std::function<void(const std::string&)>& progress) {
  Status status = ImagesWanted();
  if (!status.ok()) return Fail(status);
  if (wish.packages.empty() || !wish.distribution.empty()) {
    return images_.Build(wish, *loop_, progress);
  }
  // From wherever packages come from: the worker that becomes the image gets them as a
  // distribution.
  auto loader = MakeLoader(progress);
  if (!loader) return Fail(loader.error());
  ImageWish made = wish;
  // First: what changes meanwhile is not what the image was made for.
  Result<std::string> request = RequestOf(wish, *loader);
  if (!request) return Fail(request.error());
  auto folder = loader->MakeDistribution(wish.packages);
  if (!folder) return Fail(folder.error());
  made.request = std::move(*request);
  made.packages.requirements = folder->requested;
  made.distribution = folder->draft.folder();
  return images_.Build(made, *loop_, progress);
}

Result<Json> Runtime::ImageOf(const ImageWish& wish) {
  if (wish.packages.empty() || !wish.distribution.empty() || !ImagesWanted().ok()) return Json();
  auto loader = MakeLoader([](const std::string&) {});
  if (!loader) return Fail(loader.error());
  Result<std::string> request = RequestOf(wish, *loader);
  if (!request) return Fail(request.error());
  return images_.FindFor(*request);
}

Status Runtime::SetImage(const std::string& name_or_file) {
  Status status = ImagesWanted();
  if (!status.ok()) return status.While("image '" + name_or_file + "'");
  Result<Image> image = images_.Open(name_or_file);
  if (!image) return image.error();
  // The daemon's guests are of the image before.
  std::unique_ptr<DaemonClient> daemon;
  {
    std::scoped_lock lock(mutex_, image_mutex_);
    if (!runs_.empty() || !sessions_.empty() || pool_) {
      return CallerError(
          "the image cannot be changed while programs run, or a session or a pool is kept");
    }
    image_.reset();
    image_.emplace(std::move(*image));
    image_status_ = Ok();
    image_chosen_ = true;
    daemon = std::move(daemon_);
  }
  if (daemon) OnLoop([&] { daemon.reset(); });
  return Ok();
}

const std::optional<Image>& Runtime::FindImage() {
  std::lock_guard lock(image_mutex_);
  if (image_) return image_;
  image_status_ = ImagesWanted();
  if (!image_status_.ok()) return image_;
  Result<Image> image = images_.Open("base");
  if (image) {
    image_.emplace(std::move(*image));
    image_status_ = Ok();
  } else {
    image_status_ = image.error();
    Log("image", LogLevel::kInfo, image_status_.message());
  }
  return image_;
}

const Status& Runtime::image_status() {
  FindImage();
  return image_status_;
}

Status Runtime::SetPool(size_t guests) {
  {
    std::lock_guard lock(mutex_);
    if (!runs_.empty()) return CallerError("the pool cannot be changed while programs run");
    if (!sessions_.empty()) {
      return CallerError("the pool cannot be changed while there are sessions");
    }
  }
  if (Status enough = EnoughDescriptors(guests); !enough.ok()) return enough;
  DropPool();
  if (guests == 0) return Ok();
  const std::optional<Image>& image = FindImage();
  if (!image) return image_status_.While("a pool needs an image");
  OnLoop([&] {
    pool_ = std::make_unique<Pool>(*loop_, image->Command(install_, Image::Use::kZygote),
                                   Pool::Settings{.guests = guests});
  });
  return Ok();
}

void Runtime::DropPool() {
  if (pool_) OnLoop([this] { pool_.reset(); });
}

void Runtime::OnLoop(const std::function<void()>& task) {
  std::promise<void> done;
  loop_->Post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Runtime::UseDaemon(bool use) {
  std::lock_guard lock(mutex_);
  use_daemon_ = use;
}

Result<DaemonSocket> Runtime::FindDaemonSocket() {
  const std::optional<Image>& image = FindImage();
  if (!image) return Fail(image_status_.While("the daemon needs an image"));
  return DaemonSocket(install_.home() + "\n" + install_.build_id() + "\n" + image->label().pages);
}

Result<DaemonAnswer> Runtime::AskDaemon(std::string_view word) {
  Result<DaemonSocket> socket = FindDaemonSocket();
  if (!socket) return Fail(socket.error());
  return v8py::AskDaemon(*socket, word);
}

std::string Runtime::DaemonPath() {
  Result<DaemonSocket> socket = FindDaemonSocket();
  return socket ? socket->path() : "";
}

bool Runtime::PoolWorks() {
  std::promise<bool> works;
  loop_->Post([&] {
    pool_->Take([&](std::unique_ptr<WorkerSource::Guest> guest) {
      if (guest) pool_->Bury(std::move(guest->worker));
      works.set_value(guest != nullptr);
    });
  });
  return works.get_future().get();
}

Result<std::string> Runtime::ServeDaemon(DaemonSettings settings, int stop,
                                         const std::function<void()>& ready) {
  Result<DaemonSocket> socket = FindDaemonSocket();
  if (!socket) return Fail(socket.error());
  Result<DaemonListener> listener = socket->Listen();
  if (!listener) return Fail(listener.error());
  Status status = SetPool(settings.guests);
  if (!status.ok()) return Fail(status);
  {
    std::lock_guard lock(mutex_);
    serving_ = true;
  }
  Result<std::string> why = ServeGuests(settings, std::move(*listener), stop, ready);
  DropPool();
  std::lock_guard lock(mutex_);
  serving_ = false;
  return why;
}

Result<std::string> Runtime::ServeGuests(DaemonSettings settings, DaemonListener listener, int stop,
                                         const std::function<void()>& ready) {
  if (!PoolWorks()) return Fail(WorldError("no interpreter could be started; see 'v8py doctor'"));
  std::promise<std::string> ended;
  std::unique_ptr<Daemon> daemon;
  std::unique_ptr<DescriptorWatch> stop_watch;
  Daemon::End how = Daemon::End::kAfterRuns;
  std::function<void()> on_stop = [&] {
    char bytes[256];  // whatever it is: a signalfd's structure, a byte of a pipe
    ssize_t got = read(stop, bytes, sizeof bytes);
    if (got == 0) return;  // nobody is left who could stop it
    if (got > 0) daemon->Stop(std::exchange(how, Daemon::End::kNow), "it was told to");
    // Not here: this is inside of its callback. The old one first: they watch the same descriptor.
    loop_->Post([&] {
      stop_watch.reset();
      if (daemon)
        stop_watch = std::make_unique<DescriptorWatch>(*loop_, stop, DescriptorWatch::For::kReading,
                                                       on_stop);
    });
  };
  std::vector<std::string> files = {FindImage()->path(), install_.build_id_file()};
  OnLoop([&] {
    daemon = std::make_unique<Daemon>(*loop_, *pool_, std::move(listener), settings, files,
                                      [&](std::string why) { ended.set_value(std::move(why)); });
    stop_watch =
        std::make_unique<DescriptorWatch>(*loop_, stop, DescriptorWatch::For::kReading, on_stop);
  });
  ready();
  std::string why = ended.get_future().get();
  OnLoop([&] {
    stop_watch.reset();
    daemon.reset();
  });
  return why;
}

Result<std::vector<WorkerCommand>> Runtime::Ways() {
  Result<WorkerCommand> from_nothing = install_.Worker();
  if (!from_nothing) return Fail(from_nothing.error());
  std::vector<WorkerCommand> ways;
  if (const std::optional<Image>& image = FindImage()) {
    ways.push_back(image->Command(install_, Image::Use::kWorker));
  } else {
    from_nothing->why_no_image = image_status_.message();
  }
  if (!image_chosen_) ways.push_back(std::move(*from_nothing));
  return ways;
}

WorkerSource* Runtime::Source(const WorkerCommand& otherwise) {
  if (pool_) return pool_.get();
  // Without an image of our own there is none that the daemon's could be the same as.
  if (!otherwise.why_no_image.empty()) return nullptr;
  std::lock_guard lock(mutex_);
  if (!use_daemon_) return nullptr;
  if (!daemon_) {
    Result<DaemonSocket> socket = FindDaemonSocket();
    if (!socket) return nullptr;
    daemon_ = std::make_unique<DaemonClient>(*loop_, std::move(*socket));
  }
  return daemon_.get();
}

Result<std::shared_ptr<Run>> Runtime::Start(Program program) {
  Result<std::vector<WorkerCommand>> ways = Ways();
  if (!ways) return Fail(ways.error());
  WorkerSource* source = Source(ways->front());
  auto run = std::make_shared<Run>(*loop_, source, std::move(*ways), std::move(program));
  if (Status kept = Keep(runs_, run); !kept.ok()) return Fail(kept);
  run->Start(OnEnd(run));
  return run;
}

template <typename T>
Status Runtime::Keep(std::set<T>& all, const T& one) {
  std::lock_guard lock(mutex_);
  if (serving_) return CallerError("this runtime serves as the daemon; use another one");
  if (ending_) return CallerError("the runtime is being freed");
  all.insert(one);
  return Ok();
}

std::function<void()> Runtime::OnEnd(const std::shared_ptr<Run>& run) {
  return [this, weak = std::weak_ptr<Run>(run)] {
    std::lock_guard lock(mutex_);
    if (auto ended = weak.lock()) runs_.erase(ended);
    changed_.notify_all();
  };
}

Result<std::shared_ptr<Session>> Runtime::MakeSession() {
  Result<std::vector<WorkerCommand>> ways = Ways();
  if (!ways) return Fail(ways.error());
  auto on_gone = [this](const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mutex_);
    sessions_.erase(session);
    changed_.notify_all();
  };
  WorkerSource* source = Source(ways->front());
  auto session = std::make_shared<Session>(*loop_, source, std::move(*ways), on_gone);
  if (Status kept = Keep(sessions_, session); !kept.ok()) return Fail(kept);
  return session;
}

Result<std::shared_ptr<Run>> Runtime::StartIn(Session& session, Program program) {
  Result<std::shared_ptr<Run>> run = session.MakeRun(std::move(program));
  if (!run) return run;
  if (Status kept = Keep(runs_, *run); !kept.ok()) return Fail(kept);
  session.Start(*run, OnEnd(*run));
  return run;
}

}  // namespace v8py
