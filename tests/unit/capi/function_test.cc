// Functions of the embedding program, and options as JSON, through the C interface.
#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "unit/capi/answer.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

using Function = std::function<void(v8py_call*)>;

void CallFunction(void* user, v8py_call* call) { (*static_cast<Function*>(user))(call); }

// Answers with what it was asked.
void Echo(v8py_call* call) {
  CHECK(Message(v8py_call_return(call, v8py_call_arguments_json(call))) == "");
  v8py_call_free(call);
}

struct Fixture {
  Fixture() {
    REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
    functions["echo"] = Echo;
  }
  ~Fixture() { v8py_runtime_free(runtime); }

  // Runs a program that has the functions, of which it may call those of `allowed`; "": none.
  Answer Run(const std::string& code, const std::string& allowed = "*", uint64_t wall_ms = 60'000) {
    Options options("from v8py import host, HostError\n" + code);
    options.Limit(V8PY_LIMIT_WALL, wall_ms);
    for (auto& [name, function] : functions) {
      CHECK(Message(v8py_options_add_function(options.options, name.c_str(), CallFunction,
                                              &function)) == "");
    }
    if (!allowed.empty()) {
      CHECK(Message(v8py_options_allow(options.options, "host-call", allowed.c_str())) == "");
    }
    if (!audit.empty())
      CHECK(Message(v8py_options_set_audit(options.options, audit.c_str())) == "");
    v8py_run* run = nullptr;
    CHECK(Message(v8py_run_start(runtime, options.options, &run)) == "");
    return Wait(run);
  }
  // The exception that a call ends with.
  std::string Raised(const std::string& call, const std::string& allowed = "*") {
    Answer answer =
        Run("try: " + call + "\nexcept Exception as e: print(type(e).__name__, e)", allowed);
    return answer.status == "ok" ? answer.output : answer.status + answer.errors;
  }

  LeakCheck leaks;  // last to go
  v8py_runtime* runtime = nullptr;
  std::map<std::string, Function> functions;
  std::string audit;
};

std::string Configure(const std::string& json) {
  return Message(v8py_options_configure(Options("").options, json.c_str()));
}

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a function gets what the program gives, and the program what it returns") {
  CHECK(Run("host.echo(1, 'zwei', None, [True], drei={'é': 1.5})").value ==
        "{'args': [1, 'zwei', None, [True]], 'kwargs': {'drei': {'é': 1.5}}}");
  CHECK(Run("host.echo()").value == "{'args': [], 'kwargs': {}}");
  CHECK(Run("f = host.echo; [f(i)['args'][0] for i in range(1000)] == list(range(1000))").value ==
        "True");
  CHECK(Run("len(host.echo('x' * 900_000)['args'][0])").value == "900000");
}

TEST_CASE_FIXTURE(Fixture, "one that is not allowed is not called, and its name is not told") {
  functions["secret"] = [](v8py_call* call) {
    FAIL("called");
    v8py_call_free(call);
  };
  std::string denied =
      "PermissionError [Errno 2] calling the host's function 'secret' needs "
      "--allow-host-call=secret\n";
  CHECK(Raised("host.secret()", "echo") == denied);
  CHECK(Raised("host.secret()", "") == denied);
  CHECK(Run("host.secret()", "echo").status == "denied");
  CHECK(Run("dir(host)", "echo").value == "['echo']");
  CHECK(Run("dir(host)", "").value == "[]");
  CHECK(Run("dir(host)", "e*,secret").value == "['echo', 'secret']");
  CHECK(Raised("host.ecko()", "e*") ==
        "AttributeError the host has no function 'ecko'; did you mean 'echo'?\n");
  CHECK(Raised("host._private", "*") == "AttributeError _private\n");
}

