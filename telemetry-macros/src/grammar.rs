//! The attributes, their arguments, and the metric kinds: the tables that parsing and messages read.

/// An attribute and what it takes.
pub struct Grammar {
    pub attr: &'static str,
    pub front: Front,
    /// An example to type, for a message.
    pub example: &'static str,
    pub keys: &'static [Key],
}

/// The kind of argument that may stand in front of an attribute's named ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Front {
    Nothing,
    Text,
    /// The name of a method.
    Name,
}

/// An argument and what it takes.
pub struct Key {
    pub name: &'static str,
    /// An example to type, for a message.
    pub example: &'static str,
}

const fn key(name: &'static str, example: &'static str) -> Key {
    Key { name, example }
}

pub const METRICS: Grammar = Grammar {
    attr: "metrics",
    front: Front::Nothing,
    example: "#[metrics(namespace = \"check_out\")]",
    keys: &[
        key("namespace", "namespace = \"check_out\""),
        key("max_series", "max_series = 1000"),
        key("labels", "labels(#[label(cap = 16)] pool: &str)"),
        SUFFIXES,
        INITIAL,
        STABILITY,
        OWNER,
        key("mock", "mock(cfg(test))"),
        key("crate", "crate = ::my_crate::telemetry"),
    ],
};

pub const LOG: Grammar = Grammar {
    attr: "log",
    front: Front::Text,
    example: "#[log(\"job.failed\", every = 60)]",
    keys: &[
        key("off", "off"),
        key("level", "level = debug"),
        key("target", "target = \"metrics\""),
        key("every", "every = 60"),
        key("or_above", "or_above = 30.0"),
        key("or_at_least", "or_at_least = 100"),
        key("or_below", "or_below = 0.5"),
        key("skip_zero", "skip_zero"),
        key("decimals", "decimals = 3"),
        key("only", "only"),
        key("on", "on = seconds"),
        key("when", "when(outcome = [\"failed\"])"),
    ],
};

pub const ALERT: Grammar = Grammar {
    attr: "alert",
    front: Front::Nothing,
    example: "#[alert(above = 30.0, for = \"1m\", severity = \"page\")]",
    keys: &[
        key("above", "above = 30.0"),
        key("below", "below = 0.5"),
        key("average_above", "average_above = 0.9"),
        key("average_below", "average_below = 0.1"),
        key("older_than", "older_than = 3600"),
        key("rate_above", "rate_above = 5.0"),
        key("rate_below", "rate_below = 0.1"),
        key("ratio_above", "ratio_above = 0.05"),
        key("ratio_below", "ratio_below = 0.9"),
        key("quantile", "quantile = 0.99"),
        key("matching", "matching(status = \"5xx\")"),
        key("of", "of(status != \"4xx\")"),
        key("to", "to = attempts"),
        key("by", "by(queue)"),
        key("over", "over = \"5m\""),
        key("for", "for = \"1m\""),
        key("severity", "severity = \"page\""),
        key("name", "name = \"PublisherLag\""),
        key("runbook", "runbook = \"https://example.com/publisher-lag\""),
        key("labels", "labels(team = \"payments\")"),
        key("on", "on = publisher_lag"),
    ],
};

pub const SLO: Grammar = Grammar {
    attr: "slo",
    front: Front::Nothing,
    example: "#[slo(objective = 0.999, good(status != \"5xx\"))]",
    keys: &[
        key("objective", "objective = 0.999"),
        key("good", "good(status != \"5xx\")"),
        key("below", "below = 0.25"),
        key("of", "of(route != \"/health\")"),
        key("window", "window = \"30d\""),
        key("name", "name = \"availability\""),
        key("runbook", "runbook = \"https://example.com/availability\""),
        key("labels", "labels(team = \"payments\")"),
        key("on", "on = requests"),
    ],
};

/// The window of an objective that names none: that of the SRE workbook's burn rates.
pub const SLO_WINDOW: &str = "30d";

/// The days that the window of an objective may have. Its slowest alert looks at three of them.
pub const SLO_DAYS: std::ops::RangeInclusive<u32> = 7..=90;

