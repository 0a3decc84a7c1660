//! The alphabet of the chain: hops, verbs, objects, actions, safeguards and the trace form.
