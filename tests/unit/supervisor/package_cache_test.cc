#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "supervisor/packages/cache.h"
#include "supervisor/packages/pack_seal.h"
#include "supervisor/packages/sha256.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;
using Kind = PackageCache::Kind;

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string Read(const Descriptor& file) {
  std::string text(100, '\0');
  ssize_t got = pread(file.get(), text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

std::string HashOf(const std::string& text) {
  auto hash = Sha256::Begin();
  REQUIRE(hash);
  hash->Add(text);
  return hash->Finish();
}

// Keeps a text; gives its name.
std::string KeepText(const PackageCache& cache, Kind kind, const std::string& text) {
  auto draft = cache.NewDraft();
  REQUIRE(draft);
  Write(draft->Path("file"), text);
  if (kind == Kind::kPack) {
    Descriptor file(open(draft->Path("file").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(Seal(file.get()).ok());
  }
  REQUIRE(cache.Keep(draft->Path("file"), kind, HashOf(text)).ok());
  return HashOf(text);
}

size_t CountFiles(const std::string& folder) {
  size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    count += entry.is_regular_file();
  return count;
}

void MakeOld(const std::string& path, int days) {
  timespec time = {::time(nullptr) - days * 24 * 3600, 0};
  timespec times[2] = {time, time};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

}  // namespace

TEST_CASE("a draft is a folder of its own, which goes with it") {
  TemporaryFolder folder;
  PackageCache cache(folder.path() + "/cache");
  std::string first, second;
  {
    auto one = cache.NewDraft();
    auto two = cache.NewDraft();
    REQUIRE(one);
    REQUIRE(two);
    first = one->folder();
    second = two->folder();
    CHECK(first != second);
    Write(one->Path("file"), "text");
    PackageCache::Draft moved(std::move(*two));
    CHECK(moved.folder() == second);
    CHECK(fs::exists(second));
  }
  CHECK(!fs::exists(first));
  CHECK(!fs::exists(second));
}

TEST_CASE("what is kept can be opened by its name, and by no other") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  std::string name = KeepText(cache, Kind::kWheel, "a wheel");
  CHECK(Read(cache.Open(Kind::kWheel, name)) == "a wheel");
  CHECK(!cache.Open(Kind::kPack, name).ok());
  CHECK(!cache.Open(Kind::kWheel, std::string(64, '0')).ok());
  struct stat is;
  REQUIRE(stat(cache.PathOf(Kind::kWheel, name).c_str(), &is) == 0);
  CHECK((is.st_mode & 0777) == 0644);
}

TEST_CASE("keeping what is not there fails, and nothing has the name") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  CHECK(!cache.Keep(folder.path() + "/nothing", Kind::kWheel, "name").ok());
  CHECK(!fs::exists(cache.PathOf(Kind::kWheel, "name")));
}

TEST_CASE("a file that others can write to, a link and a folder are no entries") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  std::string name = KeepText(cache, Kind::kWheel, "a wheel");
  std::string path = cache.PathOf(Kind::kWheel, name);
  for (mode_t mode : {0664, 0646, 0666}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK(!cache.Open(Kind::kWheel, name).ok());
  }
  REQUIRE(chmod(path.c_str(), 0444) == 0);
  CHECK(cache.Open(Kind::kWheel, name).ok());
  fs::create_symlink(path, cache.PathOf(Kind::kWheel, "link"));
  CHECK(!cache.Open(Kind::kWheel, "link").ok());
  fs::create_directory(cache.PathOf(Kind::kWheel, "folder"));
  CHECK(!cache.Open(Kind::kWheel, "folder").ok());
  // Only root can give files away.
  if (geteuid() == 0) {
    REQUIRE(chown(path.c_str(), 12345, 12345) == 0);
    CHECK(!cache.Open(Kind::kWheel, name).ok());
  }
}

TEST_CASE("a cache that cannot be written says so, with the way out") {
  PackageCache cache("/proc/nowhere");
  auto draft = cache.NewDraft();
  REQUIRE(!draft);
  CHECK(draft.error().code() == Code::kWorld);
  CHECK(draft.error().message().find("V8PY_CACHE") != std::string::npos);
  CHECK(!cache.WriteText("pages", "key", "text").ok());
  CHECK(!cache.Lock(Kind::kWheel, std::string(64, '0')));
}

TEST_CASE("texts are found by kind and key, whatever the key is") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  CHECK(!cache.ReadText("pages", "key"));
  std::string strange = "https://example.org/../../x?\n" + std::string(10'000, 'a');
  REQUIRE(cache.WriteText("pages", strange, std::string("a\0b", 3)).ok());
  double age = -1;
  CHECK(cache.ReadText("pages", strange, &age) == std::string("a\0b", 3));
  CHECK(age >= 0);
  CHECK(!cache.ReadText("plans", strange));
  REQUIRE(cache.WriteText("pages", strange, "").ok());
  CHECK(cache.ReadText("pages", strange) == "");
  CHECK(CountFiles(folder.path()) == 1);
}

TEST_CASE("what is damaged is found and deleted, and what is whole stays") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  std::string good_wheel = KeepText(cache, Kind::kWheel, "a wheel");
  std::string good_pack = KeepText(cache, Kind::kPack, "a pack");
  std::string bad_wheel = KeepText(cache, Kind::kWheel, "another wheel");
  std::string bad_pack = KeepText(cache, Kind::kPack, "another pack");
  size_t checked = 0;
  auto bad = cache.Verify(checked);
  REQUIRE(bad);
  CHECK(bad->empty());
  CHECK(checked == 4);

  for (auto [kind, name] : {std::pair(Kind::kWheel, bad_wheel), std::pair(Kind::kPack, bad_pack)}) {
    std::fstream file(cache.PathOf(kind, name), std::ios::in | std::ios::out | std::ios::binary);
    file.put('x');
  }
  fs::create_directories(cache.PathOf(Kind::kPack, "folder/folder"));
  Write(cache.PathOf(Kind::kPack, "short"), "x");
  bad = cache.Verify(checked);
  REQUIRE(bad);
  CHECK(checked == 6);
  CHECK(bad->size() == 4);
  CHECK(cache.Open(Kind::kWheel, good_wheel).ok());
  CHECK(cache.Open(Kind::kPack, good_pack).ok());
  CHECK(!fs::exists(cache.PathOf(Kind::kWheel, bad_wheel)));
  CHECK(!fs::exists(cache.PathOf(Kind::kPack, bad_pack)));
  CHECK(!fs::exists(cache.PathOf(Kind::kPack, "folder")));
  bad = cache.Verify(checked);
  REQUIRE(bad);
  CHECK(bad->empty());
}

