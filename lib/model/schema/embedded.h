// The SQL files of this folder, compiled in (embed.cmake makes embedded.cpp).
#pragma once
#include <span>

#include "net/pg/params.h"

namespace tegu::model::schema {

struct Migration {
  int version;
  const char* name;
  int serves;  // programs that need this version or newer run with the schema it makes
  net::pg::Statement statement;
};

extern const std::span<const Migration> migrations;  // by version, from 1, without gaps
extern const net::pg::Statement roles;
extern const net::pg::Statement grants;

}  // namespace tegu::model::schema
