-- The owner and one role a daemon, before the first migration. Roles belong to the whole cluster and
-- may exist already (another database, an administrator who made them); passwords are set elsewhere.
DO $body$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['tegu_owner', 'tegu_smtpd', 'tegu_router', 'tegu_queue', 'tegu_imapd',
                              'tegu_davd', 'tegu_migrate'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I LOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another database's migration was faster
      END;
    END IF;
  END LOOP;
  IF NOT pg_has_role(current_user, 'tegu_owner', 'MEMBER') THEN
    EXECUTE format('GRANT tegu_owner TO %I', current_user);
  END IF;
  IF NOT has_schema_privilege('tegu_owner', 'public', 'CREATE') THEN
    GRANT CREATE, USAGE ON SCHEMA public TO tegu_owner;
  END IF;
END
$body$;
