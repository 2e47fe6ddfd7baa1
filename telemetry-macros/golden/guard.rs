// What the macros make of the `.in.rs` file of this name; a test keeps it so.

use std::time::Duration;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
}
const _: () = ::telemetry::__private::is_copy::<Kind>();
impl ::telemetry::__private::Label for Kind {
    const SET: ::telemetry::__private::LabelSet = ::telemetry::__private::LabelSet::Closed(
        &["read", "write"],
    );
    type Owned = Self;
    #[inline]
    fn value(&self) -> ::telemetry::__private::LabelValue<'_> {
        ::telemetry::__private::LabelValue::Closed(
            match self {
                Self::Read => 0u32,
                Self::Write => 1u32,
            },
        )
    }
    #[inline]
    fn again(&self) -> Self {
        match self {
            Self::Read => Self::Read,
            Self::Write => Self::Write,
        }
    }
    fn from_value(
        value: &::telemetry::__private::LabelValue<'_>,
    ) -> ::core::option::Option<Self> {
        match value {
            ::telemetry::__private::LabelValue::Closed(0u32) => {
                ::core::option::Option::Some(Self::Read)
            }
            ::telemetry::__private::LabelValue::Closed(1u32) => {
                ::core::option::Option::Some(Self::Write)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn of_owned(owned: Self) -> ::core::option::Option<Self> {
        ::core::option::Option::Some(owned)
    }
}
impl ::telemetry::__private::Closed for Kind {}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    Aborted,
}
const _: () = ::telemetry::__private::is_copy::<Outcome>();
impl ::telemetry::__private::Label for Outcome {
    const SET: ::telemetry::__private::LabelSet = ::telemetry::__private::LabelSet::Closed(
        &["done", "failed", "aborted"],
    );
    type Owned = Self;
    #[inline]
    fn value(&self) -> ::telemetry::__private::LabelValue<'_> {
        ::telemetry::__private::LabelValue::Closed(
            match self {
                Self::Done => 0u32,
                Self::Failed => 1u32,
                Self::Aborted => 2u32,
            },
        )
    }
    #[inline]
    fn again(&self) -> Self {
        match self {
            Self::Done => Self::Done,
            Self::Failed => Self::Failed,
            Self::Aborted => Self::Aborted,
        }
    }
    fn from_value(
        value: &::telemetry::__private::LabelValue<'_>,
    ) -> ::core::option::Option<Self> {
        match value {
            ::telemetry::__private::LabelValue::Closed(0u32) => {
                ::core::option::Option::Some(Self::Done)
            }
            ::telemetry::__private::LabelValue::Closed(1u32) => {
                ::core::option::Option::Some(Self::Failed)
            }
            ::telemetry::__private::LabelValue::Closed(2u32) => {
                ::core::option::Option::Some(Self::Aborted)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn of_owned(owned: Self) -> ::core::option::Option<Self> {
        ::core::option::Option::Some(owned)
    }
}
impl ::telemetry::__private::Closed for Outcome {}
/// What begins and ends: labels that are known at the start and at the end, time, and what is in flight.
pub trait Metrics: ::core::marker::Send + ::core::marker::Sync {
    /// Checkouts.
    #[inline]
    fn checkouts(
        &self,
        kind: Kind,
        queue: &str,
        outcome: Outcome,
        waited: Duration,
        rows: Option<u64>,
    ) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_checkouts,
                &[
                    <Kind as ::telemetry::__private::Label>::bounded(&kind),
                    <&str as ::telemetry::__private::Open>::bounded(
                        &queue,
                        &<dyn Metrics>::__EVENT_checkouts.labels[1usize].set,
                    ),
                    <Outcome as ::telemetry::__private::Label>::bounded(&outcome),
                ],
                &[
                    <Duration as ::telemetry::__private::Value>::number(waited),
                    <u64 as ::telemetry::__private::Value>::optional(rows),
                ],
            ),
        );
    }
    /// Takes every event whose method the implementation does not override, also of metrics added later.
    ///
    /// It has no default, so that no metric is lost by an oversight. Write one of these lines:
    ///
    /// ```text
    /// fn event(&self, event: &telemetry::Event<'_>) { self.0.event(event) } // forwards to what it wraps
    /// fn event(&self, _: &telemetry::Event<'_>) {} // discards all that it does not override
    /// ```
    fn event(&self, event: &::telemetry::__private::Event<'_>);
    /// Takes the start and the end of each guard: gives it the time, and counts operations in flight.
    ///
    /// By default, reads the clock. A decorator passes the edge on, so that its guards have the clock and
    /// the in-flight counts of what it wraps:
    ///
    /// ```text
    /// fn guard_edge(&self, edge: &mut telemetry::GuardEdge<'_>) { self.0.guard_edge(edge) }
    /// ```
    #[inline]
    fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
        ::telemetry::__private::GuardEdge::read_clock(edge);
    }
    #[doc(hidden)]
    #[inline]
    fn __listeners(&self) -> ::telemetry::__private::Listeners {
        ::telemetry::__private::Listeners::Any
    }
}
/// An operation that [`Metrics::checkouts`] records when it ends: by `end`, or by its drop. Of a guard that is forgotten (`mem::forget`, `process::exit`) nothing is recorded, and it stays in flight.
#[must_use = "bind the guard to a name, such as `let guard = ...`: `let _ = ...` ends it at once"]
#[allow(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction,
    deprecated,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unused_qualifications,
    unused_variables,
    dead_code
)]
pub struct MetricsCheckoutGuard<
    __M: Metrics,
    __text_queue: ::core::convert::AsRef<::core::primitive::str>,
