// Each operation on the host's files, asked for as a guest that is not trusted may ask.
#include "supervisor/files/file_service.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>
#include <tuple>

#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

// What a name costs of the limit.
constexpr uint64_t kName = 4096;

// Mount 0 is `data`, which may be written to; mount 1 is `shown`, which may be read; mount 2 is a
// file. Of the first, `secret` is denied, and `fixed` denied to be written to.
struct FileServiceFixture {
  FileServiceFixture() {
    for (const char* folder : {"data/sub", "data/secret", "data/fixed", "shown"}) {
      fs::create_directories(here + "/" + folder);
    }
    for (const char* file : {"data/file", "data/secret/key", "data/fixed/file", "shown/file"}) {
      std::ofstream(here + "/" + file) << "text of " << file;
    }
    std::ofstream(here + "/single") << "single";
    std::ofstream(here + "/outside") << "outside";
    Begin(100'000);
  }

  void Begin(uint64_t limit) {
    AccessWish wish;
    for (auto [allow, right, path] : {std::tuple(true, "write", "data:/a"),
                                      {true, "read", "shown:/bb"},
                                      {true, "read", "single:/ccc"},
                                      {false, "read", "data/secret"},
                                      {false, "write", "data/fixed"}}) {
      REQUIRE(wish.Add(allow, right, here + "/" + path).ok());
    }
    wish.audit = here + "/audit";
    service.SetAccess(MakeAccess(wish, {}).value(), 7, limit);
  }

  Answer Call(std::string_view name, const Json& arguments, std::string_view data = "") {
    // As it comes from a worker.
    Json sent = DecodeCbor(EncodeCbor(arguments)).value();
    return service.Handle("file." + std::string(name), sent, data);
  }
  // The error's name; "": it was done.
  std::string Error(std::string_view name, const Json& arguments, std::string_view data = "") {
    return Call(name, arguments, data).error;
  }
  uint64_t Open(const std::string& path) {
    Answer answer = Call("open", {0, path, true});
    REQUIRE(answer.error == "");
    return answer.result.get<uint64_t>();
  }
  std::string Text(const std::string& path) {
    std::ifstream file(here + "/" + path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder temporary;
  const std::string here = fs::canonical(temporary.path());
  FileService service;
};

}  // namespace

TEST_CASE_FIXTURE(FileServiceFixture,
                  "stat tells what is there, without the rights that the guest has not") {
  Json is = Call("stat", {0, "file"}).result;
  CHECK(is[0] == (S_IFREG | 0644));
  CHECK(is[1] == 17);
  CHECK(is[2].get<double>() > 1e12);
  CHECK(is[4] == 1);
  CHECK(Call("stat", {1, "file"}).result[0] == (S_IFREG | 0444));
  CHECK((Call("stat", {0, ""}).result[0].get<unsigned>() & S_IFMT) == S_IFDIR);
  CHECK(Call("stat", {2, ""}).result[1] == 6);
  CHECK(Error("stat", {0, "missing"}) == "ENOENT");
  REQUIRE(mkfifo((here + "/data/fifo").c_str(), 0600) == 0);
  CHECK((Call("stat", {0, "fifo"}).result[0].get<unsigned>() & S_IFMT) == S_IFREG);
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a file that is opened to be read comes as a descriptor that cannot write") {
  Answer answer = Call("open", {1, "file", false});
  CHECK(answer.result == 0);
  REQUIRE(answer.descriptors.size() == 1);
  char text[100];
  CHECK(read(answer.descriptors[0].get(), text, sizeof text) == 18);
  CHECK(write(answer.descriptors[0].get(), "x", 1) == -1);
  answer = Call("open", {0, "file", true});
  CHECK(answer.result == 1);
  REQUIRE(answer.descriptors.size() == 1);
  CHECK(write(answer.descriptors[0].get(), "x", 1) == -1);
  CHECK(Call("open", {2, "", false}).descriptors.size() == 1);
}

TEST_CASE_FIXTURE(FileServiceFixture, "what is no file is not opened, and nothing waits for it") {
  REQUIRE(mkfifo((here + "/data/fifo").c_str(), 0600) == 0);
  fs::create_symlink("file", here + "/data/link");
  for (bool write : {false, true}) {
    CHECK(Error("open", {0, "fifo", write}) == "EACCES");
    CHECK(Error("open", {0, "sub", write}) == "EISDIR");
    CHECK(Error("open", {0, "link", write}) == "ELOOP");
    CHECK(Error("open", {0, "link/x", write}) == "ELOOP");
    CHECK(Error("open", {0, "missing", write}) == "ENOENT");
    CHECK(Error("open", {0, "file/x", write}) == "ENOTDIR");
  }
  Answer answer = Call("open", {0, "fifo", false});
  // No permission is missing: nothing would help.
  CHECK(!answer.denied);
  CHECK(answer.text == "");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "an open file is written to, resized and closed by its number") {
  uint64_t handle = Open("file");
  CHECK(Call("write", {handle, 8}, "DATA").result == 4);
  CHECK(Call("sync", {handle}).error == "");
  CHECK(Text("data/file") == "text of DATA/file");
  CHECK(Error("resizeOpen", {handle, 4}) == "");
  CHECK(Text("data/file") == "text");
  CHECK(Error("close", {handle}) == "");
  for (const char* name : {"close", "sync"}) CHECK(Error(name, {handle}) == "EBADF");
  for (const char* name : {"write", "resizeOpen"}) CHECK(Error(name, {handle, 0}) == "EBADF");
  CHECK(Open("file") != handle);
}

TEST_CASE_FIXTURE(FileServiceFixture, "files and folders are made, renamed, changed and removed") {
  CHECK(Error("create", {0, "new", 0666}) == "");
  CHECK(Error("create", {0, "new", 0666}) == "EEXIST");
  CHECK(Error("mkdir", {0, "folder", 0777}) == "");
  CHECK(Error("mkdir", {0, "folder", 0777}) == "EEXIST");
  CHECK(Error("rename", {0, "new", "folder/moved"}) == "");
  CHECK(Error("rmdir", {0, "folder"}) == "ENOTEMPTY");
  CHECK(Error("chmod", {0, "folder/moved", 07777}) == "");
  CHECK(Call("stat", {0, "folder/moved"}).result[0] == (S_IFREG | 0777));
  CHECK(Error("touch", {0, "folder/moved", 1000.5, 2000.25}) == "");
  Json is = Call("stat", {0, "folder/moved"}).result;
  CHECK(is[5] == 1000.5);
  CHECK(is[2] == 2000.25);
  CHECK(Error("resize", {0, "folder/moved", 10}) == "");
  CHECK(fs::file_size(here + "/data/folder/moved") == 10);
  CHECK(Error("symlink", {0, "folder/link", "moved"}) == "");
  CHECK(Call("readlink", {0, "folder/link"}).result == "moved");
  CHECK(Error("readlink", {0, "folder/moved"}) == "EINVAL");
  for (const char* name : {"folder/moved", "folder/link"}) CHECK(Error("unlink", {0, name}) == "");
  CHECK(Error("rmdir", {0, "folder"}) == "");
  CHECK(Error("unlink", {0, "sub"}) != "");
  CHECK(Call("statfs", {0}).result.size() == 4);
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a new file has no right that this process's umask takes away, and says so") {
  mode_t before = umask(027);
  CHECK(Call("create", {0, "new", 0777}).result == 0750);
  CHECK(Call("create", {0, "other", 0604}).result == 0600);
  CHECK(Error("mkdir", {0, "folder", 0777}) == "");
  umask(before);
  CHECK(fs::status(here + "/data/new").permissions() == fs::perms(0750));
  CHECK(fs::status(here + "/data/folder").permissions() == fs::perms(0750));
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a mode has no bits that make programs for others, however large it is") {
  for (double mode : {07777.0, 4294967296.0 + 07777, 9007199254740991.0}) {
    CHECK(Error("create", {0, "new", mode}) == "");
    CHECK((fs::status(here + "/data/new").permissions() & fs::perms(07000)) == fs::perms::none);
    CHECK(Error("chmod", {0, "new", mode}) == "");
    CHECK((fs::status(here + "/data/new").permissions() & fs::perms(07000)) == fs::perms::none);
    CHECK(Error("unlink", {0, "new"}) == "");
  }
}

TEST_CASE_FIXTURE(FileServiceFixture, "a link is made only to what is beside or below it") {
  for (const char* target :
       {"/etc/passwd", "..", "../outside", "sub/../../outside", "", ".", "a//b", "sub/"}) {
    CHECK_MESSAGE(Error("symlink", {0, "link", target}) == "EPERM", target);
  }
  CHECK(Error("symlink", {0, "link", std::string("a\0b", 3)}) == "EPERM");
  CHECK(!fs::exists(fs::symlink_status(here + "/data/link")));
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "every operation is refused where its right is missing, and nothing happens") {
  const std::vector<std::tuple<const char*, Json>> writing = {{"open", {1, "file", true}},
                                                              {"create", {1, "new", 0666}},
                                                              {"mkdir", {1, "new", 0777}},
                                                              {"unlink", {1, "file"}},
                                                              {"rmdir", {1, "sub"}},
                                                              {"resize", {1, "file", 0}},
                                                              {"rename", {1, "file", "new"}},
                                                              {"chmod", {1, "file", 0}},
                                                              {"touch", {1, "file", 0, 0}},
                                                              {"symlink", {1, "new", "file"}},
                                                              {"open", {0, "fixed/file", true}},
                                                              {"create", {0, "fixed/new", 0666}},
                                                              {"unlink", {0, "fixed/file"}},
                                                              {"rename", {0, "fixed/file", "file"}},
                                                              {"rename", {0, "file", "fixed/x"}},
                                                              {"rmdir", {0, "fixed"}},
                                                              {"open", {2, "", true}},
                                                              {"resize", {2, "", 0}}};
  const std::vector<std::tuple<const char*, Json>> reading = {
      {"stat", {0, "secret"}},
      {"stat", {0, "secret/key"}},
      {"list", {0, "secret", ""}},
      {"open", {0, "secret/key", false}},
      {"open", {0, "secret/key", true}},
      {"readlink", {0, "secret/key"}},
      {"unlink", {0, "secret/key"}},
      {"create", {0, "secret/new", 0666}},
      {"rename", {0, "secret/key", "key"}},
      {"rename", {0, "file", "secret/key"}},
      {"symlink", {0, "secret/link", "key"}}};
  for (const auto& list : {writing, reading}) {
    for (const auto& [name, arguments] : list) {
      Answer answer = Call(name, arguments);
      INFO(name << " " << arguments.dump());
      CHECK(answer.error == "EACCES");
      CHECK(answer.denied);
      CHECK(answer.text != "");
      CHECK(answer.descriptors.empty());
    }
  }
  CHECK(Text("shown/file") == "text of shown/file");
  CHECK(Text("data/fixed/file") == "text of data/fixed/file");
  CHECK(Text("data/secret/key") == "text of data/secret/key");
  CHECK(Text("single") == "single");
}

TEST_CASE_FIXTURE(FileServiceFixture, "what holds a denied child is neither moved nor replaced") {
  for (const char* inner : {"secret", "fixed"}) {
    fs::create_directories(here + "/data/parent");
    CHECK(Error("rename", {0, inner, "elsewhere"}) == "EACCES");
    CHECK(Error("rename", {0, "sub", inner}) == "EACCES");
    CHECK(Error("rmdir", {0, inner}) == "EACCES");
  }
  // The same a level deeper, where the parent may be written to.
  AccessWish wish;
  fs::create_directories(here + "/top/middle/denied");
  REQUIRE(wish.Add(true, "write", here + "/top:/t").ok());
  REQUIRE(wish.Add(false, "write", here + "/top/middle/denied").ok());
  service.SetAccess(MakeAccess(wish, {}).value(), 8, 100'000);
  CHECK(Error("create", {0, "middle/file", 0666}) == "");
  CHECK(Error("rename", {0, "middle", "other"}) == "EACCES");
  CHECK(Error("mkdir", {0, "empty", 0777}) == "");
  CHECK(Error("rename", {0, "empty", "middle"}) == "EACCES");
  CHECK(fs::exists(here + "/top/middle/denied"));
  CHECK(Error("rename", {0, "middle/file", "file"}) == "");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "what is denied before it is there is not reached by a link that is made later") {
  AccessWish wish;
  REQUIRE(wish.Add(true, "write", here + "/data:/a").ok());
  REQUIRE(wish.Add(false, "write", here + "/data/future/hooks").ok());
  service.SetAccess(MakeAccess(wish, {}).value(), 8, 100'000);
  CHECK(Error("mkdir", {0, "mine", 0777}) == "");
  CHECK(Error("mkdir", {0, "mine/hooks", 0777}) == "");
  CHECK(Error("symlink", {0, "future", "mine"}) == "EACCES");
  CHECK(Error("rename", {0, "mine", "future"}) == "EACCES");
  CHECK(Error("symlink", {0, "harmless", "mine"}) == "");
  CHECK(Error("rename", {0, "harmless", "future"}) == "EACCES");
  CHECK(Error("mkdir", {0, "future", 0777}) == "");
  CHECK(Error("symlink", {0, "future/hooks", "x"}) == "EACCES");
  CHECK(Error("symlink", {0, "future/other", "x"}) == "");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a path that a file system of ours would not send is refused, in every place") {
  const std::string nul = std::string("file\0x", 6);
  for (const std::string& path :
       {std::string("../outside"), std::string("/etc/passwd"), std::string("sub/../../outside"),
        std::string("."), std::string("./file"), std::string("sub//x"), std::string("sub/"),
        std::string("/"), std::string(".."), nul}) {
    INFO(path);
    for (const char* name : {"stat", "readlink", "unlink", "rmdir"}) {
      CHECK(Error(name, {0, path}) == "EINVAL");
    }
    for (const char* name : {"create", "mkdir", "chmod", "resize"}) {
      CHECK(Error(name, {0, path, 1}) == "EINVAL");
    }
    CHECK(Error("open", {0, path, false}) == "EINVAL");
    CHECK(Error("list", {0, path, ""}) == "EINVAL");
    CHECK(Error("touch", {0, path, 0, 0}) == "EINVAL");
    CHECK(Error("symlink", {0, path, "file"}) == "EINVAL");
    CHECK(Error("rename", {0, path, "new"}) == "EINVAL");
    CHECK(Error("rename", {0, "file", path}) == "EINVAL");
  }
  // The mount itself is no name in it.
  for (const char* name : {"unlink", "rmdir"}) CHECK(Error(name, {0, ""}) == "EINVAL");
  CHECK(Error("rename", {0, "", "new"}) != "");
  CHECK(Error("rename", {0, "file", ""}) != "");
  CHECK(Error("stat", {2, "below"}) == "ENOTDIR");
  CHECK(Error("stat", {0, std::string(5000, 'x')}) == "ENAMETOOLONG");
  CHECK(Text("outside") == "outside");
}

TEST_CASE_FIXTURE(FileServiceFixture, "arguments of another type, number or range are refused") {
  const Json wrong_mounts = {3, 1000000, -1, 1.5, "0", nullptr, true, Json::array(), 1e300};
  for (const Json& mount : wrong_mounts)
    CHECK_MESSAGE(Error("stat", {mount, ""}) == "EINVAL", mount);
  const Json no_texts = {1, nullptr, true, Json::array(), Json::object()};
  for (const Json& text : no_texts) {
    CHECK(Error("stat", {0, text}) == "EINVAL");
    CHECK(Error("list", {0, "", text}) == "EINVAL");
    CHECK(Error("rename", {0, "file", text}) == "EINVAL");
    CHECK(Error("symlink", {0, "link", text}) == "EINVAL");
  }
  const Json no_numbers = {-1, "1", nullptr, 1e300, 9007199254740992.0, true};
  for (const Json& number : no_numbers) {
    for (const char* name : {"sync", "close"})
      CHECK(Error(name, Json::array({number})) == "EINVAL");
    CHECK(Error("write", {1, number}, "x") == "EINVAL");
    CHECK(Error("resize", {0, "file", number}) == "EINVAL");
    CHECK(Error("touch", {0, "file", 0, number}) == "EINVAL");
  }
  for (const Json& flag : {Json(0), Json("true"), Json(nullptr)}) {
    CHECK(Error("open", {0, "file", flag}) == "EINVAL");
  }
  for (const Json& arguments :
       {Json(nullptr), Json::object(), Json("x"), Json::array(), Json({0}), Json({0, "file", 1})}) {
    CHECK_MESSAGE(Error("stat", arguments) == "EINVAL", arguments);
  }
  for (const char* name : {"", "stats", "Stat", "stat ", "../stat"}) {
    CHECK(Error(name, {0, ""}) == "ENOSYS");
  }
  CHECK(Text("data/file") == "text of data/file");
}

TEST_CASE("without anything that is allowed there is no mount") {
  FileService service;
  CHECK(service.Handle("file.stat", {0, ""}, "").error == "EINVAL");
  service.SetAccess(MakeAccess({}, {}).value(), 1, 1000);
  CHECK(service.Handle("file.stat", {0, ""}, "").error == "EINVAL");
  CHECK(service.Handle("file.close", {1}, "").error == "EBADF");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "bytes are counted: under and at the limit they are written, over it not one") {
  for (int more : {-1, 0, 1}) {
    Begin(kName + 1000);
    CHECK(Error("create", {0, "new", 0666}) == "");
    uint64_t handle = Open("new");
    std::string error = Error("write", {handle, 0}, std::string(1000 + more, 'x'));
    CHECK(error == (more > 0 ? "ENOSPC" : ""));
    CHECK(fs::file_size(here + "/data/new") == (more > 0 ? 0 : 1000 + more));
    // What does not make it longer is free.
    CHECK((more > 0 || Error("write", {handle, 0}, std::string(999, 'y')) == ""));
    CHECK(Error("resizeOpen", {handle, 1000}) == "");
    CHECK(Error("resizeOpen", {handle, 1001}) == "ENOSPC");
    CHECK(Error("write", {handle, 1000}, "x") == "ENOSPC");
    CHECK(Error("resize", {0, "file", 18}) == "ENOSPC");
    CHECK(Error("close", {handle}) == "");
    CHECK(Error("unlink", {0, "new"}) == "");
  }
}

TEST_CASE_FIXTURE(FileServiceFixture, "names are counted, and given back when they are gone") {
  Begin(2 * kName);
  for (int round = 0; round < 10; ++round) {
    CHECK(Error("create", {0, "one", 0666}) == "");
    CHECK(Error("mkdir", {0, "two", 0777}) == "");
    CHECK(Error("create", {0, "three", 0666}) == "ENOSPC");
    CHECK(Error("mkdir", {0, "three", 0777}) == "ENOSPC");
    CHECK(Error("symlink", {0, "three", "one"}) == "ENOSPC");
    CHECK(Error("unlink", {0, "one"}) == "");
    CHECK(Error("rmdir", {0, "two"}) == "");
  }
  // One that is not made costs nothing.
  for (int round = 0; round < 10; ++round) {
    CHECK(Error("create", {0, "file", 0666}) == "EEXIST");
    CHECK(Error("mkdir", {0, "file", 0777}) == "EEXIST");
    CHECK(Error("symlink", {0, "file", "x"}) == "EEXIST");
  }
  CHECK(Error("symlink", {0, "link", "file"}) == "");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "what is replaced by a rename is given back, as programs save their files") {
  Begin(3 * kName);
  for (int round = 0; round < 10; ++round) {
    CHECK(Error("create", {0, "next", 0666}) == "");
    uint64_t handle = Open("next");
    CHECK(Error("write", {handle, 0}, std::string(100, 'x')) == "");
    CHECK(Error("close", {handle}) == "");
    CHECK(Error("rename", {0, "next", "saved"}) == "");
    // Onto itself nothing is replaced.
    CHECK(Error("rename", {0, "saved", "saved"}) == "");
  }
  CHECK(Error("create", {0, "a", 0666}) == "");
  CHECK(Error("create", {0, "b", 0666}) == "ENOSPC");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a file without a name counts until the last of its handles is closed") {
  Begin(kName + 1000);
  CHECK(Error("create", {0, "new", 0666}) == "");
  uint64_t first = Open("new"), second = Open("new");
  CHECK(Error("write", {first, 0}, std::string(1000, 'x')) == "");
  CHECK(Error("unlink", {0, "new"}) == "");
  uint64_t other = Open("file");
  auto grow = [&](uint64_t bytes) { return Error("resizeOpen", {other, 17 + bytes}); };
  CHECK(grow(kName) == "");
  CHECK(grow(kName + 1) == "ENOSPC");
  CHECK(Error("close", {first}) == "");
  CHECK(grow(kName + 1) == "ENOSPC");
  CHECK(Error("close", {second}) == "");
  CHECK(grow(kName + 1000) == "");
  CHECK(grow(kName + 1001) == "ENOSPC");
}

TEST_CASE_FIXTURE(FileServiceFixture, "huge offsets and sizes are errors, with any limit") {
  for (uint64_t limit : {uint64_t{100'000}, UINT64_MAX}) {
    Begin(limit);
    uint64_t handle = Open("file");
    CHECK(Error("write", {handle, 9007199254740991.0}, "x") ==
          (limit == UINT64_MAX ? "EFBIG" : "ENOSPC"));
    CHECK(Error("resizeOpen", {handle, 9007199254740991.0}) ==
          (limit == UINT64_MAX ? "EFBIG" : "ENOSPC"));
    CHECK(Error("close", {handle}) == "");
  }
  CHECK(Text("data/file") == "text of data/file");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "of a write that the system takes in part only that part is counted") {
  Begin(kName);
  uint64_t handle = Open("file");
  CHECK(Error("resizeOpen", {handle, 0}) == "");
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto previous = signal(SIGXFSZ, SIG_IGN);
  rlimit small{1000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  Answer partly = Call("write", {handle, 0}, std::string(kName, 'x'));
  Answer nothing = Call("write", {handle, 1000}, std::string(3096, 'x'));
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  signal(SIGXFSZ, previous);
  CHECK(partly.result == 1000);
  CHECK(nothing.error == "EFBIG");
  CHECK(Call("write", {handle, 1000}, std::string(3096, 'x')).result == 3096);
  CHECK(Error("write", {handle, 4096}, "x") == "ENOSPC");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a guest opens so many files to write that others have descriptors left") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit small{160, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &small) == 0);
  std::string error;
  int opened = 0;
  while (error.empty()) {
    error = Error("open", {0, "file", true});
    opened += error.empty();
  }
  CHECK(error == "EMFILE");
  CHECK(opened == 20);
  CHECK(Error("open", {0, "file", false}) == "");
  CHECK(Error("close", {1}) == "");
  CHECK(Error("open", {0, "file", true}) == "");
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE_FIXTURE(
    FileServiceFixture,
    "ten thousand names are listed once each, sorted, in parts that follow each other") {
  fs::create_directory(here + "/shown/many");
  std::set<std::string> expected;
  for (int i = 0; i < 10'000; ++i) {
    std::string name = std::string(200, 'n') + std::to_string(i * 7919 % 10'000);
    std::ofstream(here + "/shown/many/" + name);
    expected.insert(name);
  }
  std::ofstream(here + "/shown/many/\xff-not-text");
  std::vector<std::string> names;
  bool more = true;
  for (int part = 0; more; ++part) {
    REQUIRE(part < 10);
    Json listed = Call("list", {1, "many", names.empty() ? "" : names.back()}).result;
    for (const Json& entry : listed[0]) names.push_back(entry[0]);
    more = listed[1];
  }
  CHECK(names == std::vector<std::string>(expected.begin(), expected.end()));
}

TEST_CASE_FIXTURE(
    FileServiceFixture,
    "a list tells folders, links and all others apart, and shows what is denied by name") {
  fs::create_symlink("file", here + "/data/link");
  REQUIRE(mkfifo((here + "/data/fifo").c_str(), 0600) == 0);
  Json listed = Call("list", {0, "", ""}).result;
  const std::pair<const char*, unsigned> expected[] = {{"fifo", S_IFREG},   {"file", S_IFREG},
                                                       {"fixed", S_IFDIR},  {"link", S_IFLNK},
                                                       {"secret", S_IFDIR}, {"sub", S_IFDIR}};
  Json names = Json::array();
  for (auto [name, mode] : expected) names.push_back(Json::array({name, mode}));
  CHECK(listed == Json::array({names, false}));
  CHECK(Error("list", {0, "file", ""}) == "ENOTDIR");
  CHECK(Error("list", {0, "link", ""}) == "ELOOP");
  CHECK(Error("list", {0, "missing", ""}) == "ENOENT");
  CHECK(Call("list", {0, "sub", ""}).result == Json::array({Json::array(), false}));
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "a folder that is swapped with a link meanwhile gives no byte from outside") {
  fs::create_directory(here + "/hidden");
  std::ofstream(here + "/hidden/file") << "outside";
  fs::create_directory(here + "/data/a");
  std::ofstream(here + "/data/a/file") << "inside";
  fs::create_directory_symlink(here + "/hidden", here + "/data/b");
  std::string a = here + "/data/a", b = here + "/data/b";
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    while (!stop)
      std::ignore = renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
  });
  int read_some = 0, outside = 0, by_path = 0;
  for (int i = 0; i < 10'000; ++i) {
    by_path += Text("data/a/file") == "outside" ? 1 : 0;
    Answer answer = Call("open", {0, "a/file", false});
    char text[10];
    if (answer.descriptors.empty()) continue;
    ssize_t size = read(answer.descriptors[0].get(), text, sizeof text);
    std::string_view got(text, static_cast<size_t>(size));
    ++(got == "inside" ? read_some : outside);
    std::ignore = Error("resize", {0, "a/file", 6});
    std::ignore = Error("create", {0, "a/new", 0666});
    std::ignore = Error("unlink", {0, "a/new"});
  }
  stop = true;
  swapper.join();
  CHECK(outside == 0);
  CHECK(by_path > 0);  // the control
  CHECK(read_some > 0);
  CHECK(Text("hidden/file") == "outside");
  CHECK(!fs::exists(here + "/hidden/new"));
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "each decision is a line of the log; of attributes, refusals only") {
  Call("stat", {0, "file"});
  CHECK(Text("audit") == "");
  Call("stat", {0, "secret"});
  Call("open", {0, "file", false});
  Call("open", {1, "file", true});
  std::istringstream lines(Text("audit"));
  std::vector<Json> log;
  for (std::string line; std::getline(lines, line);) log.push_back(ParseJson(line).value());
  REQUIRE(log.size() == 3);
  auto is = [&](size_t i, const char* what, const std::string& target, bool allowed,
                const std::string& rule) {
    CHECK(log[i]["run"] == 7);
    CHECK(log[i]["what"] == what);
    CHECK(log[i]["target"] == here + target);
    CHECK(log[i]["allowed"] == allowed);
    CHECK(log[i]["rule"] == rule);
  };
  is(0, "read", "/data/secret", false, "--deny-read=" + here + "/data/secret");
  is(1, "read", "/data/file", true, "--allow-write=" + here + "/data:/a");
  is(2, "write", "/shown/file", false, "");
}

TEST_CASE_FIXTURE(FileServiceFixture,
                  "the next program's rights are its own; what is open stays open") {
  uint64_t handle = Open("file");
  AccessWish wish;
  REQUIRE(wish.Add(true, "read", here + "/shown:/s").ok());
  service.SetAccess(MakeAccess(wish, {}).value(), 8, 100);
  CHECK(Error("open", {0, "file", true}) == "EACCES");
  CHECK(Error("stat", {1, "file"}) == "EINVAL");
  CHECK(Error("write", {handle, 0}, "TEXT") == "");
  CHECK(Text("data/file") == "TEXT of data/file");
  CHECK(Error("write", {handle, 0}, std::string(118, 'x')) == "ENOSPC");
}

}  // namespace v8py
