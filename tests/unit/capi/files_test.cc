// Files of the host through the C interface: in runs of a pool, and in the programs of a session.
#include <doctest/doctest.h>

#include <fstream>
#include <thread>
#include <vector>

#include "unit/capi/answer.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

// Options with permissions; a refusal fails the test.
struct Allowed : Options {
  explicit Allowed(const std::string& code) : Options(code) {}
  Allowed& Allow(const char* permission, const std::string& values) {
    CHECK(Message(v8py_options_allow(options, permission, values.c_str())) == "");
    return *this;
  }
  Allowed& Deny(const char* permission, const std::string& values) {
    CHECK(Message(v8py_options_deny(options, permission, values.c_str())) == "");
    return *this;
  }
};

// A runtime with a pool, and two folders, `a` and `b`, with a file that says which it is.
struct Fixture {
  Fixture() {
    for (const char* name : {"a", "b"}) {
      fs::create_directory(here + "/" + name);
      std::ofstream(here + "/" + name + "/file") << "of " << name;
    }
    std::ofstream(here + "/b/only_b") << "b";
    REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
    REQUIRE(Message(v8py_runtime_set_pool(runtime, 3)) == "");
    REQUIRE(Message(v8py_session_new(runtime, &session)) == "");
  }
  ~Fixture() {
    v8py_session_free(session);
    v8py_runtime_free(runtime);
  }