/// The quantity that an alert compares with its threshold. A new one is a row here, named by the kinds that
/// have it, and a variant of the library's `Quantity`.
pub struct Quantity {
    /// The variant of the library's `Quantity`.
    pub variant: &'static str,
    /// The arguments that state its threshold.
    pub above: &'static str,
    /// Empty if nothing asks whether it is small.
    pub below: &'static str,
    /// The word in an alert's name, before `Above` or `Below`; a quantile has its own number there.
    pub word: &'static str,
    /// The arguments that go with it.
    pub takes: &'static [&'static str],
    /// The arguments of which it needs at least one.
    pub needs: &'static [&'static str],
    /// True if it is never below zero, so that some thresholds are always or never passed.
    pub natural: bool,
}

const LEVEL: Quantity = Quantity {
    variant: "Level",
    above: "above",
    below: "below",
    word: "",
    takes: &["matching", "by"],
    needs: &[],
    natural: false,
};

const AVERAGE: Quantity = Quantity {
    variant: "Average",
    above: "average_above",
    below: "average_below",
    word: "Average",
    takes: &["matching", "by", "over"],
    needs: &[],
    natural: false,
};

const AGE: Quantity = Quantity {
    variant: "Age",
    above: "older_than",
    below: "",
    word: "Age",
    takes: &["matching", "by"],
    needs: &[],
    natural: true,
};

const RATE: Quantity = Quantity {
    variant: "Rate",
    above: "rate_above",
    below: "rate_below",
    word: "Rate",
    takes: &["matching", "by", "over"],
    needs: &[],
    natural: true,
};

const RATIO: Quantity = Quantity {
    variant: "Ratio",
    above: "ratio_above",
    below: "ratio_below",
    word: "Ratio",
    takes: &["matching", "by", "over", "to", "of"],
    needs: &["matching", "to"],
    natural: true,
};

const QUANTILE: Quantity = Quantity {
    variant: "Quantile",
    above: "above",
    below: "below",
    word: "",
    takes: &["matching", "by", "over", "quantile"],
    needs: &["quantile"],
    natural: false,
};

/// All of them, for messages.
pub const QUANTITIES: &[&Quantity] = &[&LEVEL, &AVERAGE, &AGE, &RATE, &RATIO, &QUANTILE];

/// The window of an alert that names none: four scrapes and more at Prometheus' default of one a minute.
pub const WINDOW: &str = "5m";

/// `#[guard(...)]` on a method; the name of the method that starts it stands in front.
pub const GUARD: Grammar = Grammar {
    attr: "guard",
    front: Front::Name,
    example: "#[guard(start_job)]",
    keys: &[key("elapsed", "elapsed = took")],
};

/// `#[remove(...)]` on a method; it lists instruments.
pub const REMOVE: &str = "remove";

/// `#[end(...)]` on a parameter that is known at the end of a guard.
pub const END: Grammar = Grammar {
    attr: "end",
    front: Front::Nothing,
    example: "#[end(default = Outcome::Aborted)]",
    keys: &[key("default", "default = Outcome::Aborted")],
};

/// `#[label(...)]` on a parameter.
pub const LABEL: Grammar = Grammar {
    attr: "label",
    front: Front::Nothing,
    example: "#[label(cap = 64)]",
    keys: &[
        key("name", "name = \"type\""),
        key("cap", "cap = 64"),
        key("values", "values = [\"single\", \"since\"]"),
        key("known", "known = [\"email.received\", \"email.sent\"]"),
        key("range", "range = 0..=9"),
        key("other", "other = \"rest\""),
        key("none", "none = \"absent\""),
        key("max_len", "max_len = 64"),
        key("with", "with = MethodLabel"),
    ],
};

/// `#[label(...)]` on a struct that derives `Label`.
pub const LABEL_STRUCT: Grammar = Grammar {
    attr: "label",
    front: Front::Nothing,
    example: "#[label(name = \"type\", cap = 64)]",
    keys: &[
        key("name", "name = \"type\""),
        key("cap", "cap = 64"),
        key("values", "values = [\"single\", \"since\"]"),
        key("known", "known = [\"email.received\", \"email.sent\"]"),
        key("range", "range = 0..=9"),
        key("other", "other = \"rest\""),
        key("max_len", "max_len = 64"),
        key("crate", "crate = ::my_crate::telemetry"),
    ],
};

