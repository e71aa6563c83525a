#include "supervisor/event_queue.h"

#include <doctest/doctest.h>

#include <thread>

namespace v8py {

namespace {
Event Output(size_t size) { return {Event::Kind::kOutput, 1, std::string(size, 'x'), RunResult{}}; }
}  // namespace

TEST_CASE("events come in order, and Pop waits for the next") {
  EventQueue queue([] {});
  std::thread producer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    queue.Push(Output(1));
    queue.Push({Event::Kind::kEnd, 0, "", RunResult{}});
  });
  CHECK(queue.Pop().kind == Event::Kind::kOutput);
  CHECK(queue.Pop().kind == Event::Kind::kEnd);
  producer.join();
}

TEST_CASE("the queue is full at its limit, not under it, and says once when it has drained") {
  int drained = 0;
  EventQueue queue([&] { ++drained; });
  CHECK(queue.Push(Output(EventQueue::kFullAt - 1)) == EventQueue::Room::kFree);
  CHECK(queue.Push(Output(1)) == EventQueue::Room::kFull);
  CHECK(queue.Push(Output(1)) == EventQueue::Room::kFull);
  queue.Pop();
  CHECK(drained == 1);
  queue.Pop();
  queue.Pop();
  CHECK(drained == 1);
}

}  // namespace v8py
