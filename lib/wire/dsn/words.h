// The sentences of a report for people, in English and in Russian.
#pragma once
#include <string>
#include <string_view>

#include "wire/dsn/report.h"

namespace tegu::wire::dsn {

// ASCII; tells the outcome.
std::string_view subject(Action action);
// Both languages, UTF-8, lines ended by "\n".
std::string explain(const Report& report, bool whole_letter_returned);

}  // namespace tegu::wire::dsn
