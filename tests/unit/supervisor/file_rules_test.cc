#include "supervisor/permission/file_rules.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>

#include "base/path.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;
using Right = FileRules::Right;

// Rules are made in a folder of their own, which is the working folder meanwhile.
struct FileRulesFixture {
  FileRulesFixture() {
    fs::current_path(here);
    for (const char* folder : {"data/sub/deep", "other", "own/images"}) {
      fs::create_directories(folder);
    }
    std::ofstream("data/file") << "text";
  }
  ~FileRulesFixture() { fs::current_path(before); }

  std::string Allow(Right right, const std::string& value) {
    return rules.Allow(right, value).message();
  }
  std::string Arrange() { return rules.Arrange({here + "/own"}).message(); }
  // The message of the refusal, without the flag before it; "": there is none.
  std::string Refusal(Right right, const std::string& value) {
    FileRules made;
    Status status = made.Allow(right, value);
    if (status.ok()) status = made.Arrange({here + "/own"});
    CHECK((status.ok() || status.code() == Code::kCaller));
    std::string flag =
        std::string(right == Right::kRead ? "--allow-read=" : "--allow-write=") + value + ": ";
    if (!status.ok()) CHECK(status.message().find(flag) == 0);
    return status.ok() ? "" : status.message().substr(flag.size());
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder temporary;
  const fs::path before = fs::current_path();
  const std::string here = fs::canonical(temporary.path());
  FileRules rules;
};

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(FileRulesFixture, "a relative path is below the guest's working folder") {
  CHECK(Allow(Right::kRead, "data") == "");
  CHECK(Allow(Right::kRead, "./other/../own/") == "");
  CHECK(Arrange() == "");
  REQUIRE(rules.mounts().size() == 2);
  CHECK(rules.mounts()[0].host == here + "/own");
  CHECK(rules.mounts()[0].guest == "/home/guest/own");
  CHECK(rules.mounts()[1].host == here + "/data");
  CHECK(rules.mounts()[1].guest == "/home/guest/data");
  CHECK(rules.mounts()[1].folder);
}

TEST_CASE_FIXTURE(FileRulesFixture, "the working folder itself is the guest's") {
  CHECK(Allow(Right::kRead, ".") == "");
  CHECK(Arrange() == "");
  CHECK(rules.mounts()[0].guest == "/home/guest");
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "an absolute path, and one that leads up, are at the same place") {
  CHECK(Allow(Right::kRead, here + "/data/") == "");
  fs::current_path("other");
  CHECK(Allow(Right::kRead, "../own") == "");
  CHECK(Arrange() == "");
  CHECK(rules.mounts()[0].guest == here + "/own");
  CHECK(rules.mounts()[1].guest == here + "/data");
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "a place after a colon is where the guest finds it, a file too") {
  fs::create_directory("with:colon");
  CHECK(Allow(Right::kRead, "data:/in/x//y/../") == "");
  CHECK(Allow(Right::kRead, "data/file:/readme") == "");
  CHECK(Allow(Right::kRead, "with:colon") == "");
  CHECK(Arrange() == "");
  REQUIRE(rules.mounts().size() == 3);
  CHECK(rules.mounts()[0].guest == "/in/x");
  CHECK(rules.mounts()[1].guest == "/readme");
  CHECK(!rules.mounts()[1].folder);
  CHECK(rules.mounts()[2].host == here + "/with:colon");
}

TEST_CASE_FIXTURE(FileRulesFixture, "a link is resolved when it is allowed, and never later") {
  fs::create_directory_symlink("data", "link");
  CHECK(Allow(Right::kRead, "link") == "");
  CHECK(Arrange() == "");
  CHECK(rules.mounts()[0].host == here + "/data");
  CHECK(rules.mounts()[0].guest == "/home/guest/link");
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "what would hide Python, or the guest's own folders, is refused") {
  for (const char* guest : {"/", "//", "/lib", "/lib/python3.14", "/lib/python3.14/site-packages/x",
                            "/dev", "/dev/null", "/proc/self", "/home", "/tmp/../lib", "/./"}) {
    CHECK_MESSAGE(Contains(Refusal(Right::kRead, "data:" + std::string(guest)), "would hide"),
                  guest);
  }
  CHECK(Contains(Refusal(Right::kRead, "/"), "a mount at / would hide Python itself"));
  CHECK(Contains(Refusal(Right::kRead, "data/file:/home/guest"), "would hide"));
  for (const char* guest : {"/library", "/home/guest", "/home/guest/x", "/home/other", "/tmp"}) {
    CHECK_MESSAGE(Refusal(Right::kRead, "data:" + std::string(guest)) == "", guest);
  }
  CHECK(Refusal(Right::kRead, "/:/host") == "");
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "what is not there, is no file, or is the kernel's own is refused") {
  CHECK(Refusal(Right::kRead, "missing") == "No such file or directory");
  CHECK(Refusal(Right::kWrite, "missing") ==
        "No such file or directory; make it first, or allow its folder");
  CHECK(Refusal(Right::kRead, "") == "a path is missing");
  CHECK(Refusal(Right::kRead, ":/in") == "a path is missing");
  CHECK(Refusal(Right::kRead, "data/file/below") == "Not a directory");
  REQUIRE(mkfifo("fifo", 0600) == 0);
  for (const char* path : {"fifo", "/dev/zero:/zero"}) {
    CHECK(Refusal(Right::kRead, path) ==
          "only files and folders can be allowed, no device, FIFO or socket");
  }
  for (const char* path : {"/proc:/p", "/proc/self/environ:/e", "/sys:/s"}) {
    CHECK_MESSAGE(Contains(Refusal(Right::kRead, path), "the kernel's own state"), path);
  }
  CHECK(!rules.Deny(Right::kRead, "").ok());
}

TEST_CASE_FIXTURE(FileRulesFixture, "nobody may write to folders of ours, above or below them") {
  for (const char* path : {"own", "own/images", ".", "data/../own"}) {
    CHECK_MESSAGE(Contains(Refusal(Right::kWrite, path), "can change v8py itself"), path);
  }
  fs::create_directory_symlink("own", "alias");
  CHECK(Contains(Refusal(Right::kWrite, "alias:/x"), "can change v8py itself"));
  CHECK(Contains(Refusal(Right::kWrite, "/:/host"), "can change v8py itself"));
  CHECK(Refusal(Right::kRead, "own") == "");
  CHECK(Refusal(Right::kWrite, "other") == "");
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "what is allowed inside of a mount is a rule of it, in any order") {
  for (bool inner_first : {false, true}) {
    FileRules made;
    if (inner_first) REQUIRE(made.Allow(Right::kWrite, "data/sub").ok());
    REQUIRE(made.Allow(Right::kRead, "data").ok());
    if (!inner_first) REQUIRE(made.Allow(Right::kWrite, "data/sub").ok());
    REQUIRE(made.Arrange({}).ok());
    REQUIRE(made.mounts().size() == 1);
    CHECK(made.Check(Right::kRead, 0, "file").allowed);
    CHECK(!made.Check(Right::kWrite, 0, "file").allowed);
    CHECK(!made.Check(Right::kWrite, 0, "").allowed);
    CHECK(made.Check(Right::kWrite, 0, "sub").allowed);
    CHECK(made.Check(Right::kWrite, 0, "sub/deep/x").rule == "--allow-write=data/sub");
    CHECK(!made.Check(Right::kWrite, 0, "subway").allowed);
  }
}

TEST_CASE_FIXTURE(FileRulesFixture, "one place in the guest cannot be two of the host") {
  for (const char* second : {"other:/in", "other:/in/sub", "data/sub:/in"}) {
    FileRules made;
    REQUIRE(made.Allow(Right::kRead, "data:/in").ok());
    REQUIRE(made.Allow(Right::kRead, second).ok());
    Status status = made.Arrange({});
    REQUIRE_MESSAGE(!status.ok(), second);
    CHECK(Contains(status.message(), "already; say another place"));
  }
  CHECK(Allow(Right::kRead, "data:/in") == "");
  CHECK(Allow(Right::kWrite, "data:/in") == "");
  CHECK(Allow(Right::kRead, "data:/again") == "");
  CHECK(Arrange() == "");
  CHECK(rules.mounts().size() == 2);
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "a denial wins over what is allowed, at its path and below, and nowhere else") {
  CHECK(Allow(Right::kWrite, "data") == "");
  CHECK(Allow(Right::kWrite, "data/sub") == "");
  CHECK(rules.Deny(Right::kWrite, "data/sub").ok());
  CHECK(rules.Deny(Right::kRead, "data/not/there/yet").ok());
  CHECK(Arrange() == "");
  CHECK(rules.Check(Right::kRead, 0, "sub/deep").allowed);
  for (const char* path : {"sub", "sub/deep", "sub/new"}) {
    CHECK(rules.Check(Right::kWrite, 0, path).rule == "--deny-write=data/sub");
  }
  // Who may not read may not write.
  for (Right right : {Right::kRead, Right::kWrite}) {
    CHECK(!rules.Check(right, 0, "not/there/yet").allowed);
    CHECK(!rules.Check(right, 0, "not/there/yet/x").allowed);
    CHECK(rules.Check(right, 0, "not/there/yetanother").allowed);
    CHECK(rules.Check(right, 0, "not/there").allowed);
  }
  CHECK(rules.Check(Right::kWrite, 0, "subway").allowed);
}

TEST_CASE_FIXTURE(
    FileRulesFixture,
    "a denial above a mount, through a link, or of another alias is one of the mount") {
  fs::create_directory_symlink("data", "link");
  CHECK(Allow(Right::kRead, "data") == "");
  CHECK(Allow(Right::kRead, "data:/alias") == "");
  CHECK(rules.Deny(Right::kRead, "link/sub").ok());
  CHECK(Arrange() == "");
  for (size_t mount : {0, 1}) {
    CHECK(!rules.Check(Right::kRead, mount, "sub/deep").allowed);
    CHECK(rules.Check(Right::kRead, mount, "file").allowed);
  }
  FileRules above;
  REQUIRE(above.Allow(Right::kRead, "data/sub").ok());
  REQUIRE(above.Deny(Right::kRead, "data").ok());
  REQUIRE(above.Arrange({}).ok());
  CHECK(!above.Check(Right::kRead, 0, "").allowed);
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "a denial through a link is one of both paths: the link may be replaced") {
  fs::create_directory_symlink("sub", "data/link");
  CHECK(Allow(Right::kWrite, "data") == "");
  CHECK(rules.Deny(Right::kWrite, "data/link/key").ok());
  CHECK(rules.Deny(Right::kWrite, "data/link/../other").ok());
  CHECK(Arrange() == "");
  for (const char* path : {"sub/key", "link/key", "link/key/below", "other"}) {
    CHECK_MESSAGE(!rules.Check(Right::kWrite, 0, path).allowed, path);
  }
  for (const char* path : {"link", "sub", "link/other", "sub/other"}) {
    CHECK_MESSAGE(rules.Check(Right::kWrite, 0, path).allowed, path);
  }
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "a tree with a denied child cannot be moved, one beside it can") {
  CHECK(Allow(Right::kWrite, "data") == "");
  CHECK(rules.Deny(Right::kWrite, "data/sub/deep").ok());
  CHECK(Arrange() == "");
  for (const char* path : {"", "sub", "sub/deep", "sub/deep/x"}) {
    CHECK_MESSAGE(!rules.CheckTree(Right::kWrite, 0, path).allowed, path);
  }
  CHECK(rules.Check(Right::kWrite, 0, "sub").allowed);
  CHECK(rules.CheckTree(Right::kWrite, 0, "sub/other").allowed);
  CHECK(rules.CheckTree(Right::kWrite, 0, "file").allowed);
}

TEST_CASE_FIXTURE(FileRulesFixture,
                  "a refusal names the flag that would allow it, or the one that denies it") {
  CHECK(Allow(Right::kRead, "data:/in") == "");
  CHECK(Allow(Right::kRead, here + "/other") == "");
  CHECK(rules.Deny(Right::kRead, "data/sub").ok());
  CHECK(Arrange() == "");
  CHECK(rules.Check(Right::kWrite, 0, "file").why ==
        "writing to /in/file needs --allow-write=" + here + "/data:/in");
  CHECK(rules.Check(Right::kWrite, 1, "").why ==
        "writing to " + here + "/other needs --allow-write=" + here + "/other");
  CHECK(rules.Check(Right::kRead, 0, "sub/x").why ==
        "reading /in/sub/x is denied by --deny-read=data/sub");
}

namespace {

struct RandomRule {
  bool allow;
  Right right;
  std::string path;  // below the root
};

// The same tree is at /m in the guest, whatever is allowed of it.
FileRules Make(const std::string& root, const std::vector<RandomRule>& list) {
  FileRules rules;
  for (const RandomRule& rule : list) {
    std::string host = root + "/" + rule.path;
    Status status = rule.allow ? rules.Allow(rule.right, host + ":/m/" + rule.path)
                               : rules.Deny(rule.right, host);
    REQUIRE_MESSAGE(status.ok(), status.message());
  }
  Status status = rules.Arrange({});
  REQUIRE_MESSAGE(status.ok(), status.message());
  return rules;
}

bool Allowed(const FileRules& rules, Right right, const std::string& path, bool tree = false) {
  std::string guest = "/m/" + path;
  for (size_t i = 0; i < rules.mounts().size(); ++i) {
    const std::string& at = rules.mounts()[i].guest;
    if (!IsWithin(guest, at)) continue;
    std::string below = PathBelow(guest, at);
    return (tree ? rules.CheckTree(right, i, below) : rules.Check(right, i, below)).allowed;
  }
  return false;
}

// By the meaning of the flags, one after another.
bool Expected(const std::vector<RandomRule>& list, Right right, const std::string& path) {
  bool allowed = false;
  for (const RandomRule& rule : list) {
    if (!IsWithin(path, rule.path)) continue;
    bool for_both = rule.right == (rule.allow ? Right::kWrite : Right::kRead);
    if (rule.right != right && !for_both) continue;
    if (!rule.allow) return false;
    allowed = true;
  }
  return allowed;
}

}  // namespace

TEST_CASE("of thousands of random rule sets: denials win, rules add up, trees are their parts") {
  TemporaryFolder temporary;
  std::string root = fs::canonical(temporary.path());
  std::vector<std::string> paths;
  for (const char* a : {"a", "b", "ab"}) {
    paths.push_back(a);
    for (const char* b : {"a", "b", "ab"}) {
      paths.push_back(a + std::string("/") + b);
      fs::create_directories(root + "/" + paths.back());
    }
  }
  std::mt19937 random(12345);
  auto one_of = [&](size_t count) {
    return std::uniform_int_distribution<size_t>(0, count - 1)(random);
  };
  int refused = 0, given = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<RandomRule> list;
    for (size_t count = 1 + one_of(6); list.size() < count;) {
      list.push_back(
          {one_of(3) > 0, one_of(2) ? Right::kRead : Right::kWrite, paths[one_of(paths.size())]});
    }
    RandomRule more = list.back();
    FileRules rules = Make(root, list);
    list.pop_back();
    FileRules fewer = Make(root, list);
    list.push_back(more);
    for (const std::string& path : paths) {
      for (Right right : {Right::kRead, Right::kWrite}) {
        bool allowed = Allowed(rules, right, path);
        REQUIRE(allowed == Expected(list, right, path));
        ++(allowed ? given : refused);
        // What is added only ever allows more, or only less.
        bool before = Allowed(fewer, right, path);
        REQUIRE((more.allow ? allowed >= before : allowed <= before));
        bool whole = true;
        for (const std::string& below : paths) {
          if (IsWithin(below, path)) whole = whole && Allowed(rules, right, below);
        }
        REQUIRE(Allowed(rules, right, path, true) == (allowed && whole));
      }
      REQUIRE(Allowed(rules, Right::kRead, path) >= Allowed(rules, Right::kWrite, path));
    }
  }
  CHECK(given > 1000);
  CHECK(refused > 1000);
}

}  // namespace v8py
