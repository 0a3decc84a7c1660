//! What inputs are made of.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// How long an input gets at most, in bytes; more shows nothing new and costs time.
const LONGEST: usize = 16 << 10;

/// Inputs of one language.
pub fn inputs(
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
    documents: usize,
) -> BoxedStrategy<Vec<u8>> {
    let spliced = vec(word(words), 0..20).prop_map(|words| words.concat().into_bytes());
    let bytes = vec(any::<u8>(), 0..64);
    let texts = prop_oneof![
        6 => mutated(seeds, words),
        3 => spliced,
        1 => bytes,
    ];
    if documents == 0 {
        return texts.boxed();
    }
    let lines = vec(json(words), 1..=documents).prop_map(|documents| {
        let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
        lines.join("\n").into_bytes()
    });
    prop_oneof![texts, lines].boxed()
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> + use<> {
    prop_oneof![
        8 => select(words).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => any::<i64>().prop_map(|number| number.to_string()),
    ]
}

/// One change to an input.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index, usize),
    Insert(Index, String),
    Set(Index, u8),
    /// A piece stands there many times over.
    Repeat(Index, usize, usize),
    /// From here on it goes on as another seed does.
    Cross(Index, Index, Index),
    Swap(Index, Index, usize),
}

fn mutated(
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> + use<> {
    let change = prop_oneof![
        (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<Index>(), word(words)).prop_map(|(at, word)| Change::Insert(at, word)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (
            any::<Index>(),
            1..80_usize,
            prop_oneof![4 => 2..5_usize, 1 => 5..3_000_usize]
        )
            .prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        any::<(Index, Index, Index)>().prop_map(|(at, seed, from)| Change::Cross(at, seed, from)),
        (any::<Index>(), any::<Index>(), 1..20_usize)
            .prop_map(|(one, other, length)| Change::Swap(one, other, length)),
    ];
    (any::<Index>(), vec(change, 0..8)).prop_map(move |(seed, changes)| {
        let start = seeds[seed.index(seeds.len())].clone();
        changes
            .iter()
            .fold(start, |input, change| changed(input, change, &seeds))
    })
}

fn changed(mut input: Vec<u8>, change: &Change, seeds: &[Vec<u8>]) -> Vec<u8> {
    let place = |at: &Index, input: &[u8]| at.index(input.len() + 1);
    let end = |from: usize, length: usize, input: &[u8]| (from + length).min(input.len());
    match change {
        Change::Cut(at, length) => {
            let from = place(at, &input);
            let to = end(from, *length, &input);
            input.drain(from..to);
        }
        Change::Insert(at, word) => {
            let at = place(at, &input);
            input.splice(at..at, word.bytes());
        }
        Change::Set(at, byte) => {
            if !input.is_empty() {
                let at = at.index(input.len());
                input[at] = *byte;
            }
        }
        Change::Repeat(at, length, times) => {
            let from = place(at, &input);
            let piece = input[from..end(from, *length, &input)].repeat(*times);
            input.splice(from..from, piece);
        }
        Change::Cross(at, seed, from) => {
            let seed = &seeds[seed.index(seeds.len())];
            input.truncate(place(at, &input));
            input.extend(&seed[place(from, seed)..]);
        }
        Change::Swap(one, other, length) => {
            let (one, other) = (place(one, &input), place(other, &input));
            let piece = input[one..end(one, *length, &input)].to_vec();
            input.splice(other..end(other, *length, &input), piece);
        }
    }
    input.truncate(LONGEST);
    input
}

/// JSON whose names and texts are words of the language; a word that is JSON stands for itself.
fn json(words: &'static [&'static str]) -> impl Strategy<Value = Value> + use<> {
    let leaf = prop_oneof![
        6 => select(words).prop_map(|word| serde_json::from_str(word).unwrap_or(word.into())),
        1 => any::<i32>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            3 => vec((select(words), inner.clone()), 0..6).prop_map(|fields| {
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }),
            1 => vec(inner, 0..5).prop_map(Value::Array),
        ]
    })
}
