//! The machines as a world holds them: with a digest of all that is in them, and a client with its disk.

use super::verdict::mark;
use deltamerge::{
    Delta, DeltaSet, Path, checksum,
    resync::{Client, Options},
};
use serde_json::{Value, json};
use std::{
    collections::hash_map::DefaultHasher,
    fmt::{self, Write},
    hash::Hasher,
};

/// A value with a digest of its whole inside: machines are opaque, but tell everything for debugging.
#[derive(Clone, Debug)]
pub(super) struct Hashed<T> {
    pub(super) value: T,
    pub(super) digest: u64,
}

impl<T: fmt::Debug> Hashed<T> {
    pub(super) fn new(value: T) -> Hashed<T> {
        struct Writer<'a>(&'a mut DefaultHasher);
        impl Write for Writer<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.write(text.as_bytes());
                Ok(())
            }
        }
        let digest = digest(|hasher| {
            write!(Writer(hasher), "{value:?}").expect("a hasher takes everything");
        });
        Hashed { value, digest }
    }
}

pub(super) fn digest(feed: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed(&mut hasher);
    hasher.finish()
}

/// A client, and what its driver has of it.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) client: Client,
    /// What it stored when it last dispatched.
    disk: Value,
    pub(super) connection: u64,
    pub(super) dispatched: u64,
}

impl Copy {
    pub(super) fn new(client: Client, connection: u64) -> Copy {
        Copy {
            disk: client.stored(),
            client,
            connection,
            dispatched: 0,
        }
    }

    pub(super) fn store(&mut self) {
        self.disk = self.client.stored();
    }

    /// The next action of its user: it leaves a mark, and quarrels with the other about `/hp`. It is stored before anything is sent.
    pub(super) fn act(&mut self) {
        let shown = self.client.shown().expect("a state");
        let path = |text: &str| Path::parse(text).expect("a pointer");
        let marks = shown["log"].as_array().map_or(0, Vec::len);
        let mark = mark(self.client.actor(), self.dispatched + 1);
        let mut deltas = vec![Delta::add(path(&format!("/log/{marks}")), mark)];
        let removes = self.client.actor() == "bob" && self.dispatched == 0;
        deltas.push(match shown.get("hp") {
            Some(_) if removes => Delta::remove(path("/hp")),
            Some(_) => Delta::change(path("/hp"), self.dispatched),
            None => Delta::add(path("/hp"), json!([self.dispatched])),
        });
        self.dispatch(deltas);
    }

    /// An action that brings `/hp` where it is not, of two places.
    pub(super) fn go_or_return(&mut self) {
        let shown = self.client.shown().expect("a state");
        let hp = if shown["hp"] == 7 { 6 } else { 7 };
        let path = Path::parse("/hp").expect("a pointer");
        self.dispatch(vec![Delta::change(path, hp)]);
    }

    fn dispatch(&mut self, deltas: Vec<Delta>) {
        let deltas: DeltaSet = deltas.into_iter().collect();
        let counter = self.client.dispatch(deltas);
        self.dispatched += 1;
        assert_eq!(counter, Ok(self.dispatched), "a counter is used twice");
        self.store();
    }

    /// Begins again with what is on the disk; damage there comes with a checksum that agrees, and leaves room for what is pending:
    /// the rest [`Client::restore`] refuses.
    pub(super) fn restore(&mut self, options: Options, is_damaged: bool) {
        let mut disk = self.disk.clone();
        if is_damaged && let Some(state) = disk.get_mut("state") {
            if let Some(hp) = state.get_mut("hp") {
                *hp = "damaged".into();
            }
            state["spot"] = json!({"on": "the disk"});
            let checksum = checksum(state).to_string();
            disk["revision"]["checksum"] = checksum.into();
        }
        self.client = Client::restore(disk, options).expect("what it stored");
    }
}
