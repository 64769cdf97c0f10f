#include "wire/dsn/words.h"

#include <algorithm>

#include "base/text.h"

namespace tegu::wire::dsn {
namespace {

struct Words {
  std::string_view intro;
  std::string_view failed, delayed, delivered, relayed, expanded;
  std::string_view said;      // "<host> said: "
  std::string_view until;     // before the date
  std::string_view returned;  // the letter, whole
  std::string_view header;    // the letter's header
  std::string_view letter;    // before its name in our logs
};

constexpr Words english = {
    .intro = "This is the mail system at ",
    .failed = "Your letter could not be delivered to these recipients. It will not be tried again:",
    .delayed =
        "Your letter has not been delivered to these recipients yet. You need not send it\n"
        "again: we keep trying.",
    .delivered = "Your letter was delivered to these recipients:",
    .relayed =
        "Your letter was passed on for these recipients to a system that will not confirm\n"
        "delivery:",
    .expanded = "Your letter was passed on to the members of these lists:",
    .said = " said: ",
    .until = "We give up at ",
    .returned = "Your letter follows.",
    .header = "The header of your letter follows.",
    .letter = "Its name in our logs: ",
};

constexpr Words russian = {
    .intro = "Это почтовая система ",
    .failed = "Ваше письмо не удалось доставить следующим получателям. Повторных попыток не будет:",
    .delayed =
        "Ваше письмо пока не доставлено следующим получателям. Отправлять его снова не нужно:\n"
        "попытки продолжаются.",
    .delivered = "Ваше письмо доставлено следующим получателям:",
    .relayed =
        "Ваше письмо для следующих получателей передано системе, которая не подтверждает\n"
        "доставку:",
    .expanded = "Ваше письмо передано участникам следующих списков:",
    .said = " ответил: ",
    .until = "Последняя попытка: ",
    .returned = "Ваше письмо приложено.",
    .header = "Заголовок вашего письма приложен.",
    .letter = "Его имя в наших журналах: ",
};

std::string_view outcome(const Words& words, Action action) {
  switch (action) {
    case Action::failed:
      return words.failed;
    case Action::delayed:
      return words.delayed;
    case Action::delivered:
      return words.delivered;
    case Action::relayed:
      return words.relayed;
    case Action::expanded:
      return words.expanded;
  }
  return {};
}

void add_recipients(const Words& words, const Report& report, Action action, std::string& out) {
  std::string list;
  for (const RecipientStatus& recipient : report.recipients) {
    if (recipient.action != action) continue;
    list += "  <" + smtp::format(recipient.address) + ">\n";
    std::string said = recipient.diagnostic;
    if (!recipient.remote_mta.empty() && !said.empty())
      said = recipient.remote_mta + std::string(words.said) + said;
    if (!said.empty()) list += "    " + base::escape_controls(said) + "\n";
    if (recipient.will_retry_until) {
      list += "    " + std::string(words.until) + base::rfc5322_date(*recipient.will_retry_until) +
              "\n";
    }
  }
  if (!list.empty()) out += std::string(outcome(words, action)) + "\n\n" + list + "\n";
}

std::string in_language(const Words& words, const Report& report, bool whole) {
  std::string out = std::string(words.intro) + report.reporting_mta + ".\n\n";
  for (Action action :
       {Action::failed, Action::delayed, Action::delivered, Action::relayed, Action::expanded}) {
    add_recipients(words, report, action, out);
  }
  out += std::string(whole ? words.returned : words.header) + "\n";
  if (!report.letter.empty()) out += std::string(words.letter) + report.letter + "\n";
  return out;
}

}  // namespace

std::string_view subject(Action action) {
  switch (action) {
    case Action::failed:
      return "Undelivered mail: your letter could not be delivered";
    case Action::delayed:
      return "Delayed mail: your letter is still being tried";
    case Action::delivered:
      return "Delivered: your letter has arrived";
    case Action::relayed:
      return "Relayed: your letter was passed on";
    case Action::expanded:
      return "Expanded: your letter was passed on to a list";
  }
  return {};
}

std::string explain(const Report& report, bool whole_letter_returned) {
  return in_language(english, report, whole_letter_returned) + "\n" +
         in_language(russian, report, whole_letter_returned);
}

}  // namespace tegu::wire::dsn
