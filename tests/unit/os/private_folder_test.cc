#include "os/private_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/temporary_folder.h"

namespace v8py {

namespace {

using Missing = PrivateFolder::Missing;

// "" when the folder is accepted.
std::string Refusal(const std::string& path, Missing missing = Missing::kIsAnError) {
  auto folder = PrivateFolder::Open(path, missing);
  return folder ? "" : folder.error().message();
}

}  // namespace

TEST_CASE("a private folder is made when that is wanted, for its user alone") {
  TemporaryFolder parent;
  std::string path = parent.path() + "/v8py";
  CHECK(Refusal(path) == "the folder " + path + ": No such file or directory");
  mode_t before = umask(0);
  CHECK(Refusal(path, Missing::kIsMade).empty());
  umask(before);
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  CHECK(Refusal(path).empty());
}

TEST_CASE("a folder that others can enter is refused, and accepted once they cannot") {
  TemporaryFolder folder;
  for (mode_t mode : {0701, 0710, 0755, 0777, 0704}) {
    REQUIRE(chmod(folder.path().c_str(), mode) == 0);
    CHECK(Refusal(folder.path(), Missing::kIsMade).find("others can enter") == 0);
  }
  REQUIRE(chmod(folder.path().c_str(), 0700) == 0);
  CHECK(Refusal(folder.path()).empty());
}

TEST_CASE("a folder of another user is refused, whatever its mode") {
  TemporaryFolder folder;
  // Without the right to give it away there is one that belongs to root.
  std::string path = folder.path();
  if (chown(path.c_str(), 65534, 65534) != 0) path = "/";
  CHECK(Refusal(path).find("belongs to another user") != std::string::npos);
}

TEST_CASE("a symbolic link is no folder, even one to a folder that would do") {
  TemporaryFolder parent;
  std::string real = parent.path() + "/real", link = parent.path() + "/link";
  REQUIRE(mkdir(real.c_str(), 0700) == 0);
  REQUIRE(symlink(real.c_str(), link.c_str()) == 0);
  CHECK(Refusal(real).empty());
  CHECK(Refusal(link).find("Not a directory") != std::string::npos);
  CHECK(Refusal(link, Missing::kIsMade).find("Not a directory") != std::string::npos);
}

TEST_CASE("what is opened stays the same folder when its path leads elsewhere") {
  TemporaryFolder parent;
  std::string path = parent.path() + "/v8py", moved = parent.path() + "/moved";
  auto folder = PrivateFolder::Open(path, Missing::kIsMade);
  REQUIRE(folder);
  REQUIRE(rename(path.c_str(), moved.c_str()) == 0);
  REQUIRE(mkdir(path.c_str(), 0777) == 0);
  REQUIRE(mkdir(folder->Entry("inside").c_str(), 0700) == 0);
  CHECK(access((moved + "/inside").c_str(), F_OK) == 0);
  CHECK(access((path + "/inside").c_str(), F_OK) != 0);
}

TEST_CASE("the runtime folder is the session's, unless that is another user's") {
  TemporaryFolder session;
  std::string own = "/tmp/v8py-" + std::to_string(geteuid());
  setenv("XDG_RUNTIME_DIR", session.path().c_str(), 1);
  CHECK(PrivateFolder::RuntimePath() == session.path() + "/v8py");
  setenv("XDG_RUNTIME_DIR", "relative", 1);
  CHECK(PrivateFolder::RuntimePath() == own);
  unsetenv("XDG_RUNTIME_DIR");
  CHECK(PrivateFolder::RuntimePath() == own);
  if (chown(session.path().c_str(), 65534, 65534) != 0) return;  // not ours to give away
  setenv("XDG_RUNTIME_DIR", session.path().c_str(), 1);
  CHECK(PrivateFolder::RuntimePath() == own);
  unsetenv("XDG_RUNTIME_DIR");
}

}  // namespace v8py
