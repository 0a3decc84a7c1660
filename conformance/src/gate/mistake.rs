//! Mistakes seeded between a controller and the gate.

use bytes::Bytes;
use hopwise_vocab::Hop;
use http::{Request, Response};

/// What one process makes of what it asks and of what it hears. It is forgotten with the process.
pub trait Mistake: Send {
    /// What becomes of a request on its way to the gate.
    fn asks(&mut self, _hop: Hop, request: Request<Bytes>) -> Asks {
        Asks::Sends(request)
    }

    /// What becomes of the answer to a request, as it was sent, on its way back.
    fn hears(&mut self, _hop: Hop, _request: &Request<Bytes>, heard: Heard) -> Heard {
        heard
    }
}

/// Makes a mistake for a process that starts.
pub type Seed = fn() -> Box<dyn Mistake>;

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
pub type Edit = fn(Hop, Request<Bytes>) -> Request<Bytes>;

impl Mistake for Edit {
    fn asks(&mut self, hop: Hop, request: Request<Bytes>) -> Asks {
        Asks::Sends(self(hop, request))
    }
}
