//! Stands for the section of a back end that the program was built without.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// A section that is read and ignored, so that programs with different features can share a file. A back end
/// that is selected all the same is an error at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct AbsentSection;

impl AbsentSection {
    pub(super) const fn or(self, _: Self) -> Self {
        self
    }
}

impl<'de> Deserialize<'de> for AbsentSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| AbsentSection)
    }
}
