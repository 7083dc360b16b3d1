//! The shortest history that comes to something.

use super::{
    Config, Faults, Outcome,
    choices::{Choices, Recording},
    transcript::Entry,
    world,
};
use std::fmt;

/// A run that came to something, such as a failure, as short as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What it consisted of.
    pub config: Config,
    /// What it came to.
    pub outcome: Outcome,
    /// What happened.
    pub transcript: Vec<Entry>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.transcript {
            writeln!(f, "{entry}")?;
        }
        Ok(())
    }
}

/// The shortest run that was found to fail, if the one of these choices fails: with fewer clients, fewer kinds of faults, and less that happens.
/// It makes at most `runs` runs besides, each at most as long as the first.
///
/// ```
/// use deltamerge::simulation::{Choices, Config, shortest};
/// assert_eq!(shortest(&Config::default(), Choices::of_seed(1), 100), None);
/// ```
pub fn shortest(config: &Config, choices: Choices, runs: usize) -> Option<Failure> {
    shortest_that(config, choices, runs, |outcome| !outcome.is_sound())
}

/// The shortest run that was found to come to what is asked for, if the one of these choices does. Costs as [`shortest`].
///
/// ```
/// use deltamerge::simulation::{Choices, Config, shortest_that};
/// // How does it come to a replay?
/// let is_replayed = |outcome: &deltamerge::simulation::Outcome| outcome.replays > 0;
/// let config = Config::default();
/// let mut seeds = (0..).map(Choices::of_seed);
/// let found = seeds.find_map(|choices| shortest_that(&config, choices, 1_000, is_replayed));
/// assert!(found.is_some_and(|found| found.outcome.replays > 0 && found.config.clients <= config.clients));
/// ```
pub fn shortest_that(
    config: &Config,
    choices: Choices,
    runs: usize,
    is_it: impl Fn(&Outcome) -> bool,
) -> Option<Failure> {
    let run = world::run(config, choices, false);
    if !is_it(&run.outcome) {
        return None;
    }
    let mut search = Search {
        config: config.clone(),
        recording: run.recording,
        left: runs,
        is_it,
    };
    search.shorten();
    let choices = Choices::of_recording(search.recording);
    let run = world::run(&search.config, choices, true);
    Some(Failure {
        config: search.config,
        outcome: run.outcome,
        transcript: run.transcript,
    })
}

/// The shortest so far.
struct Search<F> {
    config: Config,
    recording: Recording,
    left: usize,
    is_it: F,
}

impl<F: Fn(&Outcome) -> bool> Search<F> {
    fn shorten(&mut self) {
        loop {
            let before = self.size();
            self.leave_out_clients_and_faults();
            self.leave_out_rounds();
            self.leave_out_choices();
            if self.left == 0 || self.size() == before {
                return;
            }
        }
    }

    fn size(&self) -> (usize, usize, usize) {
        let chosen = self.recording.iter().flatten();
        let chosen = chosen.filter(|choice| **choice != 0).count();
        (self.config.clients, self.recording.len(), chosen)
    }

    /// Takes a candidate if it comes to the same.
    fn accept(&mut self, config: Config, recording: Recording) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let run = world::run(&config, Choices::of_recording(recording), false);
        if !(self.is_it)(&run.outcome) {
            return false;
        }
        // What it did not come to choose is left out.
        self.config = config;
        self.recording = run.recording;
        true
    }

    fn leave_out_clients_and_faults(&mut self) {
        for clients in 1..self.config.clients {
            let config = Config {
                clients,
                ..self.config.clone()
            };
            if self.accept(config, self.recording.clone()) {
                break;
            }
        }
        let faults: [fn(&mut Faults) -> &mut f64; 6] = [
            |faults| &mut faults.loss,
            |faults| &mut faults.duplicate,
            |faults| &mut faults.reorder,
            |faults| &mut faults.partition,
            |faults| &mut faults.crash,
            |faults| &mut faults.corrupt,
        ];
        for fault in faults {
            let mut config = self.config.clone();
            if *fault(&mut config.faults) > 0.0 {
                *fault(&mut config.faults) = 0.0;
                self.accept(config, self.recording.clone());
            }
        }
    }

    /// Leaves out ever shorter stretches of rounds; the first is the setting, which stays.
    fn leave_out_rounds(&mut self) {
        let mut length = self.recording.len() / 2;
        while length > 0 {
            let mut end = self.recording.len();
            while end > 1 {
                let start = end.saturating_sub(length).max(1);
                let mut recording = self.recording.clone();
                recording.drain(start..end.min(recording.len()));
                self.accept(self.config.clone(), recording);
                end = start.min(self.recording.len());
            }
            length /= 2;
        }
    }

    /// Makes each choice the plainest, if that does too.
    fn leave_out_choices(&mut self) {
        let mut round = 0;
        while round < self.recording.len() {
            let mut index = 0;
            while index < self.recording[round].len() {
                if self.recording[round][index] != 0 {
                    let mut recording = self.recording.clone();
                    recording[round][index] = 0;
                    self.accept(self.config.clone(), recording);
                }
                index += 1;
                if round >= self.recording.len() {
                    return;
                }
            }
            round += 1;
        }
    }
}
