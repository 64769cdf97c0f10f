// A stored letter as the SMTP client sends it: in pieces, without the Return-Path line that only
// mailboxes have (RFC 5321 4.4).
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "ledger.h"
#include "net/smtp/letter.h"

namespace tegu::queue {

class LetterSource : public net::smtp::Source {
 public:
  // `stored_size`: octets of the stored letter. Everything named must live as long as the source.
  LetterSource(Ledger& ledger, base::ContentId content, uint64_t stored_size,
               const std::function<io::Task<bool>()>& may_finish)
      : ledger_(ledger), content_(content), left_(stored_size), may_finish_(may_finish) {}

  // Reads the first piece. Says why the letter cannot be read.
  io::Task<std::optional<std::string>> open();
  uint64_t size() const { return size_; }  // octets that next() gives in all; after open()
  io::Task<std::string> next() override;

 private:
  static constexpr uint64_t piece_size = 256 * 1024;
  io::Task<std::string> read();

  Ledger& ledger_;
  base::ContentId content_;
  uint64_t offset_ = 0;
  uint64_t left_;
  uint64_t size_ = 0;
  std::string first_;
  const std::function<io::Task<bool>()>& may_finish_;
};

}  // namespace tegu::queue