> {
    __of_kind: <fn(&()) -> Kind as ::telemetry::__private::Returns<&'static ()>>::Type,
    __of_queue: __text_queue,
    __of_outcome: <fn(
        &(),
    ) -> Outcome as ::telemetry::__private::Returns<&'static ()>>::Type,
    __state: ::telemetry::__private::GuardState<__M>,
}
/// Starts the guards of [`Metrics`], on every handle that can be cloned: `Arc<dyn Metrics>`, `&dyn Metrics`, a back end. Import it where a guard is started.
#[allow(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction,
    deprecated,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unused_qualifications,
    unused_variables,
    dead_code
)]
pub trait MetricsGuards: Metrics + ::core::clone::Clone {
    /// Starts an operation that [`checkouts`](Metrics::checkouts) records at its end. Checkouts.
    #[inline]
    #[track_caller]
    fn start_checkout<__text_queue: ::core::convert::AsRef<::core::primitive::str>>(
        &self,
        kind: Kind,
        queue: __text_queue,
    ) -> MetricsCheckoutGuard<Self, __text_queue> {
        use ::telemetry::__private as __p;
        MetricsCheckoutGuard {
            __of_outcome: Outcome::Aborted,
            __state: match <Self as Metrics>::__listeners(self) {
                __p::Listeners::None => __p::GuardState::unheard(),
                listeners => {
                    let queue = ::core::convert::AsRef::<
                        ::core::primitive::str,
                    >::as_ref(&queue);
                    <dyn Metrics>::__start_guard(
                        self,
                        listeners,
                        <dyn Metrics>::__GUARDED_checkouts,
                        &[
                            <Kind as __p::Label>::value(&kind),
                            <&str as __p::Open>::value(&queue),
                            __p::LabelValue::None,
                        ],
                    )
                }
            },
            __of_kind: kind,
            __of_queue: queue,
        }
    }
}
#[allow(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction,
    deprecated,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unused_qualifications,
    unused_variables,
    dead_code
)]
const _: () = {
    use ::telemetry::__private as __p;
    impl dyn Metrics {
        const __DOMAIN_0_queue: &'static __p::Domain = {
            static DOMAIN: __p::Domain = __p::Domain::new(16);
            &DOMAIN
        };
        const __EVENT_checkouts: &'static __p::EventSchema = {
            static EVENT: __p::EventSchema = __p::EventSchema::new(
                    "checkouts",
                    "Checkouts.",
                    "pool",
                    ::core::module_path!(),
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                )
                .labels(
                    &[
                        __p::LabelSchema::typed(
                            "kind",
                            __p::None,
                            <Kind as __p::Label>::OF_TYPE,
                        ),
                        __p::LabelSchema::new(
                            "queue",
                            __p::None,
                            __p::LabelSet::Open(<dyn Metrics>::__DOMAIN_0_queue),
                        ),
                        __p::LabelSchema::typed(
                            "outcome",
                            __p::None,
                            <Outcome as __p::Label>::OF_TYPE,
                        ),
                    ],
                )
                .values(
                    &[
                        __p::ValueSchema::new(
                            "waited",
                            <Duration as __p::Value>::RECORDED_AS,
                            false,
                        ),
                        __p::ValueSchema::new(
                            "rows",
                            <u64 as __p::Value>::RECORDED_AS,
                            true,
                        ),
                    ],
                )
                .instruments(
                    &[
                        __p::InstrumentSchema::new(
                                __p::Kind::Counter,
                                "checkouts",
                                "Checkouts.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .labels(
                                &[
                                    __p::InstrumentLabel::Param(0usize),
                                    __p::InstrumentLabel::Param(1usize),
                                    __p::InstrumentLabel::Param(2usize),
                                ],
                            ),
                        __p::InstrumentSchema::new(
                                __p::Kind::Histogram,
                                "checkout_wait",
                                "Checkouts.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .unit(__p::Unit::Seconds)
                            .measure(__p::Measure::Value(0usize))
                            .buckets(
                                ([
                                    0.005f64,
                                    0.01f64,
                                    0.025f64,
                                    0.05f64,
                                    0.1f64,
                                    0.25f64,
                                    0.5f64,
                                    1f64,
                                    2.5f64,
                                    5f64,
                                    10f64,
                                ])
                                    .split_at(0)
                                    .1,
                            ),
                        __p::InstrumentSchema::new(
                                __p::Kind::Counter,
                                "checkout_rows",
                                "Checkouts.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .measure(__p::Measure::Value(1usize)),
                        __p::InstrumentSchema::new(
                                __p::Kind::UpDownCounter,
                                "checkouts_waiting",
                                "Checkouts.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .measure(__p::Measure::InFlight)
                            .labels(
                                &[
                                    __p::InstrumentLabel::Param(0usize),
                                    __p::InstrumentLabel::Param(1usize),
                                ],
                            ),
                    ],
                )
                .guard("start_checkout", __p::Some(0usize))
                .guard_end_labels(&[2usize]);
            &EVENT
        };
        const __SITE_checkouts: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                <dyn Metrics>::__EVENT_checkouts,
                &const { __p::field_names::<6usize>(<dyn Metrics>::__EVENT_checkouts) },
                &SITE,
            );
            &SITE
        };
    }
    impl __p::Surface for dyn Metrics {
        const SCHEMA: &'static __p::Schema = {
            static SCHEMA: __p::Schema = __p::Schema::new(
                    "Metrics",
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                    &[<dyn Metrics>::__EVENT_checkouts],
                )
                .package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::option_env!("CARGO_PKG_VERSION"),
                )
                .help(
                    "What begins and ends: labels that are known at the start and at the end, time, and what is in flight.",
                )
                .namespace("pool");
            &SCHEMA
        };
        #[cfg(test)]
        const __SITES: &'static [&'static __p::Site] = &[
            <dyn Metrics>::__SITE_checkouts,
        ];
        #[cfg(test)]
        #[inline]
        fn __call(
            __on: &Self,
            __method: &::core::primitive::str,
            __labels: &[__p::LabelValue<'static>],
            __values: &[::core::option::Option<__p::Number>],
            __context: &[__p::ContextValue<'static>],
        ) {
            match __method {
                "checkouts" => {
                    Metrics::checkouts(
                        __on,
                        <Kind as __p::Label>::argument(__labels, 0usize),
                        <&'static str as __p::Open>::argument(__labels, 1usize),
                        <Outcome as __p::Label>::argument(__labels, 2usize),
                        <Duration as __p::Value>::argument(__values, 0usize),
                        <u64 as __p::Value>::optional_argument(__values, 1usize),
                    )
                }
                _ => __p::no_argument(),
            }
        }
        #[cfg(test)]
        #[inline]
        fn __hook(__on: &Self, __event: &__p::Event<'_>) {
            <Self as Metrics>::event(__on, __event);
        }
        #[cfg(test)]
        #[inline]
        fn __guard_edge(__on: &Self, __edge: &mut __p::GuardEdge<'_>) {
            <Self as Metrics>::guard_edge(__on, __edge);
        }
    }
    const _: () = {
        __p::check::label(<dyn Metrics>::__EVENT_checkouts, 0usize);
        __p::check::label(<dyn Metrics>::__EVENT_checkouts, 1usize);
        __p::check::label(<dyn Metrics>::__EVENT_checkouts, 2usize);
    };
    const _: () = __p::check::budget(<dyn Metrics as __p::Surface>::SCHEMA);
    impl Metrics for __p::NoOp {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {}
        #[inline]
        fn event(&self, _: &__p::Event<'_>) {}
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {}
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            __p::Listeners::None
        }
    }
    impl Metrics for __p::Log {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            __p::Sink::guard_edge(self, edge);
        }
    }
    impl<__S: __p::Sink> Metrics for __p::SinkAdapter<__S> {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(&self.0, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            __p::Sink::guard_edge(&self.0, edge);
        }
    }
    impl Metrics for dyn __p::Sink + '_ {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            __p::Sink::guard_edge(self, edge);
        }
    }
    impl Metrics for dyn __p::Sink + ::core::marker::Send + ::core::marker::Sync + '_ {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            __p::Sink::guard_edge(self, edge);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for &__T {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            <__T as Metrics>::checkouts(&**self, kind, queue, outcome, waited, rows);
        }
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            <__T as Metrics>::__listeners(&**self)
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            <__T as Metrics>::guard_edge(&**self, edge);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Box<__T> {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            <__T as Metrics>::checkouts(&**self, kind, queue, outcome, waited, rows);
        }
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            <__T as Metrics>::__listeners(&**self)
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            <__T as Metrics>::guard_edge(&**self, edge);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Arc<__T> {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            <__T as Metrics>::checkouts(&**self, kind, queue, outcome, waited, rows);
        }
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            <__T as Metrics>::__listeners(&**self)
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            <__T as Metrics>::guard_edge(&**self, edge);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::checkouts(__some, kind, queue, outcome, waited, rows);
            }
        }
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            match self {
                __p::Some(__some) => <__T as Metrics>::__listeners(__some),
                _ => __p::Listeners::None,
            }
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::event(__some, event);
            }
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::guard_edge(__some, edge);
            }
        }
    }
    impl<__A: Metrics, __B: Metrics> Metrics for (__A, __B) {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            <__A as Metrics>::checkouts(
                &self.0,
                <Kind as __p::Label>::again(&kind),
                queue,
                <Outcome as __p::Label>::again(&outcome),
                waited,
                rows,
            );
            <__B as Metrics>::checkouts(&self.1, kind, queue, outcome, waited, rows);
        }
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            __p::Listeners::and(
                <__A as Metrics>::__listeners(&self.0),
                <__B as Metrics>::__listeners(&self.1),
            )
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__A as Metrics>::event(&self.0, event);
            <__B as Metrics>::event(&self.1, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            <__A as Metrics>::guard_edge(&self.0, edge);
            <__B as Metrics>::guard_edge(&self.1, edge);
        }
    }
    impl<__T: Metrics> Metrics for [__T] {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            for __each in self {
                <__T as Metrics>::checkouts(
                    __each,
                    <Kind as __p::Label>::again(&kind),
                    queue,
                    <Outcome as __p::Label>::again(&outcome),
                    waited,
                    rows,
                );
            }
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            for __each in self {
                <__T as Metrics>::event(__each, event);
            }
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            for __each in self {
                <__T as Metrics>::guard_edge(__each, edge);
            }
        }
    }
    impl<__T: Metrics> Metrics for __p::Vec<__T> {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            <[__T] as Metrics>::checkouts(&**self, kind, queue, outcome, waited, rows);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <[__T] as Metrics>::event(&**self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            <[__T] as Metrics>::guard_edge(&**self, edge);
        }
    }
    impl __p::UnlabeledSurface for dyn Metrics {}
    impl Metrics for __p::Instruments<dyn Metrics> {
        #[inline(always)]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            __p::Instruments::call::<
                __p::Cons<0usize, __p::Cons<1usize, __p::Cons<2usize, ()>>>,
                0usize,
                _,
                _,
            >(
                self,
                <dyn Metrics>::__SITE_checkouts,
                &[
                    <Kind as __p::Label>::value(&kind),
                    <&str as __p::Open>::value(&queue),
                    <Outcome as __p::Label>::value(&outcome),
                ],
                &[
                    <Duration as __p::Value>::number(waited),
                    <u64 as __p::Value>::optional(rows),
                ],
            );
        }
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            __p::GuardEdge::read_clock(edge);
            match __p::Instruments::event_of(self, edge) {
                __index if __index == 0usize => {
                    __p::Instruments::in_flight::<0usize, 3usize, 3usize>(self, edge);
                }
                _ => {}
            }
        }
        #[inline]
        fn __listeners(&self) -> ::telemetry::__private::Listeners {
            __p::Listeners::Registry
        }
    }
    impl ::core::fmt::Debug for dyn Metrics + '_ {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("Metrics")
        }
    }
    impl ::core::fmt::Debug for dyn Metrics + ::core::marker::Send + '_ {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("Metrics")
        }
    }
    impl ::core::fmt::Debug for dyn Metrics + ::core::marker::Sync + '_ {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("Metrics")
        }
    }
    impl ::core::fmt::Debug
    for dyn Metrics + ::core::marker::Send + ::core::marker::Sync + '_ {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("Metrics")
        }
    }
    impl dyn Metrics {
        const __GUARDED_checkouts: &'static __p::GuardedEvent = &__p::GuardedEvent::new(
            <dyn Metrics>::__EVENT_checkouts,
            <dyn Metrics>::__SITE_checkouts,
            0usize,
        );
        #[inline(always)]
        #[track_caller]
        fn __start_guard<__T: Metrics + ::core::clone::Clone>(
            __on: &__T,
            __listeners: __p::Listeners,
            __event: &__p::GuardedEvent,
            __labels: &[__p::LabelValue<'_>],
        ) -> __p::GuardState<__T> {
            let __handle = ::core::clone::Clone::clone(__on);
            let mut __started = __p::Started::here();
            let mut __start = __p::GuardStart::new(&mut __started, __event, __labels);
            match __listeners {
                __p::Listeners::Registry => {
                    <__T as Metrics>::guard_edge(__on, __start.edge())
                }
                _ => __start.pass(|__edge| <__T as Metrics>::guard_edge(__on, __edge)),
            }
            let __time = __start.finish();
            __p::GuardState::new(__handle, __started, __time)
        }
        #[inline(always)]
        fn __end_guard<__T: Metrics>(
            __state: &mut __p::GuardState<__T>,
            __event: &__p::GuardedEvent,
            __labels: &[__p::LabelValue<'_>],
        ) -> __p::Option<(__T, __p::Duration)> {
            let (__handle, mut __end) = __p::GuardState::end(
                __state,
                __event,
                __labels,
            )?;
            <__T as Metrics>::guard_edge(&__handle, __end.edge());
            __p::Some((__handle, __end.finish()))
        }
    }
    impl<__T: Metrics + __p::CloneHandle + ?::core::marker::Sized> MetricsGuards
    for __T {}
    impl<
        __M: Metrics,
        __text_queue: ::core::convert::AsRef<::core::primitive::str>,
    > MetricsCheckoutGuard<__M, __text_queue> {
        /// Ends the operation and records it.
        #[inline]
        pub fn end(
            mut self,
            outcome: impl ::core::convert::Into<Outcome>,
            rows: Option<u64>,
        ) {
            let outcome = ::core::convert::Into::into(outcome);
            self.__end(outcome, rows);
        }
        /// Ends the operation without recording it. It is no longer in flight.
        #[inline]
        pub fn discard(mut self) {
            let _ = self.__end_edge();
        }
        #[inline(always)]
        fn __end_edge(&mut self) -> __p::Option<(__M, __p::Duration)> {
            if !__p::GuardState::is_open(&self.__state) {
                return __p::None;
            }
            let kind = <Kind as __p::Label>::again(&self.__of_kind);
            let queue = ::core::convert::AsRef::<
                ::core::primitive::str,
            >::as_ref(&self.__of_queue);
            <dyn Metrics>::__end_guard(
                &mut self.__state,
                <dyn Metrics>::__GUARDED_checkouts,
                &[
                    <Kind as __p::Label>::value(&kind),
                    <&str as __p::Open>::value(&queue),
                    __p::LabelValue::None,
                ],
            )
        }
        #[inline(always)]
        fn __end(&mut self, outcome: Outcome, rows: Option<u64>) {
            let __p::Some((handle, elapsed)) = self.__end_edge() else { return };
            let kind = <Kind as __p::Label>::again(&self.__of_kind);
            let queue = ::core::convert::AsRef::<
                ::core::primitive::str,
            >::as_ref(&self.__of_queue);
            <__M as Metrics>::checkouts(&handle, kind, queue, outcome, elapsed, rows);
        }
        #[inline(never)]
        fn __drop(&mut self) {
            self.__end(<Outcome as __p::Label>::again(&self.__of_outcome), __p::None);
        }
    }
    impl<
        __M: Metrics,
        __text_queue: ::core::convert::AsRef<::core::primitive::str>,
    > ::core::ops::Drop for MetricsCheckoutGuard<__M, __text_queue> {
        #[inline]
        fn drop(&mut self) {
            if __p::GuardState::is_open(&self.__state) {
                self.__drop();
            }
        }
    }
    impl __p::Mentions<0usize, (Kind, Outcome)> for dyn Metrics {}
    impl<
        __M: Metrics,
        __text_queue: ::core::convert::AsRef<::core::primitive::str>,
    > ::core::fmt::Debug for MetricsCheckoutGuard<__M, __text_queue> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __p::GuardState::fmt(&self.__state, "MetricsCheckoutGuard", f)
        }
    }
};
#[cfg(test)]
/// Records every call of [`Metrics`], for tests; clones share what they record. It reads through its journal: `calls`, `take`, `assert_only`, `wait_for`, `uncovered`.
pub struct RecordingMetrics(::telemetry::__private::Journal<MetricsCall>);
#[cfg(test)]
/// One recorded call of [`Metrics`].
pub struct MetricsCall(::telemetry::__private::Record);
#[cfg(test)]
#[allow(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction,
    deprecated,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unused_qualifications,
    unused_variables,
    dead_code
)]
const _: () = {
    use ::telemetry::__private as __p;
    impl Metrics for RecordingMetrics {
        #[inline]
        fn checkouts(
            &self,
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) {
            __p::Journal::push(
                &self.0,
                <MetricsCall>::checkouts(kind, queue, outcome, waited, rows).0,
            );
        }
        fn event(&self, event: &__p::Event<'_>) {
            __p::Journal::push(&self.0, ::core::convert::From::from(event));
        }
        #[inline(always)]
        fn guard_edge(&self, edge: &mut ::telemetry::__private::GuardEdge<'_>) {
            __p::Journal::guard_edge(&self.0, edge);
        }
    }
    impl RecordingMetrics {
        /// Creates a mock that has recorded nothing.
        #[must_use]
        pub fn new() -> Self {
            ::core::default::Default::default()
        }
        /// Returns the names of the methods that none of these mocks, nor their clones, has seen called.
        pub fn uncovered_in<'a>(
            mocks: impl ::core::iter::IntoIterator<Item = &'a Self>,
        ) -> __p::Vec<&'static ::core::primitive::str> {
            __p::Journal::uncovered_in(
                ::core::iter::Iterator::map(
                    ::core::iter::IntoIterator::into_iter(mocks),
                    |mock| &mock.0,
                ),
            )
        }
        /// The recorded calls of `checkouts`.
        #[inline]
        pub fn checkouts_calls(
            &self,
        ) -> __Calls<
            __checkouts_params<
                <Kind as __p::Label>::Owned,
                <Outcome as __p::Label>::Owned,
            >,
        > {
            __Calls(__p::View::new(&self.0, <dyn Metrics>::__EVENT_checkouts))
        }
    }
    impl ::core::default::Default for RecordingMetrics {
        fn default() -> Self {
            RecordingMetrics(__p::Journal::new(<dyn Metrics as __p::Surface>::SCHEMA))
        }
    }
    impl ::core::clone::Clone for RecordingMetrics {
        fn clone(&self) -> Self {
            RecordingMetrics(::core::clone::Clone::clone(&self.0))
        }
    }
    impl ::core::fmt::Debug for RecordingMetrics {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Debug::fmt(&self.0, f)
        }
    }
    impl ::core::ops::Deref for RecordingMetrics {
        type Target = __p::Journal<MetricsCall>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
    impl MetricsCall {
        /// A call of `checkouts`, to compare with.
        #[inline]
        pub fn checkouts(
            kind: Kind,
            queue: &str,
            outcome: Outcome,
            waited: Duration,
            rows: Option<u64>,
        ) -> Self {
            Self(
                __p::Record::new(
                    <dyn Metrics>::__EVENT_checkouts,
                    &[
                        <Kind as __p::Label>::value(&kind),
                        <&str as __p::Open>::value(&queue),
                        <Outcome as __p::Label>::value(&outcome),
                    ],
                    &[
                        <Duration as __p::Value>::number(waited),
                        <u64 as __p::Value>::optional(rows),
                    ],
                ),
            )
        }
    }
    impl ::core::convert::From<__p::Record> for MetricsCall {
        fn from(record: __p::Record) -> Self {
            MetricsCall(record)
        }
    }
    impl ::core::convert::AsRef<__p::Record> for MetricsCall {
        fn as_ref(&self) -> &__p::Record {
            &self.0
        }
    }
    impl ::core::clone::Clone for MetricsCall {
        fn clone(&self) -> Self {
            MetricsCall(::core::clone::Clone::clone(&self.0))
        }
    }
    impl ::core::cmp::PartialEq for MetricsCall {
        fn eq(&self, other: &Self) -> ::core::primitive::bool {
            self.0 == other.0
        }
    }
    impl ::core::cmp::Eq for MetricsCall {}
    impl ::core::hash::Hash for MetricsCall {
        fn hash<__H: ::core::hash::Hasher>(&self, state: &mut __H) {
            ::core::hash::Hash::hash(&self.0, state)
        }
    }
    impl ::core::fmt::Debug for MetricsCall {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Debug::fmt(&self.0, f)
        }
    }
    pub struct __Calls<__P>(__p::View<__P>);
    impl<__P> ::core::ops::Deref for __Calls<__P> {
        type Target = __p::View<__P>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
    impl<__P> ::core::clone::Clone for __Calls<__P> {
        fn clone(&self) -> Self {
            __Calls(::core::clone::Clone::clone(&self.0))
        }
    }
    impl<__P> ::core::fmt::Debug for __Calls<__P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Debug::fmt(&self.0, f)
        }
    }
    /// The parameters of a call of `checkouts`.
    pub struct __checkouts_params<__0, __2> {
        pub kind: __0,
        pub queue: <&'static str as __p::Open>::Owned,
        pub outcome: __2,
        pub waited: Duration,
        pub rows: ::core::option::Option<u64>,
        __end: (),
    }
    impl __p::Params
    for __checkouts_params<<Kind as __p::Label>::Owned, <Outcome as __p::Label>::Owned> {
        #[inline]
        fn read(
            record: &__p::Record,
        ) -> __p::Option<
            __checkouts_params<
                <Kind as __p::Label>::Owned,
                <Outcome as __p::Label>::Owned,
            >,
        > {
            __p::Some(__checkouts_params {
                kind: match <Kind as __p::Label>::from_value(
                    &__p::Record::label(record, 0usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                queue: match <&'static str as __p::Open>::from_value(
                    &__p::Record::label(record, 1usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                outcome: match <Outcome as __p::Label>::from_value(
                    &__p::Record::label(record, 2usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                waited: <Duration as __p::Value>::read(
                    __p::Record::value(record, 0usize),
                )?,
                rows: <u64 as __p::Value>::read(__p::Record::value(record, 1usize)),
                __end: (),
            })
        }
    }
    impl<__0, __2> __Calls<__checkouts_params<__0, __2>> {
        /// Only the calls with this `kind`.
        #[inline]
        pub fn kind(&self, kind: Kind) -> Self {
            __Calls(
                __p::View::filter(&self.0, 0usize, &<Kind as __p::Label>::value(&kind)),
            )
        }
        /// Only the calls with this `queue`.
        #[inline]
        pub fn queue(&self, queue: &str) -> Self {
            __Calls(
                __p::View::filter(&self.0, 1usize, &<&str as __p::Open>::value(&queue)),
            )
        }
        /// Only the calls with this `outcome`.
        #[inline]
        pub fn outcome(&self, outcome: Outcome) -> Self {
            __Calls(
                __p::View::filter(
                    &self.0,
                    2usize,
                    &<Outcome as __p::Label>::value(&outcome),
                ),
            )
        }
    }
};