/// `#[label(...)]` on an enum that derives `Label`.
pub const LABEL_ENUM: Grammar = Grammar {
    attr: "label",
    front: Front::Nothing,
    example: "#[label(name = \"type\")]",
    keys: &[
        key("name", "name = \"type\""),
        key("rename_all", "rename_all = \"kebab-case\""),
        key("crate", "crate = ::my_crate::telemetry"),
    ],
};

/// `#[label(...)]` on a variant.
pub const LABEL_VARIANT: Grammar = Grammar {
    attr: "label",
    front: Front::Nothing,
    example: "#[label(rename = \"insert\")]",
    keys: &[key("rename", "rename = \"insert\""), key("other", "other")],
};

/// A metric kind: everything that parsing and checking ask about it. A new kind is a row here, and a variant
/// of the library's `Kind`.
pub struct Kind {
    pub grammar: Grammar,
    /// The variant of the library's `Kind`.
    pub variant: &'static str,
    /// Counts calls where the declaration names no value.
    pub counts_calls: bool,
    /// Cannot fall, so that it takes no signed integer and no negative constant.
    pub monotonic: bool,
    /// Adds up what it is given: zero would change nothing.
    pub adds: bool,
    /// The quantities that an alert can compare.
    pub quantities: &'static [&'static Quantity],
    pub buckets: bool,
    /// The prefix that is stripped from the method's name.
    pub prefix: &'static str,
    /// The suffixes of the samples that Prometheus and OpenMetrics make of it.
    pub samples: &'static [&'static str],
}

const NAME: Key = key("name", "name = \"jobs_failed\"");
const VALUE: Key = key("value", "value = count");
const TOTAL: Key = key("total", "total = bytes");
const IN_FLIGHT: Key = key("in_flight", "in_flight");
const OBSERVED: Key = key("observed", "observed");
const INITIAL: Key = key("initial", "initial = 0` or `initial = none");
const UNIT: Key = key("unit", "unit = seconds");
const LABELS: Key = key("labels", "labels(method, result = \"hit\")");
const HELP: Key = key("help", "help = \"Delivery rows written.\"");
const BUCKETS: Key = key("buckets", "buckets = [0.005, 0.05, 0.5]");
const SIGNED: Key = key("signed", "signed");
const NATIVE: Key = key("native", "native");
const SUFFIXES: Key = key("suffixes", "suffixes = off");
const OWNER: Key = key("owner", "owner = \"payments\"");
const STABILITY: Key = key("stability", "stability = stable");
const WAS: Key = key("was", "was = \"old_name\"");
const UNTIL: Key = key("until", "until = \"1.4.0\"");
const DEPRECATED: Key = key("deprecated", "deprecated = \"1.4.0\"");

pub const KINDS: &[Kind] = &[
    Kind {
        grammar: Grammar {
            attr: "counter",
            front: Front::Nothing,
            example: "#[counter(value = count)]",
            keys: &[
                NAME, VALUE, TOTAL, INITIAL, UNIT, LABELS, HELP, SUFFIXES, STABILITY, WAS, UNTIL, DEPRECATED,
            ],
        },
        variant: "Counter",
        counts_calls: true,
        monotonic: true,
        adds: true,
        quantities: &[&RATE, &RATIO],
        buckets: false,
        prefix: "",
        samples: &["_total", "_created"],
    },
    Kind {
        grammar: Grammar {
            attr: "gauge",
            front: Front::Nothing,
            example: "#[gauge(unit = seconds)]",
            keys: &[
                NAME, VALUE, OBSERVED, INITIAL, UNIT, LABELS, HELP, SUFFIXES, STABILITY, WAS, UNTIL,
                DEPRECATED,
            ],
        },
        variant: "Gauge",
        counts_calls: false,
        monotonic: false,
        adds: false,
        quantities: &[&LEVEL, &AVERAGE, &AGE],
        buckets: false,
        prefix: "set_",
        samples: &[""],
    },
    Kind {
        grammar: Grammar {
            attr: "up_down_counter",
            front: Front::Nothing,
            example: "#[up_down_counter(value = -1)]",
            keys: &[
                NAME, VALUE, IN_FLIGHT, INITIAL, UNIT, LABELS, HELP, SUFFIXES, STABILITY, WAS, UNTIL,
                DEPRECATED,
            ],
        },
        variant: "UpDownCounter",
        counts_calls: false,
        monotonic: false,
        adds: true,
        quantities: &[&LEVEL, &AVERAGE],
        buckets: false,
        prefix: "",
        samples: &[""],
    },
    Kind {
        grammar: Grammar {
            attr: "histogram",
            front: Front::Nothing,
            example: "#[histogram(unit = seconds)]",
            keys: &[
                NAME, VALUE, INITIAL, UNIT, LABELS, HELP, BUCKETS, NATIVE, SIGNED, SUFFIXES, STABILITY, WAS,
                UNTIL, DEPRECATED,
            ],
        },
        variant: "Histogram",
        counts_calls: false,
        monotonic: false,
        adds: false,
        quantities: &[&QUANTILE],
        buckets: true,
        prefix: "",
        samples: &["_bucket", "_count", "_sum", "_created"],
    },
];

