//! A client of the NSX-T Policy API.