TEST_CASE_FIXTURE(Fixture, "what a function raises is raised in the program") {
  functions["fail"] = [](v8py_call* call) {
    Json arguments = *ParseJson(v8py_call_arguments_json(call));
    std::string type = arguments["args"][0];
    CHECK(Message(v8py_call_raise(call, type.c_str(), "for a reason")) == "");
    CHECK(Message(v8py_call_return(call, "1")) == "this call was answered already");
    v8py_call_free(call);
  };
  functions["forget"] = v8py_call_free;
  functions["wrong"] = [](v8py_call* call) {
    CHECK(Message(v8py_call_return(call, "{nonsense")) == "what a function returns is not JSON");
    CHECK(Message(v8py_call_return(call, "\"right\"")) == "");
    v8py_call_free(call);
  };
  CHECK(Raised("host.fail('ValueError')") == "ValueError for a reason\n");
  CHECK(Raised("host.fail('KeyError')") == "KeyError 'for a reason'\n");
  for (const char* type : {"Payment", "print", "SystemExit", "__import__", "v8py.HostError"}) {
    CHECK(Raised("host.fail('" + std::string(type) + "')") == "HostError for a reason\n");
  }
  CHECK(Raised("host.forget()") == "HostError the host gave no answer\n");
  CHECK(Run("host.wrong()").value == "'right'");
}

TEST_CASE_FIXTURE(Fixture, "what JSON cannot say, or is too much, stays in the program") {
  CHECK(Raised("host.echo(float('nan'))").starts_with("ValueError"));
  CHECK(Raised("host.echo(object())").starts_with("TypeError"));
  CHECK(Raised("host.echo('x' * 2_000_000)").starts_with("OSError"));
  CHECK(Run("v = []\nfor _ in range(200): v = [v]\ntry: host.echo(v)\nexcept ValueError as e: "
            "print(e)")
            .output == "arguments are nested more than 100 deep\n");
  CHECK(Run("v = []\nfor _ in range(90): v = [v]\nhost.echo(v)['args'] == [v]").value == "True");
}

TEST_CASE_FIXTURE(Fixture, "answers may come later, from any thread, in any order") {
  std::vector<v8py_call*> calls;
  std::thread thread;
  functions["later"] = [&](v8py_call* call) {
    calls.push_back(call);
    if (calls.size() < 50) return;
    // The last first.
    thread = std::thread([&] {
      for (; !calls.empty(); calls.pop_back()) Echo(calls.back());
    });
  };
  Answer answer =
      Run("import asyncio\n"
          "async def main():\n"
          "  all = await asyncio.gather(*(host.aio.later(i) for i in range(50)), "
          "host.aio.echo('last'))\n"
          "  return [a['args'][0] for a in all]\n"
          "(await main()) == [*range(50), 'last']");
  thread.join();
  CHECK(answer.errors == "");
  CHECK(answer.value == "True");
}

TEST_CASE_FIXTURE(Fixture, "a function that never answers does not keep the program from its end") {
  v8py_call* kept = nullptr;
  functions["never"] = [&](v8py_call* call) { kept = call; };
  CHECK(Run("host.never()", "*", 700).status == "timeout");
  CHECK(Message(v8py_call_return(kept, "1")) == "");  // nobody is there
  v8py_call_free(kept);
  CHECK(Run("await host.aio.never()", "*", 700).status == "timeout");
  v8py_call_free(kept);
  CHECK(Run("try: host.never()\nfinally: print(host.echo(1)['args'])", "*", 700).output == "[1]\n");
  v8py_call_free(kept);
}

TEST_CASE_FIXTURE(Fixture, "a session's programs have the functions of each") {
  v8py_session* session = nullptr;
  REQUIRE(Message(v8py_session_new(runtime, &session)) == "");
  auto cell = [&](const std::string& code, bool with) {
    Options options(code);
    if (with) {
      CHECK(Message(v8py_options_add_function(options.options, "echo", CallFunction,
                                              &functions["echo"])) == "");
    }
    CHECK(Message(v8py_options_allow(options.options, "host-call", "*")) == "");
    v8py_run* run = nullptr;
    CHECK(Message(v8py_session_start(session, options.options, &run)) == "");
    return Wait(run);
  };
  CHECK(cell("from v8py import host; host.echo(1)['args']", true).value == "[1]");
  CHECK(cell("host.echo(2)", false).json["error"]["message"] ==
        "the host has no function 'echo'; it offers none here");
  CHECK(cell("host.echo(3)['args']", true).value == "[3]");
  v8py_session_free(session);
}

