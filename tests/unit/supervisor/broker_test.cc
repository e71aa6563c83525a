// Calls of a worker that is an attacker's: raw, past all checks in JavaScript. Whatever it asks, it
// gets what a guest would get, and others notice nothing.
#include "supervisor/broker.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <future>

#include "unit/supervisor/hostile_runs.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

// Mount 0 may be written to, but for `denied`; mount 1 may be read.
struct BrokerFixture : HostileRuns {
  BrokerFixture() {
    fs::create_directories(here + "/data/denied");
    fs::create_directory(here + "/shown");
    std::ofstream(here + "/data/file") << "text";
    std::ofstream(here + "/shown/file") << "text";
    std::ofstream(here + "/outside") << "outside";
    fs::create_symlink("../outside", here + "/data/link");
    fs::create_directory_symlink("/proc/self", here + "/data/process");
    AccessWish wish;
    REQUIRE(wish.Add(true, "write", here + "/data:/d").ok());
    REQUIRE(wish.Add(true, "read", here + "/shown:/shown").ok());
    REQUIRE(wish.Add(false, "read", here + "/data/denied").ok());
    program.access = MakeAccess(wish, {}).value();
  }

  TemporaryFolder temporary;
  const std::string here = fs::canonical(temporary.path());
};

}  // namespace

TEST_CASE_FIXTURE(BrokerFixture, "a call is answered, under its own number") {
  CHECK(Ask({R"(file.readlink=[0,"link"])", R"(file.mkdir=[0,"new",493])"}) ==
        "\"../outside\"\nnull\n");
  CHECK(fs::exists(here + "/data/new"));
}

TEST_CASE_FIXTURE(BrokerFixture, "paths that lead out are refused, in every spelling") {
  std::vector<std::string> calls;
  for (const char* path : {"../outside", "../../etc/passwd", "/etc/passwd", "sub/../../outside",
                           ".", "..", "file/", "/", "a//b", R"(file\u0000)"}) {
    calls.push_back(R"(file.stat=[0,")" + std::string(path) + R"("])");
    calls.push_back(R"(file.open=[0,")" + std::string(path) + R"(",true])");
    calls.push_back(R"(file.rename=[0,"file",")" + std::string(path) + R"("])");
  }
  CHECK(Ask(calls) == Times("EINVAL", calls.size()));
  CHECK(fs::exists(here + "/data/file"));
}

TEST_CASE_FIXTURE(BrokerFixture,
                  "links, those into the kernel's files too, are followed by nobody") {
  CHECK(Ask({R"(file.open=[0,"link",false])", R"(file.open=[0,"link",true])",
             R"(file.open=[0,"process/environ",false])", R"(file.list=[0,"process/fd",""])",
             R"(file.resize=[0,"link",0])"}) == Times("ELOOP", 5));
  CHECK(fs::file_size(here + "/outside") == 7);
}

TEST_CASE_FIXTURE(BrokerFixture,
                  "what is not allowed is refused though no guest would ask for it") {
  CHECK(Ask({R"(file.open=[1,"file",true])", R"(file.create=[1,"new",438])",
             R"(file.unlink=[1,"file"])", R"(file.list=[0,"denied",""])",
             R"(file.rename=[0,"denied","x"])", R"(file.create=[0,"denied/x",438])"}) ==
        Times("EACCES", 6));
  CHECK(fs::exists(here + "/data/denied"));
  CHECK(fs::exists(here + "/shown/file"));
}

TEST_CASE_FIXTURE(BrokerFixture, "mounts, handles and calls that there are not are errors") {
  CHECK(
      Ask({R"(file.stat=[2,""])", R"(file.stat=[-1,""])", R"(file.stat=[18446744073709551615,""])",
           R"(file.stat=[0])", R"(file.stat={})", R"(file.stat=null)", R"(file.stat=["0",""])",
           R"(file.write=[1,9007199254740992])", R"(file.write=[1e300,0])"}) == Times("EINVAL", 9));
  CHECK(Ask({"file.write=[1,0]", "file.close=[0]", "file.sync=[99]", "file.resizeOpen=[1,0]"}) ==
        Times("EBADF", 4));
  CHECK(Ask({"=[]", "file.=[]", "file.exec=[]", "File.stat=[]", "process.start=[]", "file=[]"}) ==
        Times("ENOSYS", 6));
}

