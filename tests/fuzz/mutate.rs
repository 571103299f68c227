//! Inputs that nobody wrote: stored ones, changed a little or a lot. The same number gives the same inputs.

use std::collections::BTreeSet;
use std::ops::Range;

/// No input is longer.
pub const LONGEST: usize = 64 << 10;

/// Longer words are pieces of texts, which splicing moves about.
const LONGEST_WORD: usize = 100;

/// Changes to one input.
const MOST_CHANGES: usize = 6;

/// Where integers of the usual sizes end, and what looks like numbers and is none.
const NUMBERS: [&str; 20] = [
    "0",
    "-0",
    "-1",
    "00",
    "1e9",
    "1e400",
    "0.1",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
];

/// Makes inputs out of stored ones.
pub struct Generator<'a> {
    stored: Vec<&'a [u8]>,
    words: Vec<&'a [u8]>,
    random: Random,
}

impl<'a> Generator<'a> {
    /// One of all sequences of inputs, by its number. There is something stored.
    pub fn new(stored: Vec<&'a [u8]>, number: u64) -> Self {
        assert!(!stored.is_empty(), "nothing is stored to begin with");
        Self {
            words: words(&stored),
            stored,
            random: Random(number),
        }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.random.pick(&self.stored).to_vec();
        for _ in 0..=self.random.below(MOST_CHANGES) {
            self.change(&mut input);
            input.truncate(LONGEST);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let random = &mut self.random;
        let place = random.below(input.len() + 1);
        let span = random.span(input.len());
        match random.below(9) {
            0 => {
                if let Some(byte) = input.get_mut(place) {
                    *byte ^= 1_u8 << random.below(8);
                }
            }
            1 => {
                if let Some(byte) = input.get_mut(place) {
                    *byte = random.draw() as u8;
                }
            }
            2 => input.truncate(place),
            3 => {
                input.drain(span);
            }
            4 => {
                // Up to 128 times: nesting, and lists without end.
                let copies = input[span.clone()].repeat(1_usize << random.below(8));
                put(input, span.end..span.end, &copies);
            }
            5 => {
                let other = random.pick(&self.stored);
                let from = random.below(other.len() + 1);
                input.truncate(place);
                input.extend_from_slice(&other[from..]);
            }
            6 => put(input, place..place, random.pick::<&[u8]>(&self.words)),
            7 => put(input, span, random.pick::<&[u8]>(&self.words)),
            _ => {
                let digits = digits(input, place);
                put(input, digits, random.pick(&NUMBERS).as_bytes());
            }
        }
    }
}

fn put(input: &mut Vec<u8>, at: Range<usize>, bytes: &[u8]) {
    input.splice(at, bytes.iter().copied());
}

/// The first number from `place` on; nothing there, if there is none.
fn digits(input: &[u8], place: usize) -> Range<usize> {
    let Some(ahead) = input[place..].iter().position(u8::is_ascii_digit) else {
        return place..place;
    };
    let start = place + ahead;
    let rest = &input[start..];
    let length = rest.iter().position(|byte| !byte.is_ascii_digit());
    start..start + length.unwrap_or(rest.len())
}

/// The dictionary: the lines of what is stored, its words, and what stands between them.
pub fn words<'a>(stored: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let mut found: BTreeSet<&'a [u8]> = BTreeSet::new();
    for &input in stored {
        found.extend(input.split(|byte| *byte == b'\n'));
        found.extend(input.chunk_by(|a, b| is_word(*a) == is_word(*b)));
    }
    found.extend(NUMBERS.map(str::as_bytes));
    found
        .into_iter()
        .filter(|word| (1..=LONGEST_WORD).contains(&word.len()))
        .collect()
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, and the same on every machine.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.draw() % limit as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A part of something so long: mostly a short one, for most of what means something is short.
    fn span(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length + 1);
        let most = 1_usize << self.below(12);
        start..start + self.below((length - start).min(most) + 1)
    }
}
