//! Where everything that is left to chance comes from.

/// What decides all that a [simulation](super) leaves to chance. The same choices make the same run.
///
/// The least choice is always the plainest: no fault, no delay, nothing happens. So a run is made shorter by leaving choices out, and one
/// that has run out of choices is over.
///
/// ```
/// use deltamerge::simulation::{Choices, Config, simulate};
/// let config = Config::default();
/// assert_eq!(simulate(&config, Choices::of_seed(7)), simulate(&config, Choices::of_seed(7)));
/// ```
#[derive(Clone, Debug)]
pub struct Choices {
    source: Source,
    /// What was chosen so far, by rounds.
    chosen: Recording,
}

/// What was chosen, by rounds: so that rounds can be left out, and the others stay what they were.
pub(super) type Recording = Vec<Vec<u16>>;

#[derive(Clone, Debug)]
enum Source {
    /// SplitMix64, of which this is the state.
    Seed(u64),
    Bytes {
        bytes: Vec<u8>,
        next: usize,
    },
    Recorded {
        rounds: Recording,
        round: usize,
        next: usize,
    },
}

impl Choices {
    /// Choices without end, from a seed.
    pub fn of_seed(seed: u64) -> Choices {
        Choices::from(Source::Seed(seed))
    }

    /// A choice a byte, as a fuzzer wants it; with the last of them the faults are over.
    pub fn of_bytes(bytes: &[u8]) -> Choices {
        let bytes = bytes.to_vec();
        Choices::from(Source::Bytes { bytes, next: 0 })
    }

    /// What was chosen in another run.
    pub(super) fn of_recording(rounds: Recording) -> Choices {
        let (round, next) = (0, 0);
        Choices::from(Source::Recorded {
            rounds,
            round,
            next,
        })
    }

    fn from(source: Source) -> Choices {
        let chosen = vec![Vec::new()];
        Choices { source, chosen }
    }

    /// Another round begins.
    pub(super) fn begin_round(&mut self) {
        self.chosen.push(Vec::new());
        if let Source::Recorded { round, next, .. } = &mut self.source {
            (*round, *next) = (*round + 1, 0);
        }
    }

    /// Whether there is nothing left to choose with.
    pub(super) fn is_spent(&self) -> bool {
        match &self.source {
            Source::Seed(_) => false,
            Source::Bytes { bytes, next } => *next >= bytes.len(),
            Source::Recorded { rounds, round, .. } => *round + 1 >= rounds.len(),
        }
    }

    /// One of `0..bound`; 0 where there is no choice left.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u16::try_from(bound).unwrap_or(u16::MAX).max(1);
        let drawn = match &mut self.source {
            Source::Seed(state) => (split_mix(state) % u64::from(bound)) as u16,
            Source::Bytes { bytes, next } => {
                let byte = bytes.get(*next).copied().unwrap_or(0);
                *next += 1;
                u16::from(byte) % bound
            }
            recorded @ Source::Recorded { .. } => recorded.replayed() % bound,
        };
        self.record(drawn);
        usize::from(drawn)
    }

    /// Whether something happens that happens with that probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        let drawn = match &mut self.source {
            Source::Seed(state) => (split_mix(state) >> 48) as u16,
            Source::Bytes { bytes, next } => {
                let byte = bytes.get(*next).copied().unwrap_or(0);
                *next += 1;
                u16::from(byte) * 257
            }
            recorded @ Source::Recorded { .. } => recorded.replayed(),
        };
        // The greatest draws, so that 0 is that it does not happen; unless it is certain to.
        let happens = f64::from(u16::MAX - drawn) < probability * 65_536.0;
        let happens = happens && probability > 0.0;
        self.record(if happens { drawn } else { 0 });
        happens
    }

    fn record(&mut self, drawn: u16) {
        if let Some(round) = self.chosen.last_mut() {
            round.push(drawn);
        }
    }

    /// What was chosen.
    pub(super) fn into_recording(self) -> Recording {
        self.chosen
    }
}

impl Source {
    fn replayed(&mut self) -> u16 {
        let Source::Recorded {
            rounds,
            round,
            next,
        } = self
        else {
            return 0;
        };
        let drawn = rounds.get(*round).and_then(|round| round.get(*next));
        *next += 1;
        drawn.copied().unwrap_or(0)
    }
}

/// Sebastiano Vigna's SplitMix64 (public domain): small, well distributed, and the same everywhere.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
