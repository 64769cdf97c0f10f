// Connection strings of the owner: whose password they mean, and the strings made from them for the
// daemons' roles. Keywords only ("host=db1 user=tegu_owner passfile=..."), no URIs.
#pragma once
#include <string>
#include <string_view>

namespace tegu::ctl {

// What "password=" says, or the last line of the "passfile="; empty without either, when the server
// knows its clients by other means (peer, certificates). Throws base::UsageError when the file
// cannot be read, and for a URI.
std::string password_of(const std::string& conninfo);

// The same string without "password=", which must not stand in what others may read.
std::string without_password(std::string conninfo);

// With "user=tegu_owner" where no user is named.
std::string with_owner(std::string conninfo);

// The login of a daemon's role; its password follows from the owner's (state.h), if that has one.
std::string conninfo_of_role(const std::string& owner, const std::string& owner_password,
                             const std::string& role);

}  // namespace tegu::ctl
