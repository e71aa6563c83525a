#include "supervisor/broker.h"

#include <atomic>
#include <tuple>
#include <utility>

#include "supervisor/packages/index.h"
#include "supervisor/packages/installer.h"

namespace v8py {

namespace {

// Ours wait for each answer, or have some dozens under way.
constexpr size_t kMaxUnderWay = 256;

uint64_t NextRun() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

}  // namespace

void Broker::Begin(std::shared_ptr<const Access> access, const Limits& limits, HostCalls host_calls,
                   Send send) {
  access_ = std::move(access);
  limits_ = limits;
  host_calls_ = std::move(host_calls);
  send_ = std::move(send);
  run_ = NextRun();
  denial_.clear();
  displays_.Take();
  installed_.clear();
  if (access_ && (!access_->network.empty() || access_->asker)) NetworkService::Prepare(loop_);
}

std::vector<std::pair<std::string, std::string>> Broker::packages() const {
  auto all = access_ ? access_->packages : decltype(installed_)();
  all.insert(all.end(), installed_.begin(), installed_.end());
  return all;
}

void Broker::End() {
  if (access_ && access_->asker) access_->asker->End();
  send_ = nullptr;
  network_.reset();
  file_calls_.clear();
  under_way_ = files_busy_ ? 1 : 0;
}

bool Broker::Handle(CallMessage call) {
  if (++under_way_ > kMaxUnderWay) return false;
  if (access_ && access_->audit && access_->audit->failed()) {
    Reply(run_, call.id, Refuse("EIO", "the audit log cannot be written, so nothing is done"));
    return true;
  }
  if (call.name.starts_with("file.")) {
    file_calls_.push_back(std::move(call));
    NextFileCall();
  } else if (call.name.starts_with("net.") || call.name.starts_with("ws.")) {
    if (!network_) {
      NetworkService::Limits limits{limits_.net_bytes, limits_.net_requests};
      network_ = std::make_unique<NetworkService>(loop_, access_, run_, limits);
    }
    network_->Handle(call.name, call.arguments, std::move(call.data), ReplyTo(call.id));
  } else if (call.name == "out.display") {
    Reply(run_, call.id, displays_.Handle(call.arguments, call.data));
  } else if (call.name.starts_with("host.")) {
    host_calls_->Handle(
        call.name, call.arguments, call.data, access_.get(), run_,
        [this, run = run_, call](Answer answer) { ReplyOrAsk(run, call, std::move(answer)); });
  } else if (call.name == "package.install") {
    InstallPackages(std::move(call));
  } else if (call.name.starts_with("index.") && access_ && access_->index) {
    AskIndex(std::move(call));
  } else {
    Reply(run_, call.id, RefuseErrno(ENOSYS));
  }
  return true;
}

void Broker::ReplyOrAsk(uint64_t run, CallMessage call, Answer answer) {
  Asker* asker = access_ ? access_->asker.get() : nullptr;
  Decision missing{false, "", answer.text, answer.flag};
  if (run != run_ || !asker || !asker->IsOpen(missing)) {
    return Reply(run, call.id, std::move(answer));
  }
  auto kept = std::make_shared<CallMessage>(std::move(call));
  asker->Want(missing, [this, &loop = loop_, alive = later_.alive(), run, kept] {
    loop.Post([this, alive, run, kept] {
      if (!*alive || run != run_ || !send_) return;
      --under_way_;
      std::ignore = Handle(std::move(*kept));
    });
  });
}

void Broker::NextFileCall() {
  if (files_busy_ || file_calls_.empty()) return;
  files_busy_ = true;
  if (std::exchange(files_run_, run_) != run_)
    files_->SetAccess(access_, run_, limits_.files_bytes);
  struct Work {
    CallMessage call;
    Answer answer;
  };
  auto work = std::make_shared<Work>();
  work->call = std::move(file_calls_.front());
  file_calls_.pop_front();
  RunInBackground(
      loop_,
      [work, files = files_] {
        const CallMessage& call = work->call;
        work->answer = files->Handle(call.name, call.arguments, call.data);
      },
      [this, alive = later_.alive(), work, run = run_] {
        if (!*alive) return;
        files_busy_ = false;
        ReplyOrAsk(run, std::move(work->call), std::move(work->answer));
        NextFileCall();
      });
}

void Broker::AskIndex(CallMessage call) {
  struct Work {
    CallMessage call;
    Answer answer;
  };
  auto work = std::make_shared<Work>(std::move(call), Answer());
  RunInBackground(
      loop_,
      [work, access = access_] {
        work->answer = access->index->Handle(work->call.name, work->call.arguments);
      },
      [this, alive = later_.alive(), work, run = run_] {
        if (*alive) Reply(run, work->call.id, std::move(work->answer));
      });
}

void Broker::InstallPackages(CallMessage call) {
  if (!access_ || !access_->installer) {
    std::string what = call.arguments.is_array() && !call.arguments.empty() &&
                               call.arguments[0].is_array() && !call.arguments[0].empty() &&
                               call.arguments[0][0].is_string()
                           ? call.arguments[0][0].get<std::string>()
                           : "NAME";
    what = what.substr(0, what.find_first_of("<>=!~;[ "));
    return Reply(run_, call.id,
                 Deny("installing '" + what.substr(0, 100) +
                      "' needs --allow-packages=" + what.substr(0, 100)));
  }
  PackageInstaller::Start(
      access_->installer, run_, call.arguments,
      [this, &loop = loop_, alive = later_.alive(), call, run = run_](Answer answer) {
        auto kept = std::make_shared<Answer>(std::move(answer));
        loop.Post([this, alive, call, run, kept] {
          if (!*alive) return;
          for (const Json& package :
               run == run_ && kept->result.is_array() ? kept->result : Json::array()) {
            installed_.emplace_back(package[0].get<std::string>(), package[1].get<std::string>());
          }
          ReplyOrAsk(run, call, std::move(*kept));
        });
      });
}

AnswerTo Broker::ReplyTo(uint64_t id) {
  return [this, run = run_, id](Answer answer) { Reply(run, id, std::move(answer)); };
}

void Broker::Reply(uint64_t run, uint64_t id, Answer answer) {
  if (run != run_ || !send_) {
    if (under_way_ > 0) --under_way_;
    return;
  }
  if (answer.denied) denial_ = answer.text;
  ReplyMessage reply{id,
                     std::move(answer.error),
                     std::move(answer.text),
                     std::move(answer.result),
                     std::move(answer.data),
                     static_cast<unsigned>(answer.descriptors.size())};
  send_(std::move(reply), std::move(answer.descriptors), [this, alive = later_.alive(), run] {
    if (*alive && run == run_ && under_way_ > 0) --under_way_;
  });
}

}  // namespace v8py
