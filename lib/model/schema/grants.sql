-- Who may do what: the whole matrix, written anew after every migration. Least rights: smtpd sees no
-- letter and no credential, only the router sees credentials, imapd no queue. tests/ checks it.

REVOKE ALL ON ALL TABLES IN SCHEMA public
  FROM PUBLIC, tegu_smtpd, tegu_router, tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public
  FROM PUBLIC, tegu_smtpd, tegu_router, tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;

-- Every daemon: settings, the version of the schema, its heartbeat, the audit trail (to write only).
GRANT SELECT ON setting, schema_version
  TO tegu_smtpd, tegu_router, tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
GRANT SELECT, INSERT, UPDATE ON node
  TO tegu_smtpd, tegu_router, tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
GRANT INSERT ON audit
  TO tegu_smtpd, tegu_router, tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;

-- Filter state.
GRANT SELECT ON ban TO tegu_smtpd, tegu_imapd, tegu_davd;
GRANT INSERT, UPDATE, DELETE ON ban TO tegu_smtpd;

-- Directory. The router needs the heads' sizes to know who is over quota.
GRANT SELECT ON domain, account, address, route
  TO tegu_router, tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
GRANT SELECT ON credential TO tegu_router;
GRANT SELECT (account_id, id, total, bytes) ON mailbox TO tegu_router;

-- Mailboxes and content. Deleting content is the queue's housekeeping.
GRANT SELECT, INSERT ON content, content_chunk TO tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
GRANT SELECT, INSERT, UPDATE ON content_loose
  TO tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
GRANT DELETE ON content, content_chunk, content_loose TO tegu_queue;
GRANT SELECT, INSERT, UPDATE, DELETE ON mailbox TO tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
GRANT SELECT, INSERT, DELETE ON message, mailbox_log, mailbox_view, mailbox_digest, mailbox_keyword
  TO tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;

-- Queue.
GRANT SELECT, INSERT, UPDATE, DELETE ON queue_item, queue_rcpt TO tegu_queue;

GRANT USAGE ON SEQUENCE id_block, mailbox_id, uidvalidity
  TO tegu_queue, tegu_imapd, tegu_davd, tegu_migrate;