  Answer Run(const Options& options) {
    v8py_run* run = nullptr;
    CHECK(Message(v8py_run_start(runtime, options.options, &run)) == "");
    return Wait(run);
  }
  Answer Cell(const Options& options) {
    v8py_run* run = nullptr;
    CHECK(Message(v8py_session_start(session, options.options, &run)) == "");
    return Wait(run);
  }
  Answer Cell(const std::string& code) { return Cell(Options(code)); }
  std::string Path(const std::string& below) { return here + "/" + below; }
  std::string Text(const std::string& below) {
    std::ifstream file(Path(below));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder temporary;
  const std::string here = fs::canonical(temporary.path());
  v8py_runtime* runtime = nullptr;
  v8py_session* session = nullptr;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "what one run is allowed the next has not, in a pool") {
  for (int i = 0; i < 10; ++i) {
    Allowed one("open('/in/new', 'w').write(open('/in/file').read()); open('/in/new').read()");
    CHECK(Run(one.Allow("write", Path("a:/in"))).value == "'of a'");
    CHECK(Run(Options("import os; os.path.exists('/in')")).value == "False");
    Allowed other("import os; sorted(os.listdir('/in'))");
    CHECK(Run(other.Allow("read", Path("b:/in"))).value == "['file', 'only_b']");
  }
  CHECK(Text("a/new") == "of a");
}

TEST_CASE_FIXTURE(Fixture, "runs at the same time see each its own folder at the same place") {
  std::vector<std::thread> threads;
  std::vector<std::string> seen(6);
  for (int i = 0; i < 6; ++i) {
    fs::create_directory(Path(std::to_string(i)));
    threads.emplace_back([this, i, &seen] {
      for (int round = 0; round < 5; ++round) {
        Allowed program("import os\nfor i in range(50): open(f'/in/{i}', 'w').write('" +
                        std::to_string(i) +
                        "')\nassert len(os.listdir('/in')) == 50\n''.join(set(open(f'/in/{i}')"
                        ".read() for i in range(50)))");
        seen[i] += Run(program.Allow("write", Path(std::to_string(i) + ":/in"))).value;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 6; ++i) {
    std::string own = "'" + std::to_string(i) + "'";
    CHECK(seen[i] == own + own + own + own + own);
  }
}

TEST_CASE_FIXTURE(Fixture, "a file that one program of a session has opened works in the next") {
  Allowed opens("f = open('/in/file', 'r+'); r = open('/in/file')\nf.read()");
  CHECK(Cell(opens.Allow("write", Path("a:/in"))).value == "'of a'");
  // It may open nothing itself.
  CHECK(Cell("import os; os.path.exists('/in/file'), f.write('!'), f.flush(), r.read()").value ==
        "(False, 1, None, 'of a!')");
  CHECK(Cell("f.truncate(2), f.close(), r.seek(0), r.read()").value == "(2, None, 0, 'of')");
  CHECK(Text("a/file") == "of");
}

TEST_CASE_FIXTURE(Fixture, "the permissions of each program of a session are its own") {
  std::string attempt =
      "import os\ndef can(action, *a):\n  try: action(*a).close(); return True\n"
      "  except OSError as e: return type(e).__name__\n"
      "can(open, '/in/file'), can(open, '/in/file', 'r+'), can(open, '/in/sub/new', 'w')";
  fs::create_directory(Path("a/sub"));
  Allowed reads(attempt), writes(attempt), denied(attempt);
  CHECK(Cell(reads.Allow("read", Path("a:/in"))).value ==
        "(True, 'PermissionError', 'PermissionError')");
  CHECK(Cell(writes.Allow("write", Path("a:/in"))).value == "(True, True, True)");
  denied.Allow("write", Path("a:/in")).Deny("read", Path("a/file"));
  CHECK(Cell(denied).value == "('PermissionError', 'PermissionError', True)");
  CHECK(Cell(reads).value == "(True, 'PermissionError', 'PermissionError')");
  CHECK(Cell(attempt).value == "('FileNotFoundError', 'FileNotFoundError', 'FileNotFoundError')");
}

TEST_CASE_FIXTURE(Fixture,
                  "another folder at the same place shows its own files, not remembered ones") {
  std::string look = "import os; os.path.exists('/in/only_b'), open('/in/file').read()";
  Allowed a(look), b(look);
  a.Allow("read", Path("a:/in"));
  b.Allow("read", Path("b:/in"));
  for (int i = 0; i < 3; ++i) {
    CHECK(Cell(a).value == "(False, 'of a')");
    CHECK(Cell(b).value == "(True, 'of b')");
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "what is still open of an earlier mount changes nothing of a later one") {
  fs::permissions(Path("b/file"), fs::perms(0644));
  Allowed opens("f = open('/in/file', 'r+'); import os; d = os.open('/in', os.O_RDONLY)");
  CHECK(Cell(opens.Allow("write", Path("a:/in"))).status == "ok");
  Allowed changes(
      "for change in lambda: os.fchmod(f.fileno(), 0o777), lambda: os.utime(f.fileno(), (0, 0)), "
      "lambda: os.listdir(d):\n  try: change()\n  except OSError: pass");
  CHECK(Cell(changes.Allow("write", Path("b:/other"))).status == "ok");
  CHECK(fs::status(Path("b/file")).permissions() == fs::perms(0644));
  CHECK(fs::last_write_time(Path("b/file")).time_since_epoch().count() != 0);
}

TEST_CASE_FIXTURE(Fixture, "a mount finds its place, whatever an earlier program has made there") {
  const char* in_the_way[] = {"open('/in', 'w').close()",
                              "os.symlink('/tmp', '/in')",
                              "os.makedirs('/in/file/x')",
                              "os.symlink('/nowhere', '/in')",
                              "os.chdir('/'); shutil.rmtree('/home/guest')",
                              "try:\n  for i in range(10**6): open(f'/tmp/{i}', 'w').write('x' * "
                              "1000)\nexcept OSError: pass"};
  for (const char* code : in_the_way) {
    INFO(std::string(code));
    v8py_session_free(session);
    REQUIRE(Message(v8py_session_new(runtime, &session)) == "");
    Options before("import os, shutil\n" + std::string(code));
    CHECK(Cell(before.Limit(V8PY_LIMIT_FILES, 2'000'000)).status == "ok");
    Allowed folder("open('/in/file').read(), os.getcwd()"), file("open('/in/x').read()");
    folder.Limit(V8PY_LIMIT_FILES, 2'000'000);
    file.Limit(V8PY_LIMIT_FILES, 2'000'000);
    CHECK(Cell(folder.Allow("read", Path("a:/in"))).value == "('of a', '/home/guest')");
    CHECK(Cell(file.Allow("read", Path("b/file:/in/x"))).value == "'of b'");
    CHECK(Cell("1").value == "1");
  }
}

TEST_CASE_FIXTURE(Fixture, "a file that a mount has hidden is there again when the mount is not") {
  CHECK(Cell("open('/tmp/file', 'w').write('mine')").status == "ok");
  Allowed hides("open('/tmp/file').read()");
  CHECK(Cell(hides.Allow("read", Path("a/file:/tmp/file"))).value == "'of a'");
  CHECK(Cell("import os; open('/tmp/file').read(), 'file' in os.listdir('/tmp')").value ==
        "('mine', True)");
}

TEST_CASE_FIXTURE(Fixture,
                  "a folder that holds a mount may be moved, and the next program has its own") {
  Allowed moves("import os; os.rename('/in', '/away'); open('/away/deep/file').read()");
  CHECK(Cell(moves.Allow("read", Path("a:/in/deep"))).value == "'of a'");
  Allowed next(
      "def read(p):\n  try: return open(p).read()\n  except OSError as e: return 'none'\n"
      "read('/in/deep/file'), read('/away/deep/file')");
  CHECK(Cell(next.Allow("read", Path("b:/in/deep"))).value == "('of b', 'none')");
}

TEST_CASE_FIXTURE(Fixture,
                  "a program that lacked a permission is told so, and the session goes on") {
  Allowed program("open('/in/file', 'w')");
  Answer answer = Cell(program.Allow("read", Path("a:/in")));
  CHECK(answer.status == "denied");
  CHECK(answer.json["exit_code"] == 122);
  CHECK(answer.json["summary"] == "writing to /in/file needs --allow-write=" + Path("a") + ":/in");
  CHECK(Cell("raise PermissionError('mine')").status == "error");
  CHECK(Cell("1").value == "1");
}

TEST_CASE_FIXTURE(Fixture,
                  "the limit for files counts anew for each program, of the host's files") {
  for (int i = 0; i < 3; ++i) {
    Allowed program("open('/in/new', 'ab').write(bytes(60_000))");
    program.Limit(V8PY_LIMIT_FILES, 100'000);
    CHECK(Cell(program.Allow("write", Path("a:/in"))).value == "60000");
  }
  Allowed over("open('/in/new', 'wb').write(bytes(300_000))");
  over.Limit(V8PY_LIMIT_FILES, 100'000);
  // What was cut off is given back, and no more.
  CHECK(Cell(over.Allow("write", Path("a:/in"))).json["error"]["message"] ==
        "[Errno 51] No space left on device");
  CHECK(fs::file_size(Path("a/new")) <= 200'000);
}

TEST_CASE_FIXTURE(Fixture, "a program that does nothing but calls is stopped like any other") {
  for (const char* code :
       {"while True: open('/in/file', 'r+').close()", "import os\nwhile True: os.listdir('/in')",
        "while True:\n  with open('/in/x', 'w') as f: f.write('1')"}) {
    INFO(std::string(code));
    Allowed endless(code);
    endless.Limit(V8PY_LIMIT_WALL, 150);
    CHECK(Cell(endless.Allow("write", Path("a:/in"))).status == "timeout");
    Allowed after("open('/in/file').read()");
    CHECK(Cell(after.Allow("read", Path("a:/in"))).value == "'of a'");
  }
}

TEST_CASE_FIXTURE(Fixture, "the environment by permission is each program's own") {
  setenv("V8PY_CAPI_SECRET", "hush", 1);
  std::string look = "import os; repr(os.environ.get('V8PY_CAPI_SECRET'))";
  Allowed allowed(look), denied(look), set(look);
  CHECK(Cell(look).value == "'None'");
  CHECK(Cell(allowed.Allow("env", "V8PY_CAPI_*")).value == "\"'hush'\"");
  CHECK(Cell(look).value == "'None'");
  CHECK(Cell(denied.Allow("env", "*").Deny("env", "V8PY_CAPI_SECRET")).value == "'None'");
  v8py_options_set_environment(set.options, "V8PY_CAPI_SECRET", "given");
  CHECK(Run(set.Allow("env", "*")).value == "\"'given'\"");
  unsetenv("V8PY_CAPI_SECRET");
}

TEST_CASE_FIXTURE(Fixture,
                  "what cannot be allowed is an error at once or at the start, and harms nothing") {
  Options options("1");
  CHECK(Message(v8py_options_allow(options.options, "raed", "x")) ==
        "there is no permission 'raed'; did you mean 'read'?");
  CHECK(Message(v8py_options_deny(options.options, "write", "")) ==
        "--deny-write: a value is missing");
  Allowed missing("1");
  missing.Allow("read", Path("missing"));
  v8py_run* run = nullptr;
  std::string expected = "--allow-read=" + Path("missing") + ": No such file or directory";
  CHECK(Message(v8py_run_start(runtime, missing.options, &run)) == expected);
  CHECK(Message(v8py_session_start(session, missing.options, &run)) == expected);
  CHECK(run == nullptr);
  CHECK(Cell("1").value == "1");
}

TEST_CASE_FIXTURE(Fixture, "programs of one process share a log, and each line says whose it is") {
  for (const char* name : {"a", "b"}) {
    Allowed program("open('/in/file').read()");
    program.Allow("read", Path(name + std::string(":/in")));
    CHECK(Message(v8py_options_set_audit(program.options, Path("log").c_str())) == "");
    CHECK(Run(program).status == "ok");
  }
  std::ifstream log(Path("log"));
  std::vector<Json> lines;
  for (std::string line; std::getline(log, line);) lines.push_back(*ParseJson(line));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["target"] == Path("a/file"));
  CHECK(lines[1]["target"] == Path("b/file"));
  CHECK(lines[0]["run"] != lines[1]["run"]);
}

}  // namespace v8py
