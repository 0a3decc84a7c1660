//! What the three controllers share around their decisions.
