// Writes mdoc.
#include "model/setting/manual.h"

#include "base/text.h"
#include "model/setting/catalogue.h"

namespace tegu::model::setting {

using base::SettingType;

static std::string_view type_name(SettingType type) {
  switch (type) {
    case SettingType::boolean:
      return "true or false";
    case SettingType::integer:
      return "a number";
    case SettingType::size:
      return "a size";
    case SettingType::duration:
      return "a time";
    case SettingType::text:
      return "a text";
    case SettingType::list:
      return "a list";
  }
  return "";
}

static std::string bound(const base::Setting& setting, int64_t value) {
  base::SettingValue typed = value;
  if (setting.type == SettingType::duration) typed = std::chrono::seconds(value);
  return base::format_setting(setting, typed);
}

// "a size from 64K to 2G"
static std::string kind(const base::Setting& setting) {
  std::string text(type_name(setting.type));
  bool bounded = setting.type == SettingType::integer || setting.type == SettingType::size ||
                 setting.type == SettingType::duration;
  if (bounded) {
    text += " from " + bound(setting, setting.least);
    if (setting.most != INT64_MAX) text += " to " + bound(setting, setting.most);
  }
  return text;
}

// Text lines of mdoc: a sentence a line, no request by accident.
static std::string prose(std::string_view text) {
  std::string out = base::replace_all(std::string(text), "\\", "\\e");
  out = base::replace_all(out, ". ", ".\n");
  return base::replace_all(out, "\n.", "\n\\&.") + "\n";
}

static constexpr std::string_view head =
    ".\\\" Made from lib/model/setting/catalogue.cpp: TEGU_UPDATE=1 unit-model-setting\n"
    ".Dd November 21, 2026\n"
    ".Dt TEGU-SETTINGS 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm tegu-settings\n"
    ".Nd settings of Tegu, the same on all nodes\n"
    ".Sh DESCRIPTION\n"
    "Settings are rows in the database; a change is effective on all nodes within seconds, without "
    "a\n"
    "restart.\n"
    ".Bd -literal -offset indent\n"
    "tegu-ctl config list smtp\n"
    "tegu-ctl config set smtp.message_size_limit 100M\n"
    ".Ed\n"
    ".Pp\n"
    "A size is a number of bytes, or one with K, M, G or T (powers of 1024).\n"
    "A time is a number of seconds, or one with s, m, h, d or w, such as\n"
    ".Ql 1h30m .\n"
    "The elements of a list are separated by commas.\n"
    ".Sh SETTINGS\n";

static constexpr std::string_view tail =
    ".Sh SEE ALSO\n"
    ".Xr tegu.conf 5 ,\n"
    ".Xr tegu 7 ,\n"
    ".Xr tegu-ctl 8\n";

std::string format_manual() {
  std::string out(head), section;
  for (const base::Setting& setting : catalogue()) {
    std::string here(setting.key.substr(0, setting.key.find('.')));
    if (here != section) {
      if (!section.empty()) out += ".El\n";
      out += ".Ss " + std::string(section_title(here, false)) + "\n.Bl -tag -width Ds\n";
      section = here;
    }
    out += ".It Va " + std::string(setting.key) + "\n";
    out += prose(setting.english);
    out += setting.standard.empty()
               ? "Default: empty; " + kind(setting) + ".\n"
               : "Default:\n.Ql " + std::string(setting.standard) + " ;\n" + kind(setting) + ".\n";
  }
  return out + ".El\n" + std::string(tail);
}

}  // namespace tegu::model::setting
