//! The server as its clients see it: the synchronous core, kube-rs, and the real kubectl.
#[cfg(test)]
mod common;

#[cfg(test)]
mod access;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod custom_resources;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod kubectl;
#[cfg(test)]
mod kubectl_everyday;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod services;
#[cfg(test)]
mod watches;
