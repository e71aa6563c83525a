#include "supervisor/network/exchange.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "supervisor/network/proxy.h"

namespace v8py {

namespace {

constexpr int kMaxRedirects = 20;  // as the Fetch standard has it

Answer CopyOf(const Answer& failure) {
  return failure.denied ? Deny(failure.text) : Refuse(failure.error, failure.text);
}

// For a program: as the system calls of the real thing would have said it.
Answer FailureOf(CURLcode code, const std::string& text) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return Refuse("ECONNREFUSED", text);
    case CURLE_OPERATION_TIMEDOUT:
      return Refuse("ETIMEDOUT", text);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return Refuse("ECONNRESET", text);
    default:
      return Refuse("EIO", text);
  }
}

}  // namespace

Answer RefuseToSend() {
  return Refuse("EFBIG",
                "the program has sent all the bytes to the network that it may send "
                "(raise it with --max-net)");
}

Exchange::Exchange(Loop& loop, CurlLoop& curl_loop, const Access& access, Budget& budget,
                   HttpRequest request, std::function<void()> on_idle)
    : loop_(loop),
      curl_loop_(curl_loop),
      access_(access),
      budget_(budget),
      request_(std::move(request)),
      on_idle_(std::move(on_idle)),
      later_(loop),
      patience_(loop),
      given_(request_.body.size()) {
  body_ended_ = !request_.more;
  streamed_ = request_.more;
}

Exchange::~Exchange() {
  Drop();
  for (AnswerTo* waiting : {&on_head_, &on_read_, &on_sent_}) {
    if (*waiting) std::exchange(*waiting, nullptr)(RefuseErrno(ECANCELED));
  }
}

void Exchange::Drop() {
  resolver_.reset();
  if (easy_) {
    curl_loop_.Remove(easy_);
    curl().easy_cleanup(std::exchange(easy_, nullptr));
  }
  curl().slist_free_all(std::exchange(header_list_, nullptr));
  curl().slist_free_all(std::exchange(resolve_list_, nullptr));
}

void Exchange::Head(uint64_t patience_ms, AnswerTo answer) {
  request_.patience_ms = patience_ms;
  patience_.Stop();
  if (on_head_) return answer(RefuseErrno(EINVAL));
  if (!head_.is_null()) return answer(Done(head_));
  if (state_ == State::kFailed) return answer(CopyOf(failure_));
  on_head_ = std::move(answer);
  BePatient();
}

void Exchange::Start() {
  active_ = true;
  BePatient();
  Result<Url> url = Url::Parse(curl(), request_.url);
  if (!url) return Finish(Refuse("EINVAL", url.error().message()));
  url_ = std::move(*url);
  Hop();
}

void Exchange::Settle(const std::string& target, Decision decision, std::function<void()> then) {
  decision = access_.Settle(std::move(decision));
  if (access_.audit) access_.audit->Write(budget_.run, "net", target, decision);
  if (decision.allowed) return then();
  if (!access_.asker || !access_.asker->IsOpen(decision)) return Finish(Deny(decision));
  access_.asker->Want(decision, [this, &loop = loop_, alive = later_.alive(), target, decision,
                                 then = std::move(then)] {
    loop.Post([this, alive, target, decision, then] {
      if (*alive) Settle(target, decision, then);
    });
  });
}

void Exchange::Hop() {
  Settle(url_->Text(), access_.network.CheckHost(url_->host(), url_->port()),
         [this] { Resolve(); });
}

void Exchange::Resolve() {
  status_ = 0;
  headers_.clear();
  location_.clear();
  head_bytes_ = 0;
  dropped_ = 0;
  // With a proxy it is the proxy that resolves names, and it has rules of its own.
  if (!ProxyFor(*url_).empty()) return Perform("");
  resolver_ = std::make_unique<Resolver>(
      loop_, url_->host(),
      [this](Result<std::vector<Address>> addresses) { OnAddresses(std::move(addresses)); });
}

bool Exchange::IsRedirect() const {
  return status_ == 301 || status_ == 302 || status_ == 303 || status_ == 307 || status_ == 308;
}

Decision Exchange::CheckAddress(const Address& address) const {
  return access_.Settle(access_.network.CheckAddress(url_->host(), url_->port(), address));
}

