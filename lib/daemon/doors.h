// The listening sockets of a daemon: systemd's when it passed them, else opened here, as root where
// the ports need it; and how rights are dropped afterwards.
#pragma once
#include "daemon/run.h"
#include "daemon/runtime.h"

namespace tegu::daemon {

// "tegu-smtpd" -> "smtpd": its control socket is run_dir/smtpd.ctl.
std::string short_name(const Declaration& declaration);

// Sockets that systemd passed under names that the daemon did not declare, and declared services
// without any socket are told in the log; throws base::UsageError and base::SystemError when one
// cannot be opened.
Doors open_doors(const Declaration& declaration, const Conf& conf);

// Becomes conf.user with its groups when started as root and a user is named; nothing is left to
// get back. Throws base::UsageError for an unknown user.
void drop_rights(const Conf& conf);

// As many descriptors as the hard limit allows.
void raise_descriptor_limit();

}  // namespace tegu::daemon
