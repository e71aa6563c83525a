// Guests of one image have no random value in common; what they do have in common is what README.md
// says: the layout of their memory and Python's string hashes.
#include <map>
#include <sstream>
#include <thread>

#include "stress/pool_runtime.h"

namespace v8py {

namespace {

struct Values {
  std::map<std::string, std::string> where;  // a value, and who had it
  size_t count = 0, twice = 0;
  std::string same;
  int differing = 0;

  void Add(int guest, const std::string& output) {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
      size_t space = line.find(' ');
      std::string name = line.substr(0, space), value = line.substr(space + 1);
      if (name == "same") {
        if (same.empty()) same = value;
        differing += same != value;
        continue;
      }
      ++count;
      auto [place, added] = where.try_emplace(value, name + " of " + std::to_string(guest));
      if (added) continue;
      ++twice;
      MESSAGE(name, " of ", guest, " is ", value, ", as was ", place->second);
    }
  }
};

}  // namespace

TEST_CASE("no random value is seen twice, in any guest") {
  PoolRuntime pool(6);
  const std::string program = ProgramText("randomness.py");
  const int guests = Count(100, 1'000);
  Values values;
  for (int guest = 0; guest < guests; ++guest) {
    Answer answer = pool.Run(program);
    REQUIRE_MESSAGE(answer.status == "ok", answer.json["error"].dump());
    values.Add(guest, answer.output);
  }
  Figures(std::to_string(values.count) + " random values of " + std::to_string(guests) +
          " guests, " + std::to_string(values.twice) +
          " twice; addresses and string hashes are the same in all: " + values.same);
  CHECK(values.count == static_cast<size_t>(guests) * 24);
  CHECK(values.twice == 0);
  CHECK(!values.same.empty());
  CHECK(values.differing == 0);
}

TEST_CASE("what is not renewed is seen twice: the test of randomness can fail") {
  PoolRuntime pool(2);
  const std::string program =
      "import random; random.seed(1); print('random.random', random.random())";
  Values values;
  for (int guest = 0; guest < 2; ++guest) values.Add(guest, pool.Run(program).output);
  CHECK(values.twice == 1);
}

}  // namespace v8py
