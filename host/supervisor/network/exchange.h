// One HTTP request of a program's and its response, redirects included: each host is checked before
// its name is resolved, each address before a connection, and what was checked is what is connected
// to. Bodies wait here for whoever reads or sends them, and hold up the connection meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/access.h"
#include "supervisor/answer.h"
#include "supervisor/network/body_socket.h"
#include "supervisor/network/curl_loop.h"
#include "supervisor/network/http_request.h"
#include "supervisor/network/resolver.h"
#include "supervisor/network/url.h"

namespace v8py {

using AnswerTo = std::function<void(Answer)>;

// What is answered to a program that has sent all that it may.
Answer RefuseToSend();

class Exchange {
 public:
  // What a program may have of the network, counted for all its exchanges.
  struct Budget {
    uint64_t run = 0;         // for the audit log
    uint64_t bytes_left = 0;  // of bodies, both ways

    // False, and nothing is taken, when there are not so many.
    [[nodiscard]] bool Take(size_t bytes) {
      if (bytes > bytes_left) return false;
      bytes_left -= bytes;
      return true;
    }
  };

  // `access` and `budget` must outlive the exchange. `on_idle` is called when it has no connection
  // any more.
  Exchange(Loop& loop, CurlLoop& curl_loop, const Access& access, Budget& budget,
           HttpRequest request, std::function<void()> on_idle);
  // Whoever waits still is answered ECANCELED.
  ~Exchange();
  Exchange(const Exchange&) = delete;

  void Start();
  // [status, status text, URL, redirected?, [[name, value], …]] when the response begins.
  // From now on somebody who waits does so for `patience_ms` at most; 0: for ever.
  void Head(uint64_t patience_ms, AnswerTo answer);
  uint64_t patience_ms() const { return request_.patience_ms; }
  // Whether it has been started and is not over.
  bool active() const { return active_; }
  // The next bytes of the response's body; the result is whether they are the last.
  void Read(AnswerTo answer);
  // A socket into which the rest of the body flows. After its end Read() says which end it was.
  void Stream(const AnswerTo& answer);
  // More of the request's body; answered when there is room for more still.
  void Send(std::string_view bytes, bool last, AnswerTo answer);

 private:
  // What waits here at most of a body before the connection has to wait.
  static constexpr size_t kMaxWaiting = size_t{1} << 20;
  // One answer with a part of a body: a copy or two more are cheaper than a trip.
  static constexpr size_t kMaxPart = size_t{512} << 10;
  // So much at once goes into a socket: libcurl gives 16 KiB at a time.
  static constexpr size_t kPour = size_t{128} << 10;

  enum class State { kWaiting, kBody, kDone, kFailed };

  const Curl& curl() const { return curl_loop_.curl(); }
  bool IsRedirect() const;
  // One request, after a redirect the next.
  void Hop();
  void Resolve();
  Decision CheckAddress(const Address& address) const;
  // Goes on with `then` if it is allowed, or becomes so.
  void Settle(const std::string& target, Decision decision, std::function<void()> then);
  void OnAddresses(Result<std::vector<Address>> addresses);
  void Perform(const std::string& resolved);
  void SetRequest();
  void SetTls();
  void OnDone(CURLcode code);
  void OnDeaf();
  void FollowRedirect();
  void Finish(Answer failure);
  void BeIdle();
  void BePatient();
  void TellHead();
  void TellRead();
  // Sends into the socket what it takes. False when nobody reads there any more.
  [[nodiscard]] bool Pour();
  void Flow();
  // Lets libcurl go on when there is room again.
  void ResumeReceiving();
  void Drop();

  size_t OnHeaderLine(std::string_view line);
  size_t OnBody(std::string_view bytes);
  size_t OnWantBody(char* buffer, size_t size);

  Loop& loop_;
  CurlLoop& curl_loop_;
  const Access& access_;
  Budget& budget_;
  HttpRequest request_;
  std::optional<Url> url_;
  State state_ = State::kWaiting;
  bool active_ = false;
  const std::function<void()> on_idle_;
  LaterTasks later_;
  Timer patience_;
  std::unique_ptr<Resolver> resolver_;
  CURL* easy_ = nullptr;
  curl_slist* header_list_ = nullptr;
  curl_slist* resolve_list_ = nullptr;
  char error_text_[CURL_ERROR_SIZE] = "";
  AnswerTo on_head_, on_read_, on_sent_;
  int redirects_ = 0;

  // Of the response that comes.
  long status_ = 0;
  std::string status_text_;
  Headers headers_;
  Json head_;
  std::string location_;
  size_t head_bytes_ = 0;  // with those of answers before it that only say to go on
  size_t dropped_ = 0;     // bytes of a redirect's body
  std::string received_;
  size_t poured_ = 0;  // bytes of that which are in the socket
  std::unique_ptr<BodySocket> socket_;
  bool receiving_paused_ = false;
  bool telling_ = false;  // TellRead() is on its way
  Answer failure_;

  // Of the request's body, beside what request_ holds.
  std::string unsent_;
  uint64_t given_;   // bytes of all of it so far
  size_t sent_ = 0;  // of request_.body
  bool body_ended_ = false;
  bool streamed_ = false;  // some of it is gone for ever
  bool sending_paused_ = false;
};

}  // namespace v8py
