//! The promise of an instrument to its readers, and its former name.

/// The promise of an instrument to dashboards and alerts. The lock test of the module `catalog` enforces it.
///
/// At both levels, an instrument keeps its name, kind, unit, buckets, labels and their values: losing one is
/// a breaking change. New label values are allowed at both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stability {
    /// A label may be added. A sum over all series keeps its meaning; a query for one series may find
    /// several.
    #[default]
    Beta,
    /// No label may be added.
    Stable,
}

impl Stability {
    /// All levels.
    pub const ALL: &[Stability] = &[Stability::Beta, Stability::Stable];

    /// Returns the name in a declaration, which is also OpenTelemetry's.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::schema::Stability;
    ///
    /// assert_eq!(Stability::Stable.name(), "stable");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stability::Beta => "beta",
            Stability::Stable => "stable",
        }
    }
}

/// The former name of an instrument. The instrument is exported under both names until the declaration drops
/// the former.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormerName {
    /// The name in Prometheus, in full: that of the samples, or for a histogram that of the family.
    pub name: &'static str,
    /// The help text under this name, which mentions the new name.
    pub help: &'static str,
    /// The version of the declaring package in which this name ends, such as `1.4` or `1.4.0`, or an empty
    /// string.
    pub until: &'static str,
}

#[doc(hidden)]
impl FormerName {
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        FormerName { name, help, until: "" }
    }

    #[must_use]
    pub const fn until(mut self, version: &'static str) -> Self {
        self.until = version;
        self
    }
}
