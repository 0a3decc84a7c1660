//! The breadth-first search that makes a graph out of a model.

use std::cell::OnceCell;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Checkable;
use crate::edges::Edges;
use crate::found::{Found, Made};
use crate::graph::{Graph, Id, NONE};
use crate::packed::{Arena, Packed};
use crate::parents::Parents;
use crate::piece::{Beyond, Canonical, Ends, Fresh, Piece, Sight, Target};
use crate::progress::Progress;
use crate::store::Row;
use crate::threads;
use crate::verdict::Why;

/// How far to search, and with how many threads. The default searches everything on all cores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds<'a> {
    /// At most this many states.
    pub states: Option<usize>,
    /// At most this many steps from an initial state.
    pub depth: Option<usize>,
    /// At most this many bytes for the graph and for what finds its states while it grows. What
    /// states point to is not counted, nor what the judgements need beside it.
    pub bytes: Option<usize>,
    /// This many threads, which does not change the graph; none is one for each processor.
    pub threads: Option<NonZero<usize>>,
    /// Ends the search as soon as it is true.
    pub stop: Option<&'a AtomicBool>,
    /// Is told how far the search has come.
    pub progress: Option<&'a Progress>,
}

/// Searches the model breadth first, within its own boundary and these bounds.
///
/// # Guarantees
/// - Every state in the graph is reachable, and its parent chain is a shortest trace to it.
/// - Every step of an expanded state is in the graph: to a known state as an edge, also where a
///   bound is reached, and otherwise as a cut edge that [`Graph::cut`] counts. An action whose
///   `next_state` is `None` is not enabled.
/// - The same model and bounds give the same graph, with any number of threads, unless the search
///   is stopped.
///
/// # Assumes
/// Less than 2^32 states, and memory for them; beyond 2^32 - 1 states the search is cut.
pub fn explore<'m, M: Checkable>(model: &'m M, bounds: &Bounds<'_>) -> Graph<'m, M> {
    Search::<M, Vec<M::State>>::run(model, None, bounds)
}

/// The same search, which gives the same graph and keeps its states as bytes.
///
/// # Assumes
/// What [`Packed`] asks for.
pub fn explore_packed<'m, M>(model: &'m M, bounds: &Bounds<'_>) -> Graph<'m, M>
where
    M: Checkable<State: Packed>,
{
    Search::<M, Arena>::run(model, None, bounds)
}

impl Bounds<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// States that a worker takes at a time: so many that sharing them costs nothing, and so few that
/// what is made of them stays in a processor's cache.
const PIECE: usize = 256;

/// Enough pieces for a slow one to keep only one thread busy.
const PIECES_PER_THREAD: usize = 8;

pub(crate) struct Search<'m, 'b, M: Checkable, R> {
    model: &'m M,
    canonical: Option<Canonical<M>>,
    bounds: &'b Bounds<'b>,
    found: Found<M::State, R>,
    actions: Vec<M::Action>,
    initial: usize,
    /// The first id of each depth reached so far, and of the one being found.
    levels: Vec<Id>,
    parents: Parents,
    edges: Edges,
    /// Whether there is no memory for more.
    is_full: bool,
    why: Why,
}

