// What somebody asks for, and the log of what came of it.
#include "supervisor/access.h"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("commas separate values, and a doubled one is a comma of a value") {
  AccessWish wish;
  REQUIRE(wish.Add(true, "env", "A,B,,C,D").ok());
  REQUIRE(wish.Add(false, "read", "x").ok());
  REQUIRE(wish.rules.size() == 4);
  CHECK(wish.rules[0].value == "A");
  CHECK(wish.rules[1].value == "B,C");
  CHECK(wish.rules[2].value == "D");
  CHECK(wish.rules[3].right == AccessWish::Right::kRead);
  CHECK(!wish.rules[3].allow);
}

TEST_CASE("an empty value and an unknown permission are refused, with what to do") {
  for (const char* values : {"", ",A", "A,", "A,,,B"}) {
    AccessWish wish;
    Status status = wish.Add(true, "read", values);
    INFO(values);
    REQUIRE((std::string(values) == "A,,,B") == status.ok());
    if (!status.ok()) CHECK(status.message() == "--allow-read: a value is missing");
  }
  AccessWish wish;
  CHECK(wish.Add(false, "env", "").message() == "--deny-env: a value is missing");
  CHECK(wish.Add(true, "raed", "x").message() ==
        "there is no permission 'raed'; did you mean 'read'?");
  CHECK(wish.Add(true, "network", "x").code() == Code::kCaller);
}

TEST_CASE("a log that cannot be opened is an error; nothing is allowed then") {
  AccessWish wish;
  wish.audit = "/nonexistent/log";
  auto access = MakeAccess(wish, {});
  REQUIRE(!access);
  CHECK(access.error().message() == "audit log /nonexistent/log: No such file or directory");
}

TEST_CASE("nobody writes to the log of its own decisions, whatever is allowed") {
  TemporaryFolder temporary;
  std::string here = fs::canonical(temporary.path());
  fs::create_symlink("log", here + "/link");
  AccessWish wish;
  REQUIRE(wish.Add(true, "write", here + ":/w").ok());
  wish.audit = here + "/link";
  auto access = MakeAccess(wish, {}).value();
  using Right = FileRules::Right;
  Decision decision = access->files.Check(Right::kWrite, 0, "log");
  CHECK(decision.why == "writing to /w/log is denied by --audit=" + here + "/link");
  CHECK(!access->files.CheckTree(Right::kWrite, 0, "").allowed);
  CHECK(access->files.Check(Right::kRead, 0, "log").allowed);
  CHECK(access->files.Check(Right::kWrite, 0, "other").allowed);
}

TEST_CASE("a line of the log is JSON with a time, and what it quotes cannot break it") {
  TemporaryFolder temporary;
  std::string path = temporary.path() + "/log";
  auto audit = Audit::Open(path).value();
  audit->Write(17, "write", "/data/\"x\"\n\xff", {false, "--deny-write=/data", "why"});
  audit->Write(18, "read", "/data", {true, "--allow-read=/data", ""});
  auto lines = Lines(path);
  REQUIRE(lines.size() == 2);
  CHECK(std::regex_match(
      lines[1],
      std::regex(R"x(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","run":18,"what":)x"
                 R"x("read","target":"/data","allowed":true,"rule":"--allow-read=/data"\})x")));
  Json first = ParseJson(lines[0]).value();
  CHECK(first["target"] == "/data/\"x\"\n\xef\xbf\xbd");
  CHECK(first["allowed"] == false);
  CHECK(first["rule"] == "--deny-write=/data");
  CHECK(fs::status(path).permissions() == fs::perms(0600));
}

TEST_CASE("lines of several threads, and of several processes, are whole and all there") {
  LeakCheck leaks;
  TemporaryFolder temporary;
  std::string path = temporary.path() + "/log";
  std::ofstream(path) << "{\"before\":1}\n";
  constexpr int kLines = 500;
  auto write = [&](uint64_t run, Audit& audit) {
    for (int i = 0; i < kLines; ++i)
      audit.Write(run, "read", std::string(i, 'x'), {true, "rule", ""});
  };
  pid_t child = fork();
  if (child == 0) {
    write(1, **Audit::Open(path));
    _exit(0);
  }
  {
    auto shared = Audit::Open(path).value();
    std::thread second([&] { write(2, *shared); });
    write(3, *shared);
    second.join();
  }
  REQUIRE(waitpid(child, nullptr, 0) == child);
  auto lines = Lines(path);
  REQUIRE(lines.size() == 1 + 3 * kLines);
  int counts[4] = {0, 0, 0, 0};
  for (size_t i = 1; i < lines.size(); ++i) {
    auto line = ParseJson(lines[i]);
    REQUIRE(line);
    ++counts[(*line)["run"].get<int>()];
  }
  for (int run : {1, 2, 3}) CHECK(counts[run] == kLines);
}

TEST_CASE("a log that is full is no error of the program's") {
  auto audit = Audit::Open("/dev/full").value();
  for (int i = 0; i < 3; ++i) audit->Write(1, "read", "/x", {true, "", ""});
  CHECK(audit.use_count() == 1);
}

}  // namespace v8py
