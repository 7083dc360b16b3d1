//! A network that fails in every way, made from a seed: the machines of [`resync`](crate::resync) in a world of faults.
//!
//! Clients change one document at once, while messages are lost, doubled, delayed and overtake each other, clients are cut off, crash
//! and come back with or without their memory, values in their memory flip, and the master begins again from what it stored. Then the network
//! heals, and everybody must come to the same state, with every action applied exactly once.
//!
//! Time is simulated, in rounds; messages travel as their text. What happens is decided by [`Choices`] alone, so that a run that
//! fails can be made again, and made [shorter](shortest). Along the way every run holds the machines to
//!
//! - what the master stores follows on, with the checksums that it says, and the way back leads back (M1, M2);
//! - what a client has confirmed is a state of the master's history, unless its memory was damaged; and it shows that with what is pending (M5);
//! - what a client takes for applied is in the master's history (M12);
//! - a client that the log reaches, and that was not damaged, is healed by the log alone (M15);
//! - no action is given up, no message cannot be read, nobody is turned away.
//!
//! ```
//! use deltamerge::simulation::{Choices, Config, Faults, simulate};
//! let faults = Faults { loss: 0.3, ..Faults::default() };
//! let config = Config { clients: 4, actions: 20, faults, ..Config::default() };
//! let outcome = simulate(&config, Choices::of_seed(1));
//! assert!(outcome.converged && outcome.checksums_equal);
//! assert_eq!((outcome.lost_actions, outcome.applied_twice), (0, 0));
//! ```
//!
//! A test of one's own can search for a failure, and be told the shortest:
//!
//! ```
//! use deltamerge::simulation::{Choices, Config, shortest};
//! if let Some(failure) = shortest(&Config::default(), Choices::of_seed(2), 1_000) {
//!     panic!("{failure}");
//! }
//! ```

mod choices;
mod edit;
mod ledger;
mod network;
mod outcome;
mod seat;
mod shorten;
mod transcript;
mod world;

pub use choices::Choices;
pub use outcome::Outcome;
pub use shorten::{Failure, shortest, shortest_that};
pub use transcript::Entry;

/// What a run consists of.
///
/// ```
/// use deltamerge::simulation::Config;
/// let config = Config { clients: 10, ..Config::default() };
/// assert_eq!(config.log, None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How many clients there are.
    pub clients: usize,
    /// After how many actions the faults are over.
    pub actions: usize,
    /// How many actions the master keeps; without it, few or many as the choices will.
    pub log: Option<usize>,
    /// What goes wrong.
    pub faults: Faults,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            clients: 3,
            actions: 40,
            log: None,
            faults: Faults::default(),
        }
    }
}

/// How probable each fault is, from 0 to 1. By default everything goes wrong at times.
///
/// ```
/// use deltamerge::simulation::Faults;
/// assert!(Faults::default().crash > Faults::NONE.crash);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Of each message: that it is lost.
    pub loss: f64,
    /// Of each message: that it arrives twice.
    pub duplicate: f64,
    /// Of each message: that it is delayed, and later ones overtake it.
    pub reorder: f64,
    /// In each round: that a client is cut off for a while, in one direction or both.
    pub partition: f64,
    /// In each round: that a client loses its connection, or crashes, with or without its memory, or that the master crashes.
    pub crash: f64,
    /// In each round: that a value in the memory of a client flips.
    pub corrupt: f64,
}

impl Faults {
    /// A sound network.
    pub const NONE: Faults = Faults {
        loss: 0.0,
        duplicate: 0.0,
        reorder: 0.0,
        partition: 0.0,
        crash: 0.0,
        corrupt: 0.0,
    };
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            loss: 0.1,
            duplicate: 0.1,
            reorder: 0.1,
            partition: 0.03,
            crash: 0.05,
            corrupt: 0.03,
        }
    }
}

/// Runs a simulation to its end. O(the rounds, times the clients and their documents).
///
/// ```
/// use deltamerge::simulation::{Choices, Config, Faults, simulate};
/// let config = Config { faults: Faults::NONE, ..Config::default() };
/// let outcome = simulate(&config, Choices::of_seed(3));
/// assert_eq!((outcome.actions, outcome.full_states), (40, 0));
/// ```
pub fn simulate(config: &Config, choices: Choices) -> Outcome {
    world::run(config, choices, false).outcome
}