TEST_CASE_FIXTURE(BrokerFixture, "a huge offset or size fills no disk") {
  program.limits.files_bytes = 100'000;
  CHECK(Ask({R"(file.open=[0,"file",true])", "file.write=[1,9007199254740991]",
             "file.resizeOpen=[1,9007199254740991]", R"(file.resize=[0,"file",1000000])"}) ==
        "1\nENOSPC\nENOSPC\nENOSPC\n");
  CHECK(fs::file_size(here + "/data/file") == 4);
}

TEST_CASE_FIXTURE(BrokerFixture,
                  "ten thousand calls at once end the worker that asks them, and no other") {
  auto hostile = Start({"ready", "run", R"(flood:file.list=[0,"",""])", "result", "sleep"});
  std::vector<std::string> words = {"ready", "run"};
  words.insert(words.end(), 100, R"(ask:file.readlink=[0,"link"])");
  words.push_back("result");
  Ended good = Wait(Start(words));
  CHECK(good.result.status == RunStatus::kOk);
  CHECK(good.output == Times("\"../outside\"", 100));
  CHECK(Wait(hostile).result.reason == "protocol_error");
  CHECK(Ask({R"(file.readlink=[0,"link"])"}) == "\"../outside\"\n");
}

TEST_CASE_FIXTURE(BrokerFixture, "a worker that takes no answers cannot pile them up here") {
  auto hostile = Start({"ready", "run", R"(hoard:file.open=[1,"file",false])", "result", "sleep"});
  CHECK(Wait(hostile).result.reason == "protocol_error");
}

TEST_CASE_FIXTURE(BrokerFixture, "descriptors that a worker sends uninvited do not arrive") {
  auto run = Start(
      {"ready", "run", R"(gift:file.stat=[0,"file"])", R"(gift:file.stat=[0,"file"])", "result"});
  int before = CountEntries("/proc/self/fd"), most = 0;
  std::string output;
  for (Event event; (event = run->events().Pop()).kind != Event::Kind::kEnd;) {
    if (event.kind == Event::Kind::kOutput) output += event.data;
    most = std::max(most, CountEntries("/proc/self/fd"));
  }
  // The run has some of its own.
  CHECK(most < before + 20);
  CHECK(output == "done\ndone\n");
}

TEST_CASE_FIXTURE(BrokerFixture, "a call after the result does nothing") {
  auto run = Start({"ready", "run", "result", R"(late:file.create=[0,"late",438])", "sleep"});
  CHECK(Wait(run).result.status == RunStatus::kOk);
  CHECK(!fs::exists(here + "/data/late"));
}

TEST_CASE_FIXTURE(BrokerFixture,
                  "a call of a worker that is not ready yet is an error, and does nothing") {
  auto booting = Start({R"(late:file.create=[0,"early",438])", "ready", "run", "result"});
  Event event;
  while ((event = booting->events().Pop()).kind != Event::Kind::kEnd) {
  }
  CHECK(!event.result);
  CHECK(!fs::exists(here + "/data/early"));
}

TEST_CASE_FIXTURE(BrokerFixture,
                  "a worker that dies in the middle of its calls leaves nothing open") {
  for (int i = 0; i < 20; ++i) {
    auto run = Start({"ready", "run", R"(ask:file.open=[0,"file",true])",
                      R"(late:file.list=[0,"",""])", R"(late:file.open=[0,"file",true])", "crash"});
    CHECK(Wait(run).result.status == RunStatus::kKilled);
  }
}

TEST_CASE_FIXTURE(BrokerFixture, "without permissions every call for a file is an error") {
  program.access = nullptr;
  CHECK(Ask({R"(file.stat=[0,""])", R"(file.open=[0,"file",false])"}) == Times("EINVAL", 2));
}

}  // namespace v8py
