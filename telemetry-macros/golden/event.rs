// What the macros make of the `.in.rs` file of this name; a test keeps it so.

use std::fmt::Display;
use std::time::Duration;
/// One method feeds two instruments; labels, values, context, policies and alerts are declared where they
/// belong.
pub(crate) trait Metrics: ::core::marker::Send + ::core::marker::Sync {
    /// Requests served.
    ///
    /// By route and outcome.
    #[inline]
    fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_requests,
                &[
                    <&str as ::telemetry::__private::Open>::bounded(
                        &route,
                        &<dyn Metrics>::__EVENT_requests.labels[0usize].set,
                    ),
                    <bool as ::telemetry::__private::Label>::bounded(&cached),
                ],
                &[<Duration as ::telemetry::__private::Value>::optional(took)],
            ),
        );
    }
    /// Requests that wait.
    #[cfg(not(windows))]
    #[inline]
    fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                    <dyn Metrics>::__SITE_set_depth,
                    &[],
                    &[<u64 as ::telemetry::__private::Value>::number(depth)],
                )
                .with_context(
                    &[
                        <Option<
                            &dyn Display,
                        > as ::telemetry::__private::Context>::value(&reason),
                    ],
                ),
        );
    }
    /// A helper stays as it is.
    fn idle(&self) {
        self.requests("/", true, None);
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
        const __DOMAIN_0_route: &'static __p::Domain = {
            static DOMAIN: __p::Domain = __p::Domain::new(256);
            &DOMAIN
        };
        const __EVENT_requests: &'static __p::EventSchema = {
            static EVENT: __p::EventSchema = __p::EventSchema::new(
                    "requests",
                    "Requests served.\n\nBy route and outcome.",
                    "api",
                    ::core::module_path!(),
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                )
                .labels(
                    &[
                        __p::LabelSchema::new(
                            "route",
                            __p::None,
                            __p::LabelSet::Open(<dyn Metrics>::__DOMAIN_0_route),
                        ),
                        __p::LabelSchema::typed(
                            "cached",
                            __p::None,
                            <bool as __p::Label>::OF_TYPE,
                        ),
                    ],
                )
                .values(
                    &[
                        __p::ValueSchema::new(
                            "took",
                            <Duration as __p::Value>::RECORDED_AS,
                            true,
                        ),
                    ],
                )
                .instruments(
                    &[
                        __p::InstrumentSchema::new(
                                __p::Kind::Counter,
                                "requests",
                                "Requests served.\n\nBy route and outcome.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .labels(
                                &[
                                    __p::InstrumentLabel::Param(0usize),
                                    __p::InstrumentLabel::Param(1usize),
                                ],
                            )
                            .alerts(
                                &[
                                    __p::AlertSchema::new(
                                            "ApiRequestsRatioBelow",
                                            __p::Condition::Below(0.8f64),
                                        )
                                        .quantity(__p::Quantity::Ratio { to: &[] })
                                        .matching(&[__p::Matcher::new(1usize, &["true"])])
                                        .over("5m")
                                        .severity("ticket"),
                                ],
                            ),
                        __p::InstrumentSchema::new(
                                __p::Kind::Histogram,
                                "request_duration",
                                "Requests served.\n\nBy route and outcome.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .unit(__p::Unit::Seconds)
                            .measure(__p::Measure::Value(0usize))
                            .labels(&[__p::InstrumentLabel::Param(0usize)])
                            .buckets(&[0.005f64, 0.5f64])
                            .alerts(
                                &[
                                    __p::AlertSchema::new(
                                            "ApiRequestDurationP99Above",
                                            __p::Condition::Above(0.25f64),
                                        )
                                        .quantity(__p::Quantity::Quantile(0.99f64))
                                        .by(&[0usize])
                                        .per_instance()
                                        .over("10m"),
                                ],
                            ),
                    ],
                )
                .log(__p::LogSchema::new("request").level(__p::Level::DEBUG))
                .log_cases(
                    &[
                        __p::LogSchema::new("request")
                            .level(__p::Level::WARN)
                            .when(
                                &[
                                    __p::Matcher::new(1usize, &["false"]),
                                    __p::Matcher::new(0usize, &["/", "/login"]),
                                ],
                            ),
                    ],
                );
            &EVENT
        };
        const __SITE_requests: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                    <dyn Metrics>::__EVENT_requests,
                    &const {
                        __p::field_names::<4usize>(<dyn Metrics>::__EVENT_requests)
                    },
                    &SITE,
                )
                .cases(
                    &[
                        {
                            static CASE: __p::Site = __p::Site::of_case(
                                <dyn Metrics>::__EVENT_requests,
                                0usize,
                                &const {
                                    __p::field_names::<4usize>(<dyn Metrics>::__EVENT_requests)
                                },
                                &CASE,
                            );
                            &CASE
                        },
                    ],
                );
            &SITE
        };
        #[cfg(not(windows))]
        const __EVENT_set_depth: &'static __p::EventSchema = {
            static EVENT: __p::EventSchema = __p::EventSchema::new(
                    "set_depth",
                    "Requests that wait.",
                    "api",
                    ::core::module_path!(),
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                )
                .values(
                    &[
                        __p::ValueSchema::new(
                            "depth",
                            <u64 as __p::Value>::RECORDED_AS,
                            false,
                        ),
                    ],
                )
                .context(
                    &[
                        __p::ContextSchema::new(
                            "reason",
                            <Option<&'static dyn Display> as __p::Context>::KIND,
                            <Option<&'static dyn Display> as __p::Context>::OPTIONAL,
                        ),
                    ],
                )
                .instruments(
                    &[
                        __p::InstrumentSchema::new(
                                __p::Kind::Gauge,
                                "queue_depth",
                                "Requests that wait.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .measure(__p::Measure::Value(0usize))
                            .labels(
                                &[
                                    __p::InstrumentLabel::Constant {
                                        key: "queue",
                                        value: "in",
                                    },
                                ],
                            )
                            .alerts(
                                &[
                                    __p::AlertSchema::new(
                                            "ApiQueueDepthAbove",
                                            __p::Condition::Above(100f64),
                                        )
                                        .hold("5m")
                                        .severity("page"),
                                ],
                            ),
                    ],
                )
                .log(
                    __p::LogSchema::new("queue.depth")
                        .level(__p::Level::WARN)
                        .every(60)
                        .or_above(100f64)
                        .on(0usize),
                );
            &EVENT
        };
        #[cfg(not(windows))]
        const __SITE_set_depth: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                <dyn Metrics>::__EVENT_set_depth,
                &const { __p::field_names::<3usize>(<dyn Metrics>::__EVENT_set_depth) },
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
                    &[
                        <dyn Metrics>::__EVENT_requests,
                        #[cfg(not(windows))]
                        <dyn Metrics>::__EVENT_set_depth,
                    ],
                )
                .package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::option_env!("CARGO_PKG_VERSION"),
                )
                .help(
                    "One method feeds two instruments; labels, values, context, policies and alerts are declared where they belong.",
                )
                .namespace("api")
                .max_series(2_000);
            &SCHEMA
        };
        #[cfg(test)]
        const __SITES: &'static [&'static __p::Site] = &[
            <dyn Metrics>::__SITE_requests,
            #[cfg(not(windows))]
            <dyn Metrics>::__SITE_set_depth,
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
                "requests" => {
                    Metrics::requests(
                        __on,
                        <&'static str as __p::Open>::argument(__labels, 0usize),
                        <bool as __p::Label>::argument(__labels, 1usize),
                        <Duration as __p::Value>::optional_argument(__values, 0usize),
                    )
                }
                #[cfg(not(windows))]
                "set_depth" => {
                    Metrics::set_depth(
                        __on,
                        <u64 as __p::Value>::argument(__values, 0usize),
                        <Option<
                            &'static dyn Display,
                        > as __p::Context>::argument(__context, 0usize),
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
    }
    const _: () = {
        __p::check::log_value(<dyn Metrics>::__EVENT_requests, 0usize, 0usize, 0usize);
        __p::check::log_value(<dyn Metrics>::__EVENT_requests, 0usize, 1usize, 0usize);
        __p::check::log_value(<dyn Metrics>::__EVENT_requests, 0usize, 1usize, 1usize);
        __p::check::alert_value(
            <dyn Metrics as __p::Surface>::SCHEMA,
            <dyn Metrics>::__EVENT_requests,
            0usize,
            0usize,
            0usize,
            0usize,
        );
        __p::check::alert_bound(
            <dyn Metrics as __p::Surface>::SCHEMA,
            <dyn Metrics>::__EVENT_requests,
            1usize,
            0usize,
        );
    };
    #[cfg(not(windows))]
    const _: () = {
        __p::check::every(<dyn Metrics>::__EVENT_set_depth);
    };
    const _: () = __p::check::budget(<dyn Metrics as __p::Surface>::SCHEMA);
    impl Metrics for __p::NoOp {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {}
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {}
        #[inline]
        fn event(&self, _: &__p::Event<'_>) {}
    }
    impl Metrics for __p::Log {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
    }
    impl<__S: __p::Sink> Metrics for __p::SinkAdapter<__S> {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(&self.0, event);
        }
    }
    impl Metrics for dyn __p::Sink + '_ {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
    }
    impl Metrics for dyn __p::Sink + ::core::marker::Send + ::core::marker::Sync + '_ {
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for &__T {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__T as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            <__T as Metrics>::set_depth(&**self, depth, reason);
        }
        #[inline]
        fn idle(&self) {
            <__T as Metrics>::idle(&**self)
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Box<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__T as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            <__T as Metrics>::set_depth(&**self, depth, reason);
        }
        #[inline]
        fn idle(&self) {
            <__T as Metrics>::idle(&**self)
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Arc<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__T as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            <__T as Metrics>::set_depth(&**self, depth, reason);
        }
        #[inline]
        fn idle(&self) {
            <__T as Metrics>::idle(&**self)
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::requests(__some, route, cached, took);
            }
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::set_depth(__some, depth, reason);
            }
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::event(__some, event);
            }
        }
    }
    impl<__A: Metrics, __B: Metrics> Metrics for (__A, __B) {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__A as Metrics>::requests(&self.0, route, cached, took);
            <__B as Metrics>::requests(&self.1, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            <__A as Metrics>::set_depth(&self.0, depth, reason);
            <__B as Metrics>::set_depth(&self.1, depth, reason);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__A as Metrics>::event(&self.0, event);
            <__B as Metrics>::event(&self.1, event);
        }
    }
    impl<__T: Metrics> Metrics for [__T] {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            for __each in self {
                <__T as Metrics>::requests(__each, route, cached, took);
            }
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            for __each in self {
                <__T as Metrics>::set_depth(__each, depth, reason);
            }
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            for __each in self {
                <__T as Metrics>::event(__each, event);
            }
        }
    }
    impl<__T: Metrics> Metrics for __p::Vec<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <[__T] as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            <[__T] as Metrics>::set_depth(&**self, depth, reason);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <[__T] as Metrics>::event(&**self, event);
        }
    }
    impl __p::UnlabeledSurface for dyn Metrics {}
    impl Metrics for __p::Instruments<dyn Metrics> {
        #[inline(always)]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            __p::Instruments::call::<
                __p::Cons<0usize, __p::Cons<1usize, ()>>,
                { __p::event_index(<dyn Metrics as __p::Surface>::SCHEMA, "requests") },
                _,
                _,
            >(
                self,
                <dyn Metrics>::__SITE_requests,
                &[
                    <&str as __p::Open>::value(&route),
                    <bool as __p::Label>::value(&cached),
                ],
                &[<Duration as __p::Value>::optional(took)],
            );
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            __p::Instruments::call::<
                __p::Cons<0usize, ()>,
                { __p::event_index(<dyn Metrics as __p::Surface>::SCHEMA, "set_depth") },
                _,
                _,
            >(
                self,
                <dyn Metrics>::__SITE_set_depth,
                &[],
                &[<u64 as __p::Value>::number(depth)],
            );
        }
        fn event(&self, event: &__p::Event<'_>) {
            __p::Sink::record(self, event);
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
};
#[cfg(test)]
/// Records every call of [`Metrics`], for tests; clones share what they record. It reads through its journal: `calls`, `take`, `assert_only`, `wait_for`, `uncovered`.
pub(crate) struct RecordingMetrics(::telemetry::__private::Journal<MetricsCall>);
#[cfg(test)]
/// One recorded call of [`Metrics`].
pub(crate) struct MetricsCall(::telemetry::__private::Record);
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
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            __p::Journal::push(&self.0, <MetricsCall>::requests(route, cached, took).0);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64, reason: Option<&dyn Display>) {
            __p::Journal::push(&self.0, <MetricsCall>::set_depth(depth, reason).0);
        }
        fn event(&self, event: &__p::Event<'_>) {
            __p::Journal::push(&self.0, ::core::convert::From::from(event));
        }
    }
    impl RecordingMetrics {
        /// Creates a mock that has recorded nothing.
        #[must_use]
        pub(crate) fn new() -> Self {
            ::core::default::Default::default()
        }
        /// Returns the names of the methods that none of these mocks, nor their clones, has seen called.
        pub(crate) fn uncovered_in<'a>(
            mocks: impl ::core::iter::IntoIterator<Item = &'a Self>,
        ) -> __p::Vec<&'static ::core::primitive::str> {
            __p::Journal::uncovered_in(
                ::core::iter::Iterator::map(
                    ::core::iter::IntoIterator::into_iter(mocks),
                    |mock| &mock.0,
                ),
            )
        }
        /// The recorded calls of `requests`.
        #[inline]
        pub(crate) fn requests_calls(&self) -> __Calls<__requests_params> {
            __Calls(__p::View::new(&self.0, <dyn Metrics>::__EVENT_requests))
        }
        #[cfg(not(windows))]
        /// The recorded calls of `set_depth`.
        #[inline]
        pub(crate) fn set_depth_calls(&self) -> __Calls<__set_depth_params> {
            __Calls(__p::View::new(&self.0, <dyn Metrics>::__EVENT_set_depth))
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
        /// A call of `requests`, to compare with.
        #[inline]
        pub(crate) fn requests(
            route: &str,
            cached: bool,
            took: Option<Duration>,
        ) -> Self {
            Self(
                __p::Record::new(
                    <dyn Metrics>::__EVENT_requests,
                    &[
                        <&str as __p::Open>::value(&route),
                        <bool as __p::Label>::value(&cached),
                    ],
                    &[<Duration as __p::Value>::optional(took)],
                ),
            )
        }
        #[cfg(not(windows))]
        /// A call of `set_depth`, to compare with.
        #[inline]
        pub(crate) fn set_depth(depth: u64, reason: Option<&dyn Display>) -> Self {
            Self(
                __p::Record::new(
                        <dyn Metrics>::__EVENT_set_depth,
                        &[],
                        &[<u64 as __p::Value>::number(depth)],
                    )
                    .with_context(
                        &[<Option<&dyn Display> as __p::Context>::value(&reason)],
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
    pub(crate) struct __Calls<__P>(__p::View<__P>);
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
    /// The parameters of a call of `requests`.
    pub(crate) struct __requests_params {
        pub(crate) route: <&'static str as __p::Open>::Owned,
        pub(crate) cached: <bool as __p::Label>::Owned,
        pub(crate) took: ::core::option::Option<Duration>,
        __end: (),
    }
    impl __p::Params for __requests_params {
        #[inline]
        fn read(record: &__p::Record) -> __p::Option<__requests_params> {
            __p::Some(__requests_params {
                route: match <&'static str as __p::Open>::from_value(
                    &__p::Record::label(record, 0usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                cached: match <bool as __p::Label>::from_value(
                    &__p::Record::label(record, 1usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                took: <Duration as __p::Value>::read(__p::Record::value(record, 0usize)),
                __end: (),
            })
        }
    }
    impl __p::OneValue for __requests_params {
        type Repr = <Duration as __p::Value>::Repr;
    }
    impl __Calls<__requests_params> {
        /// Only the calls with this `route`.
        #[inline]
        pub(crate) fn route(&self, route: &str) -> Self {
            __Calls(
                __p::View::filter(&self.0, 0usize, &<&str as __p::Open>::value(&route)),
            )
        }
        /// Only the calls with this `cached`.
        #[inline]
        pub(crate) fn cached(&self, cached: bool) -> Self {
            __Calls(
                __p::View::filter(&self.0, 1usize, &<bool as __p::Label>::value(&cached)),
            )
        }
    }
    #[cfg(not(windows))]
    /// The parameters of a call of `set_depth`.
    pub(crate) struct __set_depth_params {
        pub(crate) depth: u64,
        pub(crate) reason: <Option<&'static dyn Display> as __p::Context>::Owned,
        __end: (),
    }
    #[cfg(not(windows))]
    impl __p::Params for __set_depth_params {
        #[inline]
        fn read(record: &__p::Record) -> __p::Option<__set_depth_params> {
            __p::Some(__set_depth_params {
                depth: <u64 as __p::Value>::read(__p::Record::value(record, 0usize))?,
                reason: match <Option<
                    &'static dyn Display,
                > as __p::Context>::from_value(&__p::Record::context(record, 0usize)) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                __end: (),
            })
        }
    }
    #[cfg(not(windows))]
    impl __p::OneValue for __set_depth_params {
        type Repr = <u64 as __p::Value>::Repr;
    }
};
