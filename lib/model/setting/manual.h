// The manual page tegu-settings(5), made from the catalogue. A test keeps man/tegu-settings.5 equal
// to it.
#pragma once
#include <string>

namespace tegu::model::setting {

// mdoc(7).
std::string format_manual();

}  // namespace tegu::model::setting
