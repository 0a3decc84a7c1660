//! Pure decisions of the three hops.
