#include "capi/types.h"

namespace v8py {

v8py_question* MakeQuestion(Asker::Question question) {
  constexpr std::string_view kBefore = "--allow-";
  std::string_view flag = question.flag;
  size_t equals = flag.find('=');
  std::string permission(flag.substr(kBefore.size(), equals - kBefore.size()));
  std::string value(flag.substr(equals + 1));
  return new v8py_question{std::move(question), std::move(permission), std::move(value)};
}

}  // namespace v8py

void v8py_options_set_question_callback(v8py_options* options, v8py_question_callback callback,
                                        void* user) {
  options->access.ask = callback != nullptr;
  options->ask = [callback, user](v8py_question* question) { callback(user, question); };
}

const char* v8py_question_permission(const v8py_question* question) {
  return question->permission.c_str();
}

const char* v8py_question_value(const v8py_question* question) { return question->value.c_str(); }

const char* v8py_question_text(const v8py_question* question) {
  return question->question.text.c_str();
}

void v8py_question_answer(v8py_question* question, int allow) {
  question->question.answer(allow != 0);
  delete question;
}
