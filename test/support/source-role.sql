-- The least that a source needs: a role that can read everything and change nothing. Run as a superuser (on RDS, as
-- the master user), once a server. The password goes into the secret.
--
-- PostgreSQL 14 and later:
CREATE ROLE holdfast_source LOGIN PASSWORD :'source_password';
GRANT pg_read_all_data TO holdfast_source;
-- Row level security would hide rows; pg_dump refuses to dump fewer rows than there are.
ALTER ROLE holdfast_source BYPASSRLS;
-- Nothing that it runs can change anything, whatever else is granted to PUBLIC.
ALTER ROLE holdfast_source SET default_transaction_read_only = on;
