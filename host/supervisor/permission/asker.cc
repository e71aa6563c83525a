#include "supervisor/permission/asker.h"

#include <utility>

namespace v8py {

void Asker::Begin(Ask ask) {
  std::lock_guard lock(mutex_);
  ask_ = std::move(ask);
  ++program_;
  answers_.clear();
}

void Asker::End() { Begin(nullptr); }

Decision Asker::Settle(Decision decision) const {
  if (decision.allowed || decision.flag.empty()) return decision;
  std::lock_guard lock(mutex_);
  auto found = answers_.find(decision.flag);
  if (found == answers_.end()) return decision;
  if (found->second.state == Answer::State::kRefused) decision.rule = "--prompt";
  if (found->second.state != Answer::State::kAllowed) return decision;
  return {true, "--prompt", "", ""};
}

bool Asker::IsOpen(const Decision& decision) const {
  if (decision.allowed || decision.flag.empty()) return false;
  std::lock_guard lock(mutex_);
  auto found = answers_.find(decision.flag);
  return ask_ && (found == answers_.end() || found->second.state == Answer::State::kAsked);
}

void Asker::Want(const Decision& decision, std::function<void()> then) {
  std::unique_lock lock(mutex_);
  auto [at, is_new] = answers_.try_emplace(decision.flag);
  if (at->second.state != Answer::State::kAsked) {
    lock.unlock();
    return then();
  }
  at->second.waiting.push_back(std::move(then));
  if (!is_new || !ask_) return;
  Question question{decision.flag, decision.why,
                    [self = shared_from_this(), program = program_, flag = decision.flag](
                        bool allowed) { self->OnAnswer(program, flag, allowed); }};
  Ask ask = ask_;
  lock.unlock();
  ask(std::move(question));
}

void Asker::OnAnswer(uint64_t program, const std::string& flag, bool allowed) {
  // Held to the end: after End() nobody is called, whose loop may be gone then.
  std::lock_guard lock(mutex_);
  auto found = answers_.find(flag);
  if (program != program_ || found == answers_.end()) return;
  found->second.state = allowed ? Answer::State::kAllowed : Answer::State::kRefused;
  for (const auto& then : std::exchange(found->second.waiting, {})) then();
}

}  // namespace v8py
