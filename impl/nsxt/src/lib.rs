//! An embedded NSX-T manager: Policy API, IPAM, realization and the data path.
