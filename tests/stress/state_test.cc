// State cannot pass: whatever one program changes in its interpreter, its files and its JavaScript
// realm (state.py), a program after it finds as new.
#include <atomic>
#include <random>
#include <thread>

#include "stress/pool_runtime.h"

namespace v8py {

namespace {

constexpr int kThreads = 2;
// Looking through all memory takes a hundred times longer than the rest.
constexpr int kMemoryEvery = 50;

std::string Hex(const std::string& bytes) {
  std::string text;
  for (unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string NewToken() {
  std::random_device random;
  std::string token;
  while (token.size() < 24) token += static_cast<char>('a' + random() % 26);
  return token;
}

// As the start of a program: compiling it takes as long as the rest, and is done once.
std::string Compiled(PoolRuntime& pool, const std::string& program) {
  Answer answer = pool.Run("import marshal\nprint(marshal.dumps(compile(bytes.fromhex('" +
                           Hex(program) + "'), 'state.py', 'exec')).hex())");
  REQUIRE(answer.output.size() > 1000);
  answer.output.pop_back();
  return "import marshal\nexec(marshal.loads(bytes.fromhex('" + answer.output + "')))\n";
}

std::string LookForToken(const std::string& token) {
  const size_t half = token.size() / 2;
  return "print('in memory:', memory_has(bytes.fromhex('" + Hex(token.substr(0, half)) +
         "'), bytes.fromhex('" + Hex(token.substr(half)) + "')))\n";
}

}  // namespace

TEST_CASE("in one interpreter every change is seen: the looking works") {
  PoolRuntime pool(1);
  const std::string program = ProgramText("state.py"), token = NewToken();
  Answer answer = pool.Run(program + "secret = '" + token +
                           "'\nchange()\nnames = found()\n"
                           "print([name for name in _marks if name not in names])\n" +
                           LookForToken(token));
  CHECK_MESSAGE(answer.status == "ok", answer.json.dump());
  CHECK(answer.output == "[]\nin memory: True\n");
}

TEST_CASE("what nobody has written is not in memory: the looking does not see itself") {
  PoolRuntime pool(2);
  const std::string program = ProgramText("state.py");
  // Memory of several arrangements: what is looked through is copied into it, piece by piece.
  for (int pieces = 0; pieces < 8; ++pieces) {
    const std::string apart =
        "apart = [bytes(300_000) for _ in range(" + std::to_string(pieces) + ")]\n";
    Answer answer = pool.Run(program + apart + LookForToken(NewToken()));
    CHECK_MESSAGE(answer.output == "in memory: False\n", answer.json.dump());
  }
}

TEST_CASE("what one guest changes, the next finds as new") {
  PoolRuntime pool(4);
  const std::string program = Compiled(pool, ProgramText("state.py"));
  const int pairs = Count(60, 10'000);
  std::atomic<int> next = 0, wrong = 0, memories = 0, marks = 0;
  auto work = [&] {
    for (int pair; (pair = next++) < pairs;) {
      const std::string token = NewToken();
      const bool memory = pair % kMemoryEvery == 0;
      Answer first =
          pool.Run(program + "secret = '" + token + "'\nchange()\nprint('changed', count())\n");
      Answer second =
          pool.Run(program + "print(found())\n" + (memory ? LookForToken(token) : std::string()));
      marks = atoi(first.output.substr(std::min<size_t>(first.output.size(), 8)).c_str());
      memories += memory;
      bool right = first.output.rfind("changed ", 0) == 0 &&
                   second.output == (memory ? "[]\nin memory: False\n" : "[]\n");
      if (!right && ++wrong <= 3) MESSAGE(first.output, second.output, second.json.dump());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  Figures(std::to_string(pairs) + " pairs: of " + std::to_string(marks.load()) +
          " changes by the first guest the second saw none in " +
          std::to_string(pairs - wrong.load()) + "; all of its memory looked through in " +
          std::to_string(memories.load()));
  CHECK(wrong == 0);
  CHECK(marks > 100);
}

}  // namespace v8py