impl<'m, 'b, M: Checkable, R: Row<M::State>> Search<'m, 'b, M, R> {
    /// Expands the states in the order of their ids, some pieces at a time: threads find out
    /// where their steps lead, and what they found is added in that same order.
    pub(crate) fn run(
        model: &'m M,
        canonical: Option<Canonical<M>>,
        bounds: &'b Bounds<'b>,
    ) -> Graph<'m, M> {
        let mut search = Search::begin(model, canonical, bounds);
        let mut pieces = Vec::new();
        // Counting processors takes longer than searching a small model.
        let counted = OnceCell::new();
        while search.edges.rows() < search.found.len() && !search.is_full && !bounds.is_stopped() {
            let is_small = search.found.len() - search.edges.rows() <= PIECE;
            let threads = if is_small {
                1
            } else {
                *counted.get_or_init(|| threads::count(bounds.threads))
            };
            let used = search.share_out(&mut pieces, threads * PIECES_PER_THREAD);
            let sight = Sight {
                model,
                canonical,
                found: &search.found,
                actions: &search.actions,
            };
            threads::each(threads, &mut pieces[..used], |piece: &mut Piece<_, R>| {
                piece.expand(&sight, || bounds.is_stopped());
            });
            search.found.pair_twins(threads, &mut pieces[..used]);
            for at in 0..used {
                search.add(&mut pieces[..used], at);
                if search.edges.rows() < pieces[at].ids.end {
                    break;
                }
            }
            search.found.enter_all(threads, &pieces[..used]);
            if let Some(progress) = bounds.progress {
                let depth = search.levels.len() - 1;
                progress.note(search.found.len(), search.edges.rows(), depth);
            }
        }
        search.finish()
    }

    fn begin(model: &'m M, canonical: Option<Canonical<M>>, bounds: &'b Bounds<'b>) -> Self {
        let mut search = Search {
            model,
            canonical,
            bounds,
            found: Found::new(),
            actions: Vec::new(),
            initial: 0,
            levels: vec![0],
            parents: Parents::new(),
            edges: Edges::new(),
            is_full: false,
            why: Why::default(),
        };
        search.begin_with(model.init_states());
        search.initial = search.found.len();
        search.levels.push(search.next_id());
        search
    }

    fn begin_with(&mut self, initial: Vec<M::State>) {
        let mut made = R::default();
        for state in initial {
            if !self.model.within_boundary(&state) {
                self.why.boundary += 1;
                continue;
            }
            let at = made.len();
            let hasher = &self.found.hasher;
            let hash = match self.canonical {
                Some(canonical) => made.push(&canonical(self.model, &state), hasher),
                None => made.push(&state, hasher),
            };
            let made = Made {
                row: &made,
                at,
                hash,
            };
            if self.found.find(&made).is_none() {
                match self.place(&made, 0) {
                    Ok(id) => self.found.enter(hash, id),
                    Err(beyond) => self.count(beyond),
                }
            }
        }
    }

    /// Gives each piece the next states to expand; says how many pieces that makes.
    fn share_out(&self, pieces: &mut Vec<Piece<M::Action, R>>, most: usize) -> usize {
        let next = self.edges.rows();
        let used = (self.found.len() - next).div_ceil(PIECE).min(most);
        if pieces.len() < used {
            pieces.resize_with(used, Piece::new);
        }
        for (piece, start) in pieces[..used].iter_mut().zip((next..).step_by(PIECE)) {
            piece.ids = start..self.found.len().min(start + PIECE);
        }
        used
    }

    /// Adds what a worker found out, state by state, as if each had been expanded only now.
    fn add(&mut self, pieces: &mut [Piece<M::Action, R>], at: usize) {
        let renumbered = pieces[at].labels.make_known(&mut self.actions);
        let known = pieces[at].actions_known;
        let label = |number: u32| match (number as usize).checked_sub(known) {
            Some(unknown) => renumbered[unknown],
            None => number,
        };
        let mut begin = Ends::default();
        for state in 0..pieces[at].ends.len() {
            let ends = pieces[at].ends[state];
            if self.would_outgrow(0, ends.steps - begin.steps) {
                self.is_full = true;
            }
            if self.is_full {
                return;
            }
            let id = Id::try_from(self.edges.rows()).expect("only states with an id are expanded");
            let depth = self.depth_after(id);
            self.parents.note(self.edges.rows(), self.next_id());
            for number in begin.fresh..ends.fresh {
                let twin = pieces[at].fresh[number].twin;
                let twin = twin.and_then(|(piece, number)| pieces[piece].fresh[number].placed);
                let placed = match twin {
                    Some(Ok(id)) => Ok(id),
                    // What refused the twin refuses this one too, if perhaps for another bound.
                    Some(Err(_)) | None => self.place(&pieces[at].fresh(number), depth),
                };
                pieces[at].fresh[number].placed = Some(placed);
            }
            for &(target, number) in &pieces[at].steps[begin.steps..ends.steps] {
                let target = self.resolve(target, &pieces[at].fresh);
                self.edges.push(target, label(number));
            }
            self.edges.close_row();
            begin = ends;
        }
    }

    /// The depth of the states that are found from this one, which is the next to be expanded.
    fn depth_after(&mut self, id: Id) -> usize {
        if self.levels.last() == Some(&id) {
            self.levels.push(self.next_id());
        }
        // The last level is the one being found.
        self.levels.len() - 1
    }

    /// The id of a new state, which is stored if the bounds allow it.
    fn place(&mut self, made: &Made<'_, R>, depth: usize) -> Result<Id, Beyond> {
        if self.bounds.depth.is_some_and(|deepest| depth > deepest) {
            return Err(Beyond::Depth);
        }
        // Ids are 32 bits wide, and the largest is reserved.
        let most = Id::MAX as usize;
        if self.found.len() >= self.bounds.states.unwrap_or(most).min(most) {
            return Err(Beyond::States);
        }
        if self.would_outgrow(made.row.bytes_of(made.at), 0) {
            self.is_full = true;
            return Err(Beyond::Bytes);
        }
        Ok(self.found.add(made))
    }

    /// The target of an edge; none, and counted, if the search may not go there.
    fn resolve(&mut self, target: Target, fresh: &[Fresh]) -> Id {
        match target {
            Target::Known(id) => id,
            Target::Fresh(number) => {
                let placed = fresh[number].placed;
                placed
                    .expect("fresh states are placed before the steps to them")
                    .unwrap_or_else(|beyond| {
                        self.count(beyond);
                        NONE
                    })
            }
            Target::Outside => {
                self.why.boundary += 1;
                NONE
            }
        }
    }

    fn count(&mut self, beyond: Beyond) {
        match beyond {
            Beyond::States => self.why.states += 1,
            Beyond::Depth => self.why.depth += 1,
            Beyond::Bytes => self.why.bytes += 1,
        }
    }

    /// Whether one more state of so many bytes, or so many more steps, need more memory than there
    /// may be.
    fn would_outgrow(&self, state: usize, steps: usize) -> bool {
        self.bounds.bytes.is_some_and(|most| {
            let states = self.found.bytes_with(usize::from(state > 0)) + state;
            let parents = self.parents.bytes() + Parents::MOST_BYTES;
            states + parents + self.edges.bytes() + self.edges.most_bytes(steps) > most
        })
    }

    fn next_id(&self) -> Id {
        Id::try_from(self.found.len()).expect("the table keeps ids 32 bits wide")
    }

    fn finish(mut self) -> Graph<'m, M> {
        let found = self.found.len();
        let left = found - self.edges.rows();
        if self.is_full {
            self.why.bytes += left;
        } else {
            self.why.stopped = left;
        }
        // A level that was begun and found nothing is no level.
        while self
            .levels
            .last()
            .is_some_and(|&first| first as usize == found)
        {
            self.levels.pop();
        }
        // Growing left up to half of the space unused, and the graph will not grow again.
        self.edges.shrink_to_fit();
        self.parents.shrink_to_fit();
        Graph {
            model: self.model,
            states: self.found.row.keep(),
            actions: self.actions,
            initial: Id::try_from(self.initial).expect("initial states are states"),
            parents: self.parents,
            levels: self.levels,
            edges: self.edges,
            why: self.why,
            threads: self.bounds.threads,
        }
    }
}
