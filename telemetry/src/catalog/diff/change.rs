//! One change: its class, its severity, and its text.

use std::fmt;

/// The severity of a change for the people and programs that read the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// An addition: no query loses anything.
    Additive,
    /// No promise is broken, but some queries may need a change.
    Notable,
    /// A dashboard or an alert may lose something.
    Breaking,
    /// The declaration itself needs a change, whatever the lock contains.
    Due,
}

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident $severity:ident $title:literal;)*) => {
        /// The class of a change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Class {
            $($(#[$doc])* $variant,)*
        }

        impl Class {
            /// All classes.
            pub const ALL: &[Class] = &[$(Class::$variant),*];

            /// Returns the severity of changes of this class.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Class::$variant => Severity::$severity,)*
                }
            }

            /// Returns the class in a few words, such as `label removed`.
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
    /// The surface's namespace changed.
    NamespaceChanged Breaking "namespace changed";
    /// A metric was removed.
    MetricRemoved Breaking "metric removed";
    /// A metric was renamed, and is not exported under the old name.
    MetricRenamed Breaking "metric renamed";
    /// A metric was renamed, and is still exported under the old name too (`was`).
    MetricRenamedKeepingBoth Additive "metric renamed, exported under both names";
    /// A metric was added.
    MetricAdded Additive "metric added";
    /// An older name was added: the metric is exported under it too (`was`).
    FormerNameAdded Additive "old name added";
    /// An old name was dropped before the version of its end (`until`).
    FormerNameDropped Breaking "old name dropped";
    /// An old name was dropped in the version of its end (`until`), as planned.
    FormerNameEnded Additive "old name dropped as planned";
    /// An old name is still exported past the version of its end (`until`).
    FormerNameDue Due "old name past its time";
    /// The version in which an old name ends (`until`) changed.
    FormerNameMoved Notable "end of the old name moved";
    /// A metric got a version in which it goes (`deprecated`), or another one, or stays.
    DeprecationChanged Notable "deprecation changed";
    /// A deprecated metric was removed in the version of its end, as planned.
    DeprecatedEnded Additive "deprecated metric removed as planned";
    /// A deprecated metric is still exported past the version of its end.
    DeprecatedDue Due "deprecated metric past its time";
    /// The kind changed.
    KindChanged Breaking "kind changed";
    /// The unit changed.
    UnitChanged Breaking "unit changed";
    /// The names in Prometheus got or lost their unit and `_total` (`suffixes`).
    SuffixesChanged Breaking "suffixes changed";
    /// The bounds of a histogram changed.
    BucketsChanged Breaking "buckets changed";
    /// A histogram started or stopped taking negative numbers (`signed`).
    SignChanged Breaking "sign changed";
    /// A histogram became a native one too, or is no longer one (`native`).
    NativeChanged Breaking "native form changed";
    /// A gauge keeps its last number, or stopped keeping it (`observed`).
    ObservedChanged Notable "observed changed";
    /// Other series exist before their first use (`initial`).
    InitialChanged Notable "initial changed";
    /// A stable metric became beta.
    StabilityLowered Breaking "stability lowered";
    /// A beta metric became stable.
    StabilityRaised Additive "stability raised";
    /// A label was removed.
    LabelRemoved Breaking "label removed";
    /// A label was renamed.
    LabelRenamed Breaking "label renamed";
    /// A label was added to a stable metric.
    LabelAddedToStable Breaking "label added to a stable metric";
    /// A label was added to a beta metric.
    LabelAdded Notable "label added";
    /// The kind of a label's set changed: closed, range or open.
    LabelSetChanged Breaking "label set changed";
    /// A value of a label was removed.
    ValueRemoved Breaking "label value removed";
    /// A value of a label was added.
    ValueAdded Additive "label value added";
    /// The cap of an open label changed.
    CapChanged Breaking "cap changed";
    /// The length at which label text is cut changed.
    LengthChanged Breaking "text length changed";
    /// The text for values past the cap (`other`) was renamed.
    OtherChanged Breaking "`other` renamed";
    /// The text for an absent value (`none`) was renamed.
    NoneChanged Breaking "`none` renamed";
    /// A method that removes series of a metric (`#[remove]`) was added: they may end while the process runs.
    RemovalAdded Notable "removal added";
    /// A method that removes series of a metric (`#[remove]`) was removed: they stay for the life of the
    /// process.
    RemovalDropped Breaking "removal dropped";
    /// A service level objective was removed.
    SloRemoved Breaking "objective removed";
    /// The share of events that have to be good changed, or the time over which it holds.
    ObjectiveChanged Notable "objective changed";
    /// Other events count for a service level objective, or are good.
    SloChanged Notable "events of an objective changed";
    /// A service level objective was added.
    SloAdded Additive "objective added";
    /// A log line was removed.
    LineRemoved Breaking "log line removed";
    /// A log line was renamed.
    LineRenamed Breaking "log line renamed";
    /// The key, level or target of a log line changed.
    LineChanged Breaking "log line changed";
    /// A log line was added.
    LineAdded Additive "log line added";
    /// A key of a log line was removed.
    FieldRemoved Breaking "key of a log line removed";
    /// A key of a log line was added.
    FieldAdded Notable "key of a log line added";
}

/// One change of a surface. `Display` prints the change, its declaration, the loss, and the advice.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// The class of the change.
    pub class: Class,
    /// The changed item, such as `` `stage` of `outbox_failures` ``.
    pub subject: String,
    detail: String,
    declared: String,
    lost: String,
    help: String,
}

impl Change {
    pub(super) fn new(class: Class, subject: String) -> Self {
        Change {
            class,
            subject,
            detail: String::new(),
            declared: String::new(),
            lost: String::new(),
            help: String::new(),
        }
    }

    /// Sets the old and the new state.
    pub(super) fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = text.into();
        self
    }

    /// Sets the declaring method and its location.
    pub(super) fn declared(mut self, text: impl Into<String>) -> Self {
        self.declared = text.into();
        self
    }

    /// Sets the loss for dashboards and alerts.
    pub(super) fn lost(mut self, text: impl Into<String>) -> Self {
        self.lost = text.into();
        self
    }

    /// Sets the advice.
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = text.into();
        self
    }

    /// Returns the severity of the change.
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

    /// Returns an iterator over the changes.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.changes.iter()
    }

    /// Returns `true` if nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the number of changes of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.iter().filter(|change| change.severity() == severity).count()
    }

    /// Returns the worst severity, or `None` without a change.
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

/// Prints a heading for each severity, with its changes below.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEADINGS: &[(Severity, &str)] = &[
            (Severity::Due, "due now"),
            (Severity::Breaking, "breaking"),
            (Severity::Notable, "notable"),
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
