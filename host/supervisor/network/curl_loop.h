// libcurl's transfers on our loop: it says which sockets and which time it waits for, and is told.
// Each has connections of its own: two programs share none.
#pragma once

#include <functional>

#include "os/loop.h"
#include "supervisor/network/curl.h"

namespace v8py {

class CurlLoop {
 public:
  CurlLoop(Loop& loop, const Curl& curl);
  // After the last transfer has gone.
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;

  const Curl& curl() const { return curl_; }
  // Begins a transfer; `on_done` is called with its end, once, unless it is removed before.
  // `on_deaf`, which may be null: when libcurl does not want to read from its connection any more,
  // or not now. Inside of libcurl.
  void Add(CURL* easy, std::function<void(CURLcode)> on_done,
           std::function<void()> on_deaf = nullptr);
  void Remove(CURL* easy);
  // A transfer that was paused goes on. Not inside of libcurl's callbacks.
  void Resume(CURL* easy);

 private:
  struct Socket;
  struct Transfer;

  const Transfer* TransferOf(CURL* easy) const;

  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static void OnEvent(uv_poll_t* poll, int status, int happened);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);
  void Act(curl_socket_t fd, int events);
  void TellDone();
  void End(CURL* easy, CURLcode code);

  Loop& loop_;
  const Curl& curl_;
  CURLM* multi_;
  Timer timer_;
  bool address_failed_ = false;  // libcurl may know another
};

}  // namespace v8py
