//! One change: its class, how bad that is, and the text that tells it.

use std::fmt;

/// How bad a change is for who reads the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is lost.
    Additive,
    /// Nothing is lost that was promised; some queries may want a look.
    Notable,
    /// A dashboard or an alert may lose something.
    Breaking,
    /// Something is left to do in the declaration, whatever the lock says.
    Due,
}

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident $severity:ident $title:literal;)*) => {
        /// What kind of change it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Class {
            $($(#[$doc])* $variant,)*
        }

        impl Class {
            /// All classes.
            pub const ALL: &[Class] = &[$(Class::$variant),*];

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Class::$variant => Severity::$severity,)*
                }
            }

            /// The change in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Class::$variant => $title,)*
                }
            }
        }
    };
}

classes! {
    /// The surface has another namespace.
    NamespaceChanged Breaking "namespace changed";
    /// A metric is there no more.
    MetricRemoved Breaking "metric removed";
    /// A metric has another name, and is not exported under the old one.
    MetricRenamed Breaking "metric renamed";
    /// A metric has another name, and is exported under the old one too.
    MetricRenamedKeepingBoth Additive "metric renamed, exported under both names";
    /// A metric is new.
    MetricAdded Additive "metric added";
    /// A metric is exported under a second, older name.
    FormerNameAdded Additive "old name added";
    /// A metric is not exported under its old name any more, although its time is not up.
    FormerNameDropped Breaking "old name dropped";
    /// A metric is not exported under its old name any more, as was said.
    FormerNameEnded Additive "old name dropped as planned";
    /// A metric is still exported under its old name, past the version that was given.
    FormerNameDue Due "old name past its time";
    /// The version in which an old name goes is another.
    FormerNameMoved Notable "end of the old name moved";
    /// The kind is another.
    KindChanged Breaking "kind changed";
    /// The unit is another.
    UnitChanged Breaking "unit changed";
    /// A histogram's bounds are others.
    BucketsChanged Breaking "buckets changed";
    /// A histogram takes negative numbers, or takes none any more.
    SignChanged Breaking "sign changed";
    /// A stable metric is beta.
    StabilityLowered Breaking "stability lowered";
    /// A beta metric is stable.
    StabilityRaised Additive "stability raised";
    /// A label is there no more.
    LabelRemoved Breaking "label removed";
    /// A label has another key.
    LabelRenamed Breaking "label renamed";
    /// A stable metric has a new label.
    LabelAddedToStable Breaking "label added to a stable metric";
    /// A beta metric has a new label.
    LabelAdded Notable "label added";
    /// A label's set is of another sort: closed, range, open.
    LabelSetChanged Breaking "label set changed";
    /// A label has a value no more.
    ValueRemoved Breaking "label value removed";
    /// A label has a new value.
    ValueAdded Additive "label value added";
    /// A cap is another.
    CapChanged Breaking "cap changed";
    /// Text is cut at another length.
    LengthChanged Breaking "text length changed";
    /// What stands for all past a cap is another text.
    OtherChanged Breaking "`other` renamed";
    /// What stands for an absent value is another text.
    NoneChanged Breaking "`none` renamed";
    /// A log line is there no more.
    LineRemoved Breaking "log line removed";
    /// A log line has another name.
    LineRenamed Breaking "log line renamed";
    /// A log line stands under another key, level or target.
    LineChanged Breaking "log line changed";
    /// A log line is new.
    LineAdded Additive "log line added";
    /// A log line has a key no more.
    FieldRemoved Breaking "key of a log line removed";
    /// A log line has a new key.
    FieldAdded Notable "key of a log line added";
}

/// One change of a surface. Prints as a test tells it: what changed, where it is declared, what is lost, and what
/// to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// What kind of change it is.
    pub class: Class,
    /// What has changed, such as `` `stage` of `outbox_failures` ``.
    pub subject: String,
    detail: String,
    declared: String,
    lost: String,
    help: String,
}

impl Change {
    pub(super) fn new(class: Class, subject: String) -> Self {
        let (detail, declared, lost, help) = <(String, String, String, String)>::default();
        Change { class, subject, detail, declared, lost, help }
    }

    /// From what to what.
    pub(super) fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = text.into();
        self
    }

    /// Where it is declared.
    pub(super) fn declared(mut self, text: impl Into<String>) -> Self {
        self.declared = text.into();
        self
    }

    /// What dashboards and alerts lose.
    pub(super) fn lost(mut self, text: impl Into<String>) -> Self {
        self.lost = text.into();
        self
    }

    /// What to do instead.
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = text.into();
        self
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.class.severity()
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.title(), self.subject)?;
        if !self.detail.is_empty() {
            write!(f, ", {}", self.detail)?;
        }
        for (head, text) in [("declared", &self.declared), ("lost", &self.lost), ("help", &self.help)] {
            if !text.is_empty() {
                write!(f, "\n  {head}: {text}")?;
            }
        }
        Ok(())
    }
}

/// All changes of a surface since its lock, the worst first.
#[derive(Clone, Debug)]
pub struct Changes {
    changes: Vec<Change>,
    surface: String,
}

impl Changes {
    pub(super) fn new(changes: Vec<Change>, surface: String) -> Self {
        Changes { changes, surface }
    }

    /// Each change.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.changes.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many there are of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.iter().filter(|change| change.severity() == severity).count()
    }

    /// The worst severity; nothing if there is no change.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.iter().map(Change::severity).max()
    }
}

impl<'a> IntoIterator for &'a Changes {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Prints a heading per severity, and each change below its own.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEADINGS: &[(Severity, &str)] = &[
            (Severity::Due, "to be done now"),
            (Severity::Breaking, "breaking"),
            (Severity::Notable, "to be looked at"),
            (Severity::Additive, "added"),
        ];
        if self.is_empty() {
            return write!(f, "no change of {} since the lock", self.surface);
        }
        write!(f, "changes of {} since the lock:", self.surface)?;
        for (severity, heading) in HEADINGS.iter().filter(|(severity, _)| self.count(*severity) > 0) {
            write!(f, "\n\n{heading} ({})", self.count(*severity))?;
            for change in self.iter().filter(|change| change.severity() == *severity) {
                write!(f, "\n- {}", change.to_string().replace('\n', "\n  "))?;
            }
        }
        Ok(())
    }
}