TEST_CASE("old is what was not used for a month, and drafts of yesterday") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  std::string used = KeepText(cache, Kind::kWheel, "used");
  std::string unused = KeepText(cache, Kind::kWheel, "unused");
  MakeOld(cache.PathOf(Kind::kWheel, unused), 31);
  MakeOld(cache.PathOf(Kind::kWheel, used), 29);
  for (const char* name : {"/drafts/left", "/drafts/new"}) {
    fs::create_directories(folder.path() + name);
    Write(folder.path() + name + "/wheel", "text");
  }
  MakeOld(folder.path() + "/drafts/left/wheel", 2);
  MakeOld(folder.path() + "/drafts/left", 2);
  auto freed = cache.Clean(PackageCache::Delete::kOld);
  REQUIRE(freed);
  CHECK(*freed == std::string("unused"
                              "text")
                      .size());
  CHECK(cache.Open(Kind::kWheel, used).ok());
  CHECK(!cache.Open(Kind::kWheel, unused).ok());
  CHECK(!fs::exists(folder.path() + "/drafts/left"));
  CHECK(fs::exists(folder.path() + "/drafts/new/wheel"));
  // What is opened is used.
  MakeOld(cache.PathOf(Kind::kWheel, used), 60);
  CHECK(cache.Open(Kind::kWheel, used).ok());
  CHECK(cache.Clean(PackageCache::Delete::kOld) == uint64_t{0});
}

TEST_CASE("what is being made outlives a cleaning, and not who makes it") {
  TemporaryFolder folder;
  PackageCache cache(folder.path());
  std::string left = folder.path() + "/drafts/left";
  fs::create_directories(left);
  Write(left + "/wheel", "text");
  auto draft = cache.NewDraft();
  REQUIRE(draft);
  Write(draft->Path("wheel"), "a wheel");
  MakeOld(draft->Path("wheel"), 2);
  MakeOld(draft->folder(), 2);
  REQUIRE(cache.Clean(PackageCache::Delete::kOld));
  CHECK(fs::exists(draft->Path("wheel")));
  REQUIRE(cache.Clean(PackageCache::Delete::kAll));
  CHECK(!fs::exists(left));
  CHECK(cache.Keep(draft->Path("wheel"), Kind::kWheel, HashOf("a wheel")).ok());
  CHECK(cache.Open(Kind::kWheel, HashOf("a wheel")).ok());
}

TEST_CASE(
    "cleaning deletes all that is the cache's, and nothing else; what is open stays readable") {
  TemporaryFolder folder;
  PackageCache cache(folder.path() + "/cache");
  std::string name = KeepText(cache, Kind::kWheel, "a wheel");
  KeepText(cache, Kind::kPack, "a pack");
  REQUIRE(cache.WriteText("pages", "key", "text").ok());
  fs::create_directories(folder.path() + "/cache/images");
  Write(folder.path() + "/cache/images/image", "an image");
  Write(folder.path() + "/outside", "text");
  fs::create_symlink(folder.path() + "/outside", folder.path() + "/cache/wheels/link");
  fs::create_directory_symlink(folder.path(), folder.path() + "/cache/wheels/folder");
  Descriptor open = cache.Open(Kind::kWheel, name);
  Json info = cache.Info();
  CHECK(info["folder"] == folder.path() + "/cache");
  CHECK(info["packs"] == Json{{"count", 1}, {"bytes", 70}});
  CHECK(info["texts"] == Json{{"count", 1}, {"bytes", 4}});
  REQUIRE(cache.Clean(PackageCache::Delete::kAll));
  CHECK(Read(open) == "a wheel");
  CHECK(CountFiles(folder.path() + "/cache") == 1);
  CHECK(fs::exists(folder.path() + "/cache/images/image"));
  CHECK(fs::exists(folder.path() + "/outside"));
}

}  // namespace v8py