impl Kind {
    /// Returns true if it takes a `bool` or a time, which has no sum and no distribution.
    pub fn takes_states(&self) -> bool {
        !self.adds && !self.buckets
    }
}

/// A unit: its name in a declaration, the variant of the library's `Unit`, and what people write for it.
pub struct Unit {
    pub name: &'static str,
    pub variant: &'static str,
    /// Other names of it, and multiples that no back end keeps.
    pub instead_of: &'static [&'static str],
}

const fn unit(name: &'static str, variant: &'static str, instead_of: &'static [&'static str]) -> Unit {
    Unit { name, variant, instead_of }
}

pub const UNITS: &[Unit] = &[
    unit(
        "seconds",
        "Seconds",
        &[
            "s",
            "sec",
            "secs",
            "ms",
            "us",
            "ns",
            "millis",
            "milliseconds",
            "microseconds",
            "nanoseconds",
            "minutes",
            "hours",
        ],
    ),
    unit(
        "bytes",
        "Bytes",
        &["b", "by", "kb", "mb", "gb", "kib", "mib", "gib", "kilobytes", "megabytes", "kibibytes", "bits"],
    ),
    unit("ratio", "Ratio", &["percent", "percentage", "fraction", "share"]),
    unit("celsius", "Celsius", &["kelvin", "fahrenheit", "degrees"]),
    unit("meters", "Meters", &["m", "metres", "kilometers", "millimeters"]),
    unit("grams", "Grams", &["g", "kilograms"]),
    unit("joules", "Joules", &["j", "watthours", "kilojoules"]),
    unit("watts", "Watts", &["w", "kilowatts"]),
    unit("volts", "Volts", &["v", "millivolts"]),
    unit("amperes", "Amperes", &["a", "amps", "milliamperes"]),
    unit("hertz", "Hertz", &["hz", "kilohertz", "megahertz", "gigahertz"]),
];

/// The upper bounds of a histogram in seconds that names none: the defaults of Prometheus' client libraries.
pub const SECONDS_BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A level of stability: its name in a declaration, and the variant of the library's `Stability`.
/// The first is the default.
pub struct Stability {
    pub name: &'static str,
    pub variant: &'static str,
}

pub const STABILITIES: &[Stability] =
    &[Stability { name: "beta", variant: "Beta" }, Stability { name: "stable", variant: "Stable" }];

pub const LEVELS: &[(&str, &str)] =
    &[("error", "ERROR"), ("warn", "WARN"), ("info", "INFO"), ("debug", "DEBUG"), ("trace", "TRACE")];

/// The largest number of distinct values that a cap or a range may keep apart.
pub const CAP_MAX: u32 = 65_535;

/// Label text is cut at so many bytes, unless `max_len` says another number.
pub const TEXT_MAX: usize = 256;

/// The largest number of bounds of a histogram.
pub const BUCKETS_MAX: usize = 256;

/// The largest number of parameters of a method: an event of `tracing` has 32 fields, one of which is the
/// name.
pub const PARAMETERS_MAX: usize = 31;

/// Returns the attributes of a method that are ours.
pub fn method_attributes() -> Vec<&'static str> {
    let mut names: Vec<_> = KINDS.iter().map(|kind| kind.grammar.attr).collect();
    names.extend([LOG.attr, ALERT.attr, SLO.attr, GUARD.attr, REMOVE]);
    names
}