void Exchange::OnAddresses(Result<std::vector<Address>> addresses) {
  if (!addresses) return Finish(Refuse("EHOSTUNREACH", addresses.error().message()));
  std::string list;
  for (const Address& address : *addresses) {
    // One that is refused is one too many: which of them is taken is nobody's to choose.
    Decision decision = CheckAddress(address);
    if (!decision.allowed) {
      return Settle(address.Text(), std::move(decision),
                    [this, addresses = std::move(addresses)] { OnAddresses(addresses); });
    }
    std::string text = address.is_v4() ? address.Text() : "[" + address.Text() + "]";
    list += (list.empty() ? "" : ",") + text;
  }
  Perform(list);
}

void Exchange::TellHead() {
  state_ = State::kBody;
  Json headers = Json::array();
  for (const auto& [name, value] : headers_) headers.push_back({name, value});
  head_ = {status_, status_text_, url_->Text(), redirects_ > 0, std::move(headers)};
  // Not inside of libcurl. Whoever waits is kept until then: an end in between answers as well.
  later_.Post([this] {
    if (on_head_) std::exchange(on_head_, nullptr)(Done(head_));
  });
}

void Exchange::Read(AnswerTo answer) {
  if (on_read_ || socket_ || state_ == State::kWaiting) return answer(RefuseErrno(EINVAL));
  on_read_ = std::move(answer);
  BePatient();
  TellRead();
}

void Exchange::Stream(const AnswerTo& answer) {
  if (on_read_ || socket_ || state_ == State::kWaiting) return answer(RefuseErrno(EINVAL));
  auto ends = BodySocket::Make(loop_, [this] { Flow(); });
  if (!ends) return answer(Refuse("EMFILE", ends.error().message()));
  socket_ = std::move(ends->ours);
  Answer given = Done();
  given.descriptors.push_back(std::move(ends->theirs));
  answer(std::move(given));
  Flow();
}

bool Exchange::Pour() {
  while (poured_ < received_.size()) {
    std::optional<size_t> taken = socket_->Send(std::string_view(received_).substr(poured_));
    if (!taken) return false;
    if (*taken == 0) return true;
    poured_ += *taken;
  }
  received_.clear();
  poured_ = 0;
  return true;
}

void Exchange::Flow() {
  if (!Pour()) {
    received_.clear();
    poured_ = 0;
    socket_.reset();
    return Finish(RefuseErrno(EPIPE));
  }
  if (received_.empty() && state_ != State::kBody) socket_.reset();
  ResumeReceiving();
}

void Exchange::ResumeReceiving() {
  bool room = received_.size() - poured_ < kMaxWaiting / 2;
  if (easy_ && room && std::exchange(receiving_paused_, false)) curl_loop_.Resume(easy_);
}

void Exchange::TellRead() {
  telling_ = false;
  if (socket_) return Flow();
  if (!on_read_) return;
  bool over = state_ != State::kBody;
  if (received_.empty() && !over) return;
  Answer part = Done(false);
  if (received_.empty() && state_ == State::kFailed) {
    part = CopyOf(failure_);
  } else if (received_.size() <= kMaxPart) {
    part.data = std::exchange(received_, "");
    part.result = state_ == State::kDone;
  } else {
    part.data = received_.substr(0, kMaxPart);
    received_.erase(0, kMaxPart);
  }
  std::exchange(on_read_, nullptr)(std::move(part));
  ResumeReceiving();
}

void Exchange::Send(std::string_view bytes, bool last, AnswerTo answer) {
  // More than was said would be the beginning of another request, to whoever gets it.
  auto size = static_cast<uint64_t>(request_.size);
  uint64_t given = given_ + bytes.size();
  bool too_long = request_.size >= 0 && given > size;
  if (on_sent_ || body_ended_ || too_long) return answer(RefuseErrno(EINVAL));
  if (state_ == State::kFailed) return answer(CopyOf(failure_));
  if (state_ == State::kDone) {
    // All of it may have been sent and answered before its end was said.
    bool ends = last && bytes.empty();
    return answer(ends ? Done() : RefuseErrno(EPIPE));
  }
  if (request_.size >= 0 && last && given < size) return answer(RefuseErrno(EINVAL));
  if (!budget_.Take(bytes.size())) return answer(RefuseToSend());
  given_ = given;
  unsent_ += bytes;
  body_ended_ = last;
  // Before its turn an exchange keeps one part at most.
  if (active_ && (unsent_.size() < kMaxWaiting || last)) {
    answer(Done());
  } else {
    on_sent_ = std::move(answer);
    BePatient();
  }
  if (easy_ && std::exchange(sending_paused_, false)) curl_loop_.Resume(easy_);
}

