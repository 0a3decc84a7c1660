//! Numbers for actions.

/// The distinct actions, numbered in the order in which they were first offered.
///
/// Actions need not be hashable, so they are searched for. Models offer them in much the same
/// order in every state, so what was offered next the last times is tried first.
pub(crate) struct Labels<A> {
    /// Actions that the search did not know when this piece of it began.
    pub(crate) unknown: Vec<A>,
    /// For each action, those that were offered after it, the last one first.
    followers: Vec<[u32; FOLLOWERS]>,
    last: u32,
}

/// How many followers are worth trying before all actions are.
const FOLLOWERS: usize = 8;

impl<A: Clone + Eq> Labels<A> {
    pub(crate) fn new() -> Self {
        Labels {
            unknown: Vec::new(),
            followers: Vec::new(),
            last: 0,
        }
    }

    /// The number of this action; those beyond the known ones are the unknown ones, in order.
    pub(crate) fn number(&mut self, known: &[A], action: &A) -> u32 {
        if let Some(guesses) = self.followers.get_mut(self.last as usize) {
            let is_it = |&guess: &u32| known.get(guess as usize) == Some(action);
            if let Some(at) = guesses.iter().position(is_it) {
                self.last = guesses[at];
                if at > 0 {
                    guesses[..=at].rotate_right(1);
                }
                return self.last;
            }
        }
        let at = known
            .iter()
            .chain(&self.unknown)
            .position(|other| other == action);
        let at = at.unwrap_or_else(|| {
            self.unknown.push(action.clone());
            known.len() + self.unknown.len() - 1
        });
        let number = u32::try_from(at).expect("there are fewer than 2^32 distinct actions");
        let all = known.len() + self.unknown.len();
        self.followers.resize(all, [0; FOLLOWERS]);
        let guesses = &mut self.followers[self.last as usize];
        guesses.rotate_right(1);
        guesses[0] = number;
        self.last = number;
        number
    }

    /// Moves the unknown actions to the known ones, and says which numbers they have there.
    pub(crate) fn make_known(&mut self, known: &mut Vec<A>) -> Vec<u32> {
        if self.unknown.is_empty() {
            return Vec::new();
        }
        self.followers.clear();
        self.last = 0;
        let number = |action: A| {
            let at = known.iter().position(|other| *other == action);
            let at = at.unwrap_or_else(|| {
                known.push(action);
                known.len() - 1
            });
            u32::try_from(at).expect("there are fewer than 2^32 distinct actions")
        };
        self.unknown.drain(..).map(number).collect()
    }
}
