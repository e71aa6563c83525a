#include "supervisor/network/curl_loop.h"

#include <utility>

namespace v8py {

struct CurlLoop::Socket {
  uv_poll_t poll;
  CurlLoop* loop;
  curl_socket_t fd;
  int events = 0;  // of libuv, that libcurl waits for

  bool reads() const { return events & UV_READABLE; }
};

struct CurlLoop::Transfer {
  std::function<void(CURLcode)> on_done;
  std::function<void()> on_deaf;
};

CurlLoop::CurlLoop(Loop& loop, const Curl& curl)
    : loop_(loop), curl_(curl), multi_(curl.multi_init()), timer_(loop) {
  curl_.multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_.multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_.multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_.multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() { curl_.multi_cleanup(multi_); }

void CurlLoop::Add(CURL* easy, std::function<void(CURLcode)> on_done,
                   std::function<void()> on_deaf) {
  curl_.easy_setopt(easy, CURLOPT_PRIVATE, new Transfer{std::move(on_done), std::move(on_deaf)});
  curl_.multi_add_handle(multi_, easy);
}

void CurlLoop::Remove(CURL* easy) {
  delete TransferOf(easy);
  curl_.easy_setopt(easy, CURLOPT_PRIVATE, nullptr);
  curl_.multi_remove_handle(multi_, easy);
}

const CurlLoop::Transfer* CurlLoop::TransferOf(CURL* easy) const {
  void* transfer = nullptr;
  curl_.easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  return static_cast<const Transfer*>(transfer);
}

void CurlLoop::Resume(CURL* easy) {
  // What had waited is given now. libcurl tells here alone that it was refused: the transfer would
  // go on, and end well.
  if (CURLcode code = curl_.easy_pause(easy, CURLPAUSE_CONT)) return End(easy, code);
  Act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlLoop::End(CURL* easy, CURLcode code) {
  const Transfer* transfer = TransferOf(easy);
  if (!transfer) return;
  // A copy: it may remove the transfer.
  auto done = transfer->on_done;
  done(code);
}

void CurlLoop::Act(curl_socket_t fd, int events) {
  int running = 0;
  address_failed_ = false;
  curl_.multi_socket_action(multi_, fd, events, &running);
  // After an address that refuses, libcurl 7.88 asks the next one when it is called again, and not
  // before a timer says so (up to 15 s); later ones have themselves called at once.
  while (std::exchange(address_failed_, false)) curl_.multi_socket_all(multi_, &running);
  TellDone();
}

void CurlLoop::TellDone() {
  int left = 0;
  while (CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) End(message->easy_handle, message->data.result);
  }
}

int CurlLoop::OnTimer(CURLM*, long milliseconds, void* user) {
  auto* self = static_cast<CurlLoop*>(user);
  if (milliseconds < 0) {
    self->timer_.Stop();
  } else {
    // Never at once: libcurl calls this from inside of its own functions.
    self->timer_.Start(static_cast<uint64_t>(milliseconds),
                       [self] { self->Act(CURL_SOCKET_TIMEOUT, 0); });
  }
  return 0;
}

int CurlLoop::OnSocket(CURL* easy, curl_socket_t fd, int what, void* user, void* known) {
  auto* self = static_cast<CurlLoop*>(user);
  auto* socket = static_cast<Socket*>(known);
  // None for CURL_POLL_REMOVE.
  int events =
      ((what & CURL_POLL_IN) ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) ? UV_WRITABLE : 0);
  int waited_for = socket ? std::exchange(socket->events, events) : 0;
  if ((waited_for & UV_READABLE) && !socket->reads()) {
    const Transfer* transfer = self->TransferOf(easy);
    if (transfer && transfer->on_deaf) transfer->on_deaf();
  }
  if (what == CURL_POLL_REMOVE) {
    if (!socket) return 0;
    // Who waits to write alone is connecting, or sends: for that one look more does no harm.
    self->address_failed_ |= waited_for == UV_WRITABLE;
    self->curl_.multi_assign(self->multi_, fd, nullptr);
    uv_poll_stop(&socket->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&socket->poll),
             [](uv_handle_t* handle) { delete static_cast<Socket*>(handle->data); });
    return 0;
  }
  if (!socket) {
    socket = new Socket{{}, self, fd, events};
    socket->poll.data = socket;
    if (uv_poll_init_socket(self->loop_.get(), &socket->poll, fd) != 0) {
      delete socket;
      return -1;
    }
    self->curl_.multi_assign(self->multi_, fd, socket);
  }
  uv_poll_start(&socket->poll, events, OnEvent);
  return 0;
}

void CurlLoop::OnEvent(uv_poll_t* poll, int status, int happened) {
  auto* socket = static_cast<Socket*>(poll->data);
  int flags = ((happened & UV_READABLE) ? CURL_CSELECT_IN : 0) |
              ((happened & UV_WRITABLE) ? CURL_CSELECT_OUT : 0);
  if (status < 0 && !socket->reads()) {
    flags = CURL_CSELECT_ERR;
  } else if (status < 0) {
    // As libcurl's own poll does: who reads finds the error by reading, after what came before it.
    // When a server has closed a connection that was just used again, libcurl then sends the
    // request once more on another. libuv has stopped to watch; libcurl relies on that it does.
    flags = CURL_CSELECT_IN;
    uv_poll_start(poll, socket->events, OnEvent);
  }
  socket->loop->Act(socket->fd, flags);
}

}  // namespace v8py
