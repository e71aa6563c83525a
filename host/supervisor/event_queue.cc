#include "supervisor/event_queue.h"

namespace v8py {

EventQueue::Room EventQueue::Push(Event event) {
  Room room = Room::kFree;
  {
    std::lock_guard lock(mutex_);
    bytes_ += event.data.size();
    events_.push_back(std::move(event));
    if (bytes_ >= kFullAt) room = Room::kFull;
    was_full_ |= room == Room::kFull;
  }
  // Not under the lock, which the other thread would only run into.
  changed_.notify_one();
  return room;
}

Event EventQueue::Pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !events_.empty(); });
  Event event = std::move(events_.front());
  events_.pop_front();
  bytes_ -= event.data.size();
  bool drained = was_full_ && bytes_ < kFullAt / 2;
  if (drained) was_full_ = false;
  lock.unlock();
  if (drained) on_drained_();
  return event;
}

}  // namespace v8py