void Exchange::OnDone(CURLcode code) {
  bool redirect =
      state_ == State::kWaiting && IsRedirect() && !location_.empty() && failure_.error.empty();
  // Cut off by us, when its body was too long to be waited for.
  if (redirect && (code == CURLE_OK || code == CURLE_WRITE_ERROR)) return FollowRedirect();
  // Of another protocol there may be nothing to read at all.
  if (code == CURLE_GOT_NOTHING && request_.upgrade && state_ == State::kBody) code = CURLE_OK;
  if (code == CURLE_OK) {
    if (state_ == State::kWaiting) TellHead();
    state_ = State::kDone;
    Drop();
    later_.Post([this] {
      BeIdle();
      // The server did not want the rest.
      if (on_sent_) std::exchange(on_sent_, nullptr)(RefuseErrno(EPIPE));
      TellRead();
    });
    return;
  }
  if (!failure_.error.empty()) return Finish(std::move(failure_));
  std::string text = *error_text_ ? error_text_ : curl().easy_strerror(code);
  Finish(FailureOf(code, url_->Text() + ": " + text));
}

void Exchange::OnDeaf() {
  // The server has said its last: there is nobody to send to, either.
  bool over = easy_ && state_ == State::kBody && !receiving_paused_;
  if (!over) return;
  body_ended_ = true;
  if (std::exchange(sending_paused_, false)) curl_loop_.Resume(easy_);
}

void Exchange::FollowRedirect() {
  using Redirect = HttpRequest::Redirect;
  if (request_.redirect == Redirect::kError) {
    return Finish(Refuse("EIO", url_->Text() + " redirects, and that was not wanted"));
  }
  if (++redirects_ > kMaxRedirects) {
    return Finish(Refuse("EIO", url_->Text() + ": more than 20 redirects"));
  }
  Result<Url> next = url_->Resolve(location_);
  if (!next) return Finish(Refuse("EIO", next.error().message()));
  bool to_get = (status_ == 303 && request_.method != "GET" && request_.method != "HEAD") ||
                ((status_ == 301 || status_ == 302) && request_.method == "POST");
  auto remove = [this](auto matches) {
    std::erase_if(request_.headers,
                  [&](const auto& header) { return matches(LowerCase(header.first)); });
  };
  if (to_get) {
    request_.method = "GET";
    request_.body.clear();
    request_.size = -1;
    streamed_ = false;
    body_ended_ = true;
    remove([](const std::string& name) { return name.starts_with("content-"); });
  } else if (streamed_) {
    return Finish(
        Refuse("EIO", url_->Text() + " redirects, and the request's body is sent already"));
  } else if (!budget_.Take(request_.body.size())) {
    return Finish(RefuseToSend());
  }
  if (!next->SameOrigin(*url_)) {
    remove([](const std::string& name) { return name == "authorization" || name == "cookie"; });
  }
  Drop();
  url_ = std::move(*next);
  Hop();
}

void Exchange::BePatient() {
  if (request_.patience_ms == 0) return;
  patience_.Start(request_.patience_ms, [this] {
    bool waited_for = on_head_ || on_read_ || on_sent_;
    if (waited_for && active_ && state_ != State::kDone)
      Finish(Refuse("ETIMEDOUT", url_->Text() + ": timed out"));
  });
}

void Exchange::BeIdle() {
  if (std::exchange(active_, false)) on_idle_();
}

void Exchange::Finish(Answer failure) {
  Drop();
  state_ = State::kFailed;
  failure_ = std::move(failure);
  // Not here: this may be inside of Start().
  later_.Post([this] {
    auto tell = [this](AnswerTo& waiting) {
      if (waiting) std::exchange(waiting, nullptr)(CopyOf(failure_));
    };
    BeIdle();
    tell(on_head_);
    tell(on_sent_);
    TellRead();
  });
}

}  // namespace v8py
