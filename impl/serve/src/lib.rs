//! Serves a tower service over TLS with a generated certificate authority.
