// Questions about permissions, through the C interface: rights that are given while a program runs.
#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "unit/capi/answer.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

using Handler = std::function<void(v8py_question*)>;

struct Fixture {
  Fixture() {
    REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
    REQUIRE(Message(v8py_session_new(runtime, &session)) == "");
    std::ofstream(folder.path() + "/file") << "text";
  }
  ~Fixture() {
    v8py_session_free(session);
    v8py_runtime_free(runtime);
  }

  // A program that may read the folder, at /in, in the session; `handler` is asked for the rest.
  Answer Run(const std::string& code, uint64_t wall_ms = 60'000) {
    Options options(code);
    options.Limit(V8PY_LIMIT_WALL, wall_ms);
    std::string mount = folder.path() + ":/in";
    CHECK(Message(v8py_options_allow(options.options, "read", mount.c_str())) == "");
    v8py_options_set_question_callback(
        options.options,
        [](void* user, v8py_question* question) {
          auto* self = static_cast<Fixture*>(user);
          self->asked.push_back(std::string(v8py_question_permission(question)) + " " +
                                v8py_question_value(question));
          self->handler(question);
        },
        this);
    v8py_run* run = nullptr;
    CHECK(Message(v8py_session_start(session, options.options, &run)) == "");
    return Wait(run);
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder folder;
  v8py_runtime* runtime = nullptr;
  v8py_session* session = nullptr;
  Handler handler = [](v8py_question* question) { v8py_question_answer(question, 1); };
  std::vector<std::string> asked;
};

const std::string kWrite = "for i in range(3): open(f'/in/{i}', 'w').write('x')\n";

}  // namespace

TEST_CASE_FIXTURE(Fixture, "what is allowed is so to the program's end, and no longer") {
  CHECK(Run(kWrite + "open('/in/file').read()").value == "'text'");
  CHECK(asked == std::vector<std::string>{"write " + folder.path() + ":/in"});
  CHECK(Run(kWrite).status == "ok");
  CHECK(asked.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what is refused is refused, and not asked again") {
  handler = [](v8py_question* question) { v8py_question_answer(question, 0); };
  std::string twice =
      "for i in range(2):\n"
      "  try: open('/in/new', 'w')\n"
      "  except PermissionError: print('refused')\n";
  CHECK(Run(twice).output == "refused\nrefused\n");
  CHECK(asked.size() == 1);
  CHECK(!std::ifstream(folder.path() + "/new"));
  CHECK(Run(kWrite).status == "denied");
}

TEST_CASE_FIXTURE(Fixture, "an answer that never comes, or too late, keeps nobody") {
  std::vector<v8py_question*> open;
  handler = [&](v8py_question* question) { open.push_back(question); };
  CHECK(Run(kWrite, 700).status == "timeout");
  REQUIRE(open.size() == 1);
  // The next program's answers are its own.
  Handler later = std::exchange(handler, [&](v8py_question* question) {
    v8py_question_answer(open.back(), 1);
    open.pop_back();
    v8py_question_answer(question, 0);
  });
  CHECK(Run(kWrite).status == "denied");
  CHECK(open.empty());
  CHECK(Run("open('/in/file').read()").value == "'text'");
}

TEST_CASE_FIXTURE(Fixture, "answers may come from another thread") {
  std::thread thread;
  handler = [&](v8py_question* question) {
    thread = std::thread([question] { v8py_question_answer(question, 1); });
  };
  CHECK(Run(kWrite).status == "ok");
  thread.join();
}

TEST_CASE_FIXTURE(Fixture, "hosts, packages and what rules deny") {
  handler = [](v8py_question* question) { v8py_question_answer(question, 0); };
  CHECK(Run("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')").status ==
        "denied");
  CHECK(Run("import micropip\nawait micropip.install('attrs')").status == "denied");
  CHECK(asked == std::vector<std::string>{"net 127.0.0.1:9", "packages attrs"});
}

}  // namespace v8py
