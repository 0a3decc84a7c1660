//! Shrinking: as few as are needed of what leads somewhere.

/// Leaves out as many as can be, one after the other, and says what is left: no single one of it can
/// be missed. `leads` says whether some of them still lead there, and which of them it took.
///
/// Large pieces are tried first (*delta debugging*, Zeller and Hildebrandt, Simplifying and Isolating
/// Failure-Inducing Input, 2002).
///
/// # Assumes
/// That all of them lead there.
pub fn shrink<T: Clone>(all: Vec<T>, mut leads: impl FnMut(&[T]) -> Option<Vec<T>>) -> Vec<T> {
    let mut left = all;
    let mut piece = left.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        let before = left.len();
        while at < left.len() {
            let end = (at + piece).min(left.len());
            let without = [&left[..at], &left[end..]].concat();
            match leads(&without) {
                Some(taken) => left = taken,
                None => at = end,
            }
        }
        if piece == 1 && left.len() == before {
            return left;
        }
        piece = piece.div_ceil(2).clamp(1, left.len().max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_leads_there_and_nothing_of_it_can_be_missed() {
        let needed = [3, 40, 41, 99];
        let leads = |some: &[i32]| {
            let has_all = needed.iter().all(|it| some.contains(it));
            has_all.then(|| some.to_vec())
        };
        assert_eq!(shrink((0..100).collect(), leads), needed);
    }

    #[test]
    fn what_was_not_taken_is_left_out_at_once() {
        let mut asked = 0;
        let left = shrink((0..64).collect(), |some: &[i32]| {
            asked += 1;
            some.contains(&7).then(|| vec![7])
        });
        assert_eq!(left, [7]);
        assert!(asked < 8, "{asked}");
    }
}
