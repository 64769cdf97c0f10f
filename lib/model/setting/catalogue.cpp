// The declarations themselves.
#include "model/setting/catalogue.h"

#include <algorithm>
#include <array>

namespace tegu::model::setting {

using enum base::SettingType;

static constexpr int64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
static constexpr int64_t minute = 60, hour = 3600, day = 86400;

// Sorted by key. Bounds: integers as they are, sizes in bytes, durations in seconds.
static constexpr base::Setting settings[] = {
    {"auth.address_failures_per_day", integer, "200", 1, 1000000,
     "Failed logins from one address (IPv6: one /64 network) in a day, after which it may not try "
     "until the next.",
     "Неудачных входов с одного адреса (IPv6: из одной сети /64) за сутки, после которых попытки "
     "отклоняются до следующих суток."},
    {"auth.address_failures_per_minute", integer, "20", 1, 100000,
     "Failed logins from one address (IPv6: one /64 network) in a minute, after which further ones "
     "are refused without looking at the password.",
     "Неудачных входов с одного адреса (IPv6: из одной сети /64) за минуту, после которых новые "
     "отклоняются без проверки пароля."},
    {"auth.cache_time", duration, "1m", 0, hour,
     "How long a login that was right is remembered, so that the password hash is not computed "
     "anew for every connection. 0s: not at all.",
     "Сколько времени помнится успешный вход, чтобы не вычислять хеш пароля для каждого "
     "соединения. 0s: не помнится."},
    {"auth.failure_delay", list, "2s,4s,8s,15s", 0, INT64_MAX,
     "How long the answer to the first, second and each further failed login of an account or from "
     "an address "
     "is held back; the last time holds for all further ones.",
     "На сколько задерживается ответ на первый, второй и т. д. неудачный вход в учётную запись или "
     "с адреса; последнее значение действует для всех следующих."},
    {"auth.failure_memory", duration, "10m", 1, day,
     "Failed logins are forgotten after this time without a further one.",
     "Неудачные входы забываются, если за это время не было новых."},
    {"auth.hash_cost", integer, "5", 1, 11,
     "Cost of new password hashes (yescrypt); each step doubles time and memory.",
     "Стоимость новых хешей паролей (yescrypt); каждая единица удваивает время и память."},
    {"dns.dnssec", boolean, "true", 0, INT64_MAX, "Validate DNSSEC. Needed for DANE.",
     "Проверять DNSSEC. Требуется для DANE."},
    {"dns.servers", list, "", 0, INT64_MAX,
     "Addresses of the resolvers to ask, such as 127.0.0.1 or 192.0.2.53@5353. Empty: those of "
     "/etc/resolv.conf.",
     "Адреса серверов DNS, например 127.0.0.1 или 192.0.2.53@5353. Пусто: из /etc/resolv.conf."},
    {"imap.allow_plaintext_auth", boolean, "false", 0, INT64_MAX,
     "Allow logins without TLS, also from other machines. Passwords can then be read on the way.",
     "Разрешить вход без TLS и с других машин. Пароли тогда могут быть прочитаны по пути."},
    {"imap.command_timeout", duration, "1m", 1, hour,
     "How long the rest of a command or literal may take once it has begun.",
     "Сколько может передаваться остаток начатой команды или литерала."},
    {"imap.connection_limit", integer, "20000", 1, 1000000,
     "Connections to one node; a tenth is kept for those who have logged in before.",
     "Соединений с одним узлом; десятая часть остаётся за уже входившими."},
    {"imap.connections_per_address", integer, "50", 1, 100000,
     "Connections at a time from one address (IPv6: one /64 network).",
     "Одновременных соединений с одного адреса (IPv6: из одной сети /64)."},
    {"imap.connections_per_user", integer, "30", 1, 100000,
     "Connections at a time of one account to one node.",
     "Одновременных соединений одной учётной записи с одним узлом."},
    {"imap.digest_cache", size, "32M", 0, 16 * gib,
     "Memory of one tegu-imapd for packed digests of large mailboxes, from which lists of messages "
     "are shown. 0: they are read from the database each time.",
     "Память одного tegu-imapd для сжатых выжимок больших ящиков, из которых показываются списки "
     "писем. 0: каждый раз читаются из базы данных."},
    {"imap.idle_timeout", duration, "30m", minute, day,
     "A session that says nothing for so long is closed (RFC 9051 wants at least 30 minutes).",
     "Сеанс, молчащий столько времени, закрывается (RFC 9051 требует не меньше 30 минут)."},
    {"imap.keep_alive", duration, "2m", 10, 30 * minute,
     "How often a silent IDLE is told that the server is still there.",
     "Как часто клиенту в IDLE напоминается, что сервер на связи."},
    {"imap.line_limit", size, "64K", 8 * kib, mib, "Longest command line.",
     "Наибольшая длина строки команды."},
    {"imap.literal_limit", size, "1M", 64 * kib, 64 * mib,
     "All literals of one command together, except the letter of APPEND.",
     "Все литералы одной команды вместе, кроме письма в APPEND."},
    {"imap.login_failure_delay", duration, "2s", 0, minute,
     "How long the answer to a failed login is held back.",
     "На сколько задерживается ответ на неудачный вход."},
    {"imap.login_failure_limit", integer, "3", 1, 100,
     "Failed logins of one connection until it is closed.",
     "Неудачных входов в одном соединении, после которых оно закрывается."},
    {"imap.login_timeout", duration, "1m", 5, hour,
     "A connection that has not logged in after this time is closed.",
     "Соединение, не выполнившее вход за это время, закрывается."},
    {"imap.mailbox_limit", integer, "5000", 10, 1000000, "Mailboxes (folders) of one account.",
     "Почтовых ящиков (папок) в одной учётной записи."},
    {"imap.search_depth", integer, "50", 5, 1000, "How deep the keys of SEARCH may be nested.",
     "Наибольшая вложенность условий SEARCH."},
    {"mailbox.checkpoint_changes", integer, "500", 10, 100000,
     "After so many changes a mailbox gets a new checkpoint, so that opening it stays fast.",
     "После стольких изменений ящик получает новую контрольную точку, чтобы открываться быстро."},
    {"mailbox.quota", size, "1T", mib, INT64_MAX,
     "Space of an account that has no quota of its own.",
     "Объём учётной записи, которой не назначена своя квота."},
    {"mailbox.undelete_time", duration, "14d", 0, 3650 * day,
     "How long expunged messages are kept for getting them back.",
     "Сколько хранятся удалённые письма, чтобы их можно было вернуть."},
    {"queue.batch_limit", integer, "50", 1, 1000,
     "Letters that may share one transaction at high load.",
     "Писем, которые при большой нагрузке записываются одной транзакцией."},
    {"queue.bounce_lifetime", duration, "1d", minute, 30 * day,
     "A delivery report that cannot be delivered for so long is dropped.",
     "Отчёт о доставке, который не удаётся доставить столько времени, удаляется."},
    {"queue.concurrency", integer, "500", 1, 100000, "Outward deliveries at a time on one node.",
     "Одновременных исходящих доставок на одном узле."},
    {"queue.connect_timeout", duration, "30s", 1, 10 * minute,
     "How long connecting to one address of a next hop may take.",
     "Сколько может длиться соединение с одним адресом следующего узла."},
    {"queue.delay_notice", duration, "4h", 0, 30 * day,
     "After this time senders are told once that their letter is late. 0s: never.",
     "Через это время отправителю один раз сообщается о задержке. 0s: никогда."},
    {"queue.destination_concurrency", integer, "20", 1, 1000,
     "Connections at a time from one node to one destination.",
     "Одновременных соединений одного узла с одним получателем."},
    {"queue.lease_time", duration, "5m", 30, hour,
     "How long a node that fell silent keeps the deliveries it had begun; after it others go on. "
     "tegu-queue reads it when it starts.",
     "Сколько умолкший узел удерживает начатые доставки; затем их продолжают другие. tegu-queue "
     "читает это при запуске."},
    {"queue.lifetime", duration, "5d", minute, 60 * day,
     "A letter that cannot be delivered for so long goes back to its sender (RFC 5321 wants 4 to 5 "
     "days).",
     "Письмо, которое не удаётся доставить столько времени, возвращается отправителю (RFC 5321: 4 "
     "или 5 суток)."},
    {"queue.mx_limit", integer, "5", 1, 50, "Addresses of a destination tried in one attempt.",
     "Адресов получателя, пробуемых за одну попытку."},
    {"queue.retry", list, "5m,10m,20m,40m,70m", 0, INT64_MAX,
     "Pauses between attempts to deliver; the last one repeats. A fifth of each is random.",
     "Паузы между попытками доставки; последняя повторяется. Пятая часть каждой случайна."},
    {"queue.return_limit", size, "50K", 0, int64_t{1} << 30,
     "A letter up to this size goes back whole with the report of its failure, a larger one with "
     "its header only.",
     "Письмо не больше этого размера возвращается с отчётом о недоставке целиком, большее — только "
     "заголовком."},
    {"queue.send_timeout", duration, "5m", 10, hour,
     "How long a next hop may take for one answer; ten minutes at least for the answer to the "
     "letter itself (RFC 5321 4.5.3.2).",
     "Сколько следующий узел может отвечать на одну команду; на само письмо не меньше десяти минут "
     "(RFC 5321 4.5.3.2)."},
    {"queue.source_addresses", list, "", 0, INT64_MAX,
     "Own addresses to send from, one IPv4 and one IPv6 at most. Empty: the system chooses.",
     "Собственные адреса для отправки, не больше одного IPv4 и одного IPv6. Пусто: выбирает "
     "система."},
    {"queue.tls_verify", list, "", 0, INT64_MAX,
     "Domains to which letters go only over TLS with a certificate that is right. Others: TLS when "
     "offered.",
     "Домены, куда письма отправляются только по TLS с верным сертификатом. Остальные: TLS, если "
     "предложен."},
    {"router.postmaster", text, "", 0, INT64_MAX,
     "Where mail for postmaster goes in domains that have no such address. Every domain must have "
     "a postmaster (RFC 5321 4.5.1).",
     "Куда приходит почта для postmaster в доменах, где такого адреса нет. Он обязан быть в каждом "
     "домене (RFC 5321 4.5.1)."},
    {"router.recipient_delimiter", text, "+", 0, INT64_MAX,
     "Characters that separate a user from a detail, as in user+detail@example.org; mail for all "
     "details reaches the user. Empty: none.",
     "Символы, отделяющие пользователя от уточнения, как в user+detail@example.org; почта со "
     "всеми уточнениями приходит пользователю. Пусто: нет."},
    {"router.smart_host", text, "", 0, INT64_MAX,
     "Where all mail for other domains without a route goes, such as smtp://relay.example.org:25. "
     "Empty: to the MX of its domain.",
     "Куда отправляется почта для чужих доменов без маршрута, например "
     "smtp://relay.example.org:25. Пусто: на MX домена."},
    {"smtp.auth_failure_delay", duration, "2s", 0, minute,
     "How long the answer to a failed AUTH is held back.",
     "На сколько задерживается ответ на неудачный AUTH."},
    {"smtp.auth_failure_limit", integer, "3", 1, 100,
     "Failed logins of one connection until it is closed.",
     "Неудачных входов в одном соединении, после которых оно закрывается."},
    {"smtp.check_sender", boolean, "true", 0, INT64_MAX,
     "Who has logged in may send only from addresses of the own account and its aliases.",
     "Вошедший пользователь отправляет только с адресов своей учётной записи и её псевдонимов."},
    {"smtp.command_timeout", duration, "5m", 5, hour,
     "A connection that says nothing for so long is closed (RFC 5321 4.5.3.2.7).",
     "Соединение, молчащее столько времени, закрывается (RFC 5321 4.5.3.2.7)."},
    {"smtp.connection_limit", integer, "5000", 1, 1000000, "Connections to one node.",
     "Соединений с одним узлом."},
    {"smtp.connections_per_address", integer, "50", 1, 100000,
     "Connections at a time from one address (IPv6: one /64 network).",
     "Одновременных соединений с одного адреса (IPv6: из одной сети /64)."},
    {"smtp.data_min_rate", size, "500", 0, gib,
     "Bytes a second that a sender must keep up, on average of a minute, while it sends a letter.",
     "Байт в секунду, которые отправитель должен выдерживать в среднем за минуту, передавая "
     "письмо."},
    {"smtp.data_timeout", duration, "3m", 5, hour,
     "How long a sender may pause inside a letter (RFC 5321 4.5.3.2.5).",
     "Сколько может длиться пауза внутри письма (RFC 5321 4.5.3.2.5)."},
    {"smtp.error_delay", duration, "2s", 0, minute,
     "How long each answer is held back after smtp.error_soft_limit mistakes.",
     "На сколько задерживается каждый ответ после smtp.error_soft_limit ошибок."},
    {"smtp.error_hard_limit", integer, "10", 1, 1000,
     "Mistakes (unknown recipients among them) until the connection is closed.",
     "Ошибок (в том числе неизвестных получателей), после которых соединение закрывается."},
    {"smtp.error_soft_limit", integer, "5", 1, 1000, "Mistakes until answers become slow.",
     "Ошибок, после которых ответы замедляются."},
    {"smtp.greet_delay", duration, "0s", 0, minute,
     "How long the greeting is held back on port 25; who talks before it is refused.",
     "На сколько задерживается приветствие на порту 25; говорящие до него отклоняются."},
    {"smtp.hostname", text, "", 0, INT64_MAX,
     "The name that the server says of itself, the same as its address has in the DNS. Empty: the "
     "system's host name.",
     "Имя, которым представляется сервер, то же, что у его адреса в DNS. Пусто: имя системы."},
    {"smtp.junk_limit", integer, "20", 1, 1000,
     "Commands that do nothing (NOOP, RSET, VRFY ...) of one connection until each counts as a "
     "mistake.",
     "Бесполезных команд (NOOP, RSET, VRFY и т. п.) в одном соединении, после которых каждая "
     "считается ошибкой."},
    {"smtp.message_limit", integer, "100", 1, 100000, "Letters in one connection.",
     "Писем в одном соединении."},
    {"smtp.message_size_limit", size, "50M", 64 * kib, 2 * gib,
     "Largest letter that is taken, by SMTP and into mailboxes by IMAP.",
     "Наибольший размер письма, принимаемого по SMTP и записываемого в ящики по IMAP."},
    {"smtp.received_limit", integer, "50", 5, 1000,
     "Received header fields that a letter may have; more means that it runs in a circle.",
     "Полей Received в письме; больше означает, что оно ходит по кругу."},
    {"smtp.recipient_limit", integer, "1000", 100, 20000,
     "Recipients of one letter (RFC 5321 4.5.3.1.8 wants at least 100).",
     "Получателей одного письма (RFC 5321 4.5.3.1.8 требует не меньше 100)."},
    {"smtp.relay_networks", list, "", 0, INT64_MAX,
     "Networks whose machines may send to the world without a login.",
     "Сети, машины которых отправляют почту в мир без входа."},
    {"smtp.session_timeout", duration, "10m", minute, day,
     "Longest session of a stranger on port 25, the time of letters not counted.",
     "Наибольшая длительность сеанса незнакомца на порту 25 без времени передачи писем."},
    {"smtp.spool_memory", size, "2M", 64 * kib, gib,
     "Letters up to this size wait in memory while they come in, larger ones in a file.",
     "Письма до этого размера при приёме находятся в памяти, большие - в файле."},
};

static_assert(std::ranges::is_sorted(settings, {}, &base::Setting::key));

std::span<const base::Setting> catalogue() {
  return settings;
}

std::string_view section_title(std::string_view section, bool russian) {
  struct Title {
    std::string_view section, english, russian;
  };
  static constexpr Title titles[] = {
      {"auth", "Logins and passwords", "Вход и пароли"},
      {"dns", "Domain names", "Доменные имена"},
      {"imap", "Reading mail (IMAP)", "Чтение почты (IMAP)"},
      {"mailbox", "Mailboxes", "Почтовые ящики"},
      {"queue", "Delivery and the queue", "Доставка и очередь"},
      {"router", "Addresses and routes", "Адреса и маршруты"},
      {"smtp", "Receiving mail (SMTP)", "Приём почты (SMTP)"},
  };
  for (const Title& title : titles) {
    if (title.section == section) return russian ? title.russian : title.english;
  }
  return section;
}

}  // namespace tegu::model::setting
