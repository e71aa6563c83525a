// Paths that are hostile, and a folder that somebody swaps meanwhile.
#include "os/beneath.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

void WriteFile(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

std::string ReadAll(const Descriptor& file) {
  char text[100];
  ssize_t size = read(file.get(), text, sizeof text);
  return {text, size < 0 ? 0 : static_cast<size_t>(size)};
}

// A folder that is allowed, `inside`, beside one that is not.
struct BeneathFixture {
  BeneathFixture() {
    fs::create_directories(inside + "/sub/deeper");
    fs::create_directory(temporary.path() + "/outside");
    WriteFile(inside + "/file", "inside");
    WriteFile(inside + "/sub/file", "inside");
    WriteFile(temporary.path() + "/outside/file", "outside");
    folder = Descriptor(open(inside.c_str(), O_PATH | O_CLOEXEC));
  }
  // What is at `path`, opened and read; the name of an error.
  std::string Read(std::string_view path) {
    OrErrno<Descriptor> found = FindBeneath(folder.get(), path);
    if (!found) return strerrorname_np(found.error());
    OrErrno<Descriptor> file = OpenFound(*found, O_RDONLY);
    if (!file) return strerrorname_np(file.error());
    return ReadAll(*file);
  }
  int PlaceError(std::string_view path) {
    OrErrno<Place> place = FindPlaceBeneath(folder.get(), path);
    return place ? 0 : place.error();
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder temporary;
  std::string inside = temporary.path() + "/inside";
  Descriptor folder;
};

// `a` is in turn a folder of ours and a link to the one outside, until it is destroyed.
class Swapper {
 public:
  explicit Swapper(const BeneathFixture& fixture)
      : a_(fixture.inside + "/a"), b_(fixture.inside + "/b"), thread_([this] { Swap(); }) {}
  ~Swapper() {
    stop_ = true;
    thread_.join();
  }

 private:
  void Swap() {
    while (!stop_) {
      std::ignore = renameat2(AT_FDCWD, a_.c_str(), AT_FDCWD, b_.c_str(), RENAME_EXCHANGE);
    }
  }
  const std::string a_, b_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

void MakeSwapped(const BeneathFixture& fixture) {
  fs::create_directory(fixture.inside + "/a");
  WriteFile(fixture.inside + "/a/file", "inside");
  fs::create_directory_symlink(fixture.temporary.path() + "/outside", fixture.inside + "/b");
}

}  // namespace

TEST_CASE_FIXTURE(BeneathFixture, "what is in the folder is found and read") {
  CHECK(Read("file") == "inside");
  CHECK(Read("sub/file") == "inside");
  CHECK(FindBeneath(folder.get(), "").has_value());
  CHECK(FindBeneath(folder.get(), "sub/deeper").has_value());
  CHECK(Read("missing") == "ENOENT");
  CHECK(Read("file/below") == "ENOTDIR");
  CHECK(Read(std::string(300, 'x')) == "ENAMETOOLONG");
}

TEST_CASE_FIXTURE(BeneathFixture, "nothing above the folder is found, by no spelling") {
  for (const char* path : {"..", "../outside/file", "sub/../../outside/file", "/etc/passwd", "/",
                           "./../outside/file", "sub/deeper/../../../outside/file"}) {
    CHECK_MESSAGE(Read(path) == "EXDEV", path);
  }
  CHECK(Read(std::string_view("file\0/../x", 10)) == "EINVAL");
}

TEST_CASE_FIXTURE(BeneathFixture, "no link is followed, wherever it leads and whatever it is") {
  fs::create_symlink("/etc/passwd", inside + "/absolute");
  fs::create_symlink("../outside/file", inside + "/relative");
  fs::create_symlink("file", inside + "/harmless");
  fs::create_directory_symlink("../outside", inside + "/folder");
  fs::create_directory_symlink("/proc/self", inside + "/process");
  fs::create_symlink("loop", inside + "/loop");
  for (const char* path : {"absolute", "relative", "harmless", "folder", "loop", "folder/file",
                           "process/environ", "process/fd/0"}) {
    CHECK_MESSAGE(Read(path) == "ELOOP", path);
  }
}

TEST_CASE_FIXTURE(BeneathFixture,
                  "a FIFO, a socket and a device are found and not opened, without delay") {
  REQUIRE(mkfifo((inside + "/fifo").c_str(), 0600) == 0);
  CHECK(FindBeneath(folder.get(), "fifo").has_value());
  CHECK(Read("fifo") == "EACCES");
  Descriptor root(open("/", O_PATH | O_CLOEXEC));
  OrErrno<Descriptor> device = FindBeneath(root.get(), "dev/zero");
  REQUIRE(device.has_value());
  CHECK(OpenFound(*device, O_RDONLY).error() == EACCES);
}

TEST_CASE_FIXTURE(BeneathFixture,
                  "what the kernel shows of itself is not found, nor a place in it") {
  Descriptor root(open("/", O_PATH | O_CLOEXEC));
  std::string self = "proc/" + std::to_string(getpid());
  for (const std::string& path : {std::string("proc"), self, self + "/environ", self + "/exe",
                                  std::string("proc/version"), std::string("sys")}) {
    OrErrno<Descriptor> found = FindBeneath(root.get(), path);
    REQUIRE_MESSAGE(!found, path);
    CHECK(found.error() == EACCES);
  }
  CHECK(FindPlaceBeneath(root.get(), "proc/new").error() == EACCES);
  Descriptor proc(open("/proc", O_PATH | O_CLOEXEC));
  CHECK(ShowsTheKernel(proc.get()));
  CHECK(!ShowsTheKernel(folder.get()));
  CHECK(FindBeneath(proc.get(), "").error() == EACCES);
  // Control: the same file by its path.
  CHECK(Descriptor(open(("/" + self + "/environ").c_str(), O_RDONLY | O_CLOEXEC)).ok());
}

TEST_CASE_FIXTURE(BeneathFixture, "a place is a folder and one name") {
  OrErrno<Place> place = FindPlaceBeneath(folder.get(), "sub/new");
  REQUIRE(place.has_value());
  CHECK(place->name == "new");
  CHECK(faccessat(place->folder.get(), "file", F_OK, 0) == 0);
  for (std::string_view path : {"", "sub/", "sub/.", "sub/..", "..", "."}) {
    CHECK_MESSAGE(PlaceError(path) == EINVAL, path);
  }
  fs::create_directory_symlink("../outside", inside + "/folder");
  CHECK(PlaceError("folder/new") == ELOOP);
  CHECK(PlaceError("file/new") == ENOTDIR);
  CHECK(PlaceError("missing/new") == ENOENT);
  CHECK(PlaceError("../outside/new") == EXDEV);
}

TEST_CASE_FIXTURE(BeneathFixture,
                  "a folder that is swapped with a link meanwhile gives no byte from outside") {
  MakeSwapped(*this);
  Swapper swapper(*this);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = Read("a/file");
    REQUIRE(text != "outside");
    read += text == "inside";
  }
  CHECK(read > 0);
}

TEST_CASE_FIXTURE(BeneathFixture,
                  "control: to check a path and then open it does give bytes from outside") {
  MakeSwapped(*this);
  Swapper swapper(*this);
  bool leaked = false;
  for (int i = 0; i < 5'000'000 && !leaked; ++i) {
    struct stat is;
    std::string checked = inside + "/a";
    if (lstat(checked.c_str(), &is) != 0 || !S_ISDIR(is.st_mode)) continue;
    Descriptor file(open((checked + "/file").c_str(), O_RDONLY | O_CLOEXEC));
    leaked = file.ok() && ReadAll(file) == "outside";
  }
  CHECK(leaked);
}

}  // namespace v8py
