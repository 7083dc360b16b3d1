//! Documents of everyday shape, each with the copies that two people edited: `benches/documents/`. In each they have a conflict.

use super::{Workload, read};

macro_rules! document {
    ($name:literal) => {
        Document {
            name: $name,
            base: include_str!(concat!("../documents/", $name, "/base.json")),
            ann: include_str!(concat!("../documents/", $name, "/ann.json")),
            bob: include_str!(concat!("../documents/", $name, "/bob.json")),
        }
    };
}

pub(crate) struct Document {
    pub(crate) name: &'static str,
    base: &'static str,
    ann: &'static str,
    bob: &'static str,
}

pub(crate) const DOCUMENTS: [Document; 5] = [
    document!("notebook"),
    document!("manifest"),
    document!("lockfile"),
    document!("translation"),
    document!("game"),
];

impl Document {
    pub(crate) fn workload(&self) -> Workload {
        Workload::new(self.name, &read(self.base), &[self.ann, self.bob].map(read))
    }
}
