//! Mistakes seeded between a controller and the gate.

use bytes::Bytes;
use hopwise_vocab::Hop;
use http::{Request, Response};

/// What one process makes of what it asks and of what it hears. It is forgotten with the process.
pub trait Mistake: Send {
    /// What becomes of a request on its way to the gate.
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        Asks::Sends(request)
    }

    /// What becomes of the answer to a request, as it was sent, on its way back.
    fn hears(&mut self, _request: &Request<Bytes>, heard: Heard) -> Heard {
        heard
    }
}

/// Whose mistake it is, and how a process that starts comes to it.
pub type Seed = (Hop, fn() -> Box<dyn Mistake>);

/// What becomes of a request.
pub enum Asks {
    /// It is sent so.
    Sends(Request<Bytes>),
    /// It is not sent; this is heard at once.
    Answers(Response<Bytes>),
}

/// What a caller hears.
pub enum Heard {
    /// An answer.
    Answer(Response<Bytes>),
    /// That the connection broke.
    Broken,
}

/// What a stateless mistake makes of a request.
pub type Edit = fn(Request<Bytes>) -> Request<Bytes>;

impl Mistake for Edit {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        Asks::Sends(self(request))
    }
}
