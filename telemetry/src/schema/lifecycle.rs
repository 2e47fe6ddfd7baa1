//! What a declaration says of an instrument's past and future: how much it promises, and what it was called.

/// What an instrument promises to the dashboards and alerts that read it. The lock test of the module `catalog`
/// holds it to that.
///
/// At either level an instrument's name, kind, unit, buckets, labels and their values stay: to lose one is a
/// breaking change. New label values pass at both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stability {
    /// A label may be added: a sum over all series stays what it was, a query for one series may find several.
    #[default]
    Beta,
    /// No label may be added either.
    Stable,
}

impl Stability {
    /// All levels.
    pub const ALL: &[Stability] = &[Stability::Beta, Stability::Stable];

    /// The name in a declaration, which is OpenTelemetry's too.
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

/// The name that an instrument had before. Until the declaration drops it, the instrument is exported under
/// both names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormerName {
    /// The name, without namespace, unit and the suffixes that back ends add.
    pub name: &'static str,
    /// The help text under this name: it names the new one.
    pub help: &'static str,
    /// The version of the declaring package in which this name goes, as `1.4` or `1.4.0`; empty if the
    /// declaration does not say.
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