TEST_CASE_FIXTURE(Fixture, "each call is in the audit log, with the rule") {
  TemporaryFolder folder;
  audit = folder.path() + "/audit";
  Run("host.echo()\ntry: host.other()\nexcept PermissionError: pass", "ec*");
  std::ifstream file(audit);
  std::string lines[2];
  for (std::string& line : lines) std::getline(file, line);
  Json allowed = *ParseJson(lines[0]), denied = *ParseJson(lines[1]);
  CHECK(allowed["what"] == "host-call");
  CHECK(allowed["target"] == "echo");
  CHECK(allowed["rule"] == "--allow-host-call=ec*");
  CHECK(denied["target"] == "other");
  CHECK(denied["allowed"] == false);
}

TEST_CASE("names of functions are identifiers, each once") {
  Options options("");
  auto add = [&](const char* name) {
    return Message(v8py_options_add_function(options.options, name, CallFunction, nullptr));
  };
  CHECK(add("good_1") == "");
  CHECK(add("good_1") == "there is a function 'good_1' already");
  for (const char* name : {"", "1a", "_a", "a b", "a.b", "é", "aio"}) {
    CHECK(add(name).find("cannot be a function's name") != std::string::npos);
  }
  CHECK(Message(v8py_options_add_function(options.options, "a", nullptr, nullptr)) ==
        "a function is NULL");
}

TEST_CASE("options as JSON are all set, or none is") {
  TemporaryFolder folder;
  Options options("import os; print(open('/in/file').read(), os.environ['HOME_OF'])");
  std::ofstream(folder.path() + "/file") << "text";
  setenv("HOME_OF", "test", 1);
  std::string json = DumpJson({{"timeout", "30s"},
                               {"memory", "512M"},
                               {"max-output", 1000},
                               {"allow-read", {folder.path() + ":/in"}},
                               {"allow-env", "HOME_*"},
                               {"deny-env", Json::array()}});
  CHECK(Message(v8py_options_configure(options.options, json.c_str())) == "");
  v8py_runtime* runtime = nullptr;
  REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
  v8py_run* run = nullptr;
  CHECK(Message(v8py_run_start(runtime, options.options, &run)) == "");
  CHECK(Wait(run).output == "text test\n");

  Options halves("open('/in/file')");
  std::string wrong = R"({"allow-read": ")" + folder.path() + R"(:/in", "timeout": "soon"})";
  CHECK(Message(v8py_options_configure(halves.options, wrong.c_str())).starts_with("timeout: "));
  CHECK(Message(v8py_run_start(runtime, halves.options, &run)) == "");
  CHECK(Wait(run).json["error"]["type"] == "FileNotFoundError");
  v8py_runtime_free(runtime);
}

TEST_CASE("options as JSON say what is wrong with them") {
  CHECK(Configure("{") != "");
  CHECK(Configure("[]") == "options are a JSON object");
  CHECK(Configure(R"({"memroy": "1G"})") ==
        "memroy: there is no option 'memroy'; did you mean 'memory'?");
  CHECK(Configure(R"({"allow-nte": "x"})") ==
        "allow-nte: there is no permission 'nte'; did you mean 'net'?");
  CHECK(Configure(R"({"allow-net": {"a": 1}})") == "allow-net: it is a text, or a list of them");
  CHECK(Configure(R"({"allow-net": ""})") == "allow-net: --allow-net: a value is missing");
  CHECK(Configure(R"({"offline": "yes"})") == "offline: it is true or false");
  CHECK(Configure(R"({"memory": 0})").starts_with("memory: '0' is out of range"));
  CHECK(Configure(R"({"with": ""})") == "with: a value is missing");
}

}  // namespace v8py
