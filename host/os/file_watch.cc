#include "os/file_watch.h"

#include <utility>

namespace v8py {

FileWatch::FileWatch(Loop& loop, const std::string& path, std::function<void()> action)
    : event_(new uv_fs_event_t), action_(std::move(action)) {
  uv_fs_event_init(loop.get(), event_);
  event_->data = this;
  uv_fs_event_start(
      event_,
      [](uv_fs_event_t* event, const char*, int, int) {
        static_cast<FileWatch*>(event->data)->action_();
      },
      path.c_str(), 0);
}

FileWatch::~FileWatch() {
  uv_close(reinterpret_cast<uv_handle_t*>(event_),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_fs_event_t*>(closed); });
}

}  // namespace v8py
