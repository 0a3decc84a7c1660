//! Numbers for actions.

/// The distinct actions, numbered in the order in which they were first offered.
///
/// Actions need not be hashable, so they are searched for. Models offer them in much the same
/// order in every state, so a search starts where it is likely to end.
pub(crate) struct Labels<A> {
    /// Actions that the search did not know when this piece of it began.
    pub(crate) unknown: Vec<A>,
    /// For each action, the one that was offered after it the last time.
    followers: Vec<u32>,
    last: u32,
}

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
        let count = known.len() + self.unknown.len();
        let guess = self
            .followers
            .get(self.last as usize)
            .map_or(0, |&next| next as usize);
        let position = (guess..count).chain(0..guess.min(count)).find(|&at| {
            known
                .get(at)
                .unwrap_or_else(|| &self.unknown[at - known.len()])
                == action
        });
        let at = position.unwrap_or_else(|| {
            self.unknown.push(action.clone());
            count
        });
        let number = u32::try_from(at).expect("there are fewer than 2^32 distinct actions");
        self.followers
            .resize(known.len() + self.unknown.len() + 1, 0);
        self.followers[self.last as usize] = number;
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
