//! Hop 3: programs NSX-T for Supervisor Services.
