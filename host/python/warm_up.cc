#include "python/warm_up.h"

#include "engine/engine.h"
#include "python/interpreter.h"

namespace v8py {

namespace {

// After so many, V8 has optimised what the programs use …
constexpr int kRounds = 4;
// … and everything that the shortest program uses, when it has found nothing to optimise in so many
// runs of it: or else each guest would come to optimise the same functions, while somebody waits.
// When it always finds something: better an image that is not perfect than none.
struct Quiet {
  int rounds, most;
};
constexpr Quiet kQuiet = {400, 5000};
// Programs that use packages take long.
constexpr Quiet kPackagesQuiet = {3, 40};

// In their order, with randomness of their own.
Status Rehearse(Interpreter& python, const std::vector<BootFile>& programs) {
  Status status = python.Renew();
  for (const BootFile& program : programs) {
    if (status.ok()) status = python.Rehearse(program);
  }
  return status;
}

Status RehearseUntilQuiet(const Engine& engine, Interpreter& python,
                          const std::vector<BootFile>& programs, Quiet wish) {
  Status status;
  int quiet = 0;
  // The last one leaves no young objects, so that a guest's few find room.
  bool collected = false;
  for (int i = 0; i < wish.most && status.ok(); ++i) {
    if (quiet >= wish.rounds && collected) break;
    uint64_t tasks = engine.background_tasks();
    uint64_t collections = python.young_collections();
    status = Rehearse(python, programs);
    python.Settle();
    // Collecting is background work, too, but nothing that others would have to do again.
    collected = python.young_collections() != collections;
    quiet = collected || engine.background_tasks() == tasks ? quiet + 1 : 0;
  }
  return status;
}

}  // namespace

Status WarmUp(const Engine& engine, Interpreter& python, const std::vector<BootFile>& programs,
              const std::vector<BootFile>& of_packages) {
  std::vector<BootFile> all(programs);
  all.insert(all.end(), of_packages.begin(), of_packages.end());
  Status status;
  for (int i = 0; i < kRounds && status.ok(); ++i) status = Rehearse(python, all);
  if (status.ok()) status = python.Prepare(Interpreter::Preparation::kFreeze);
  if (!status.ok()) return status;
  python.Settle();
  python.CollectGarbage();
  // The collector also throws away what it takes for cold.
  status = Rehearse(python, all);
  if (status.ok() && !of_packages.empty()) {
    status = RehearseUntilQuiet(engine, python, of_packages, kPackagesQuiet);
  }
  return status.ok() ? RehearseUntilQuiet(engine, python, {programs.front()}, kQuiet) : status;
}

}  // namespace v8py
