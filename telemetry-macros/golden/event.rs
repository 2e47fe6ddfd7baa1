// What the macros make of the `.in.rs` file of this name; a test keeps it so.

use std::time::Duration;
/// One method feeds two instruments; labels, values, policies and an alert are declared where they belong.
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
                    ::telemetry::__private::open(&route, &<dyn Metrics>::__EVENT_requests.labels[0usize].set),
                    ::telemetry::__private::label(&cached),
                ],
                &[::telemetry::__private::optional(took)],
            ),
        );
    }
    /// Requests that wait.
    #[cfg(not(windows))]
    #[inline]
    fn set_depth(&self, depth: u64) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_set_depth,
                &[],
                &[::telemetry::__private::number(depth)],
            ),
        );
    }
    /// A helper stays as it is.
    fn idle(&self) {
        self.requests("/", true, None);
    }
    /// Takes every event whose method is not overridden: the default of each metric method ends here.
    #[allow(unused_variables)]
    #[inline]
    fn event(&self, event: &::telemetry::__private::Event<'_>) {}
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
    impl dyn Metrics {
        const __DOMAIN_route: &'static ::telemetry::__private::Domain = {
            static DOMAIN: ::telemetry::__private::Domain = ::telemetry::__private::Domain::new(256);
            &DOMAIN
        };
        const __EVENT_requests: &'static ::telemetry::__private::EventSchema = {
            static EVENT: ::telemetry::__private::EventSchema = ::telemetry::__private::EventSchema::new(
                "requests",
                "Requests served.\n\nBy route and outcome.",
                "api",
                ::core::module_path!(),
                ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
            )
            .labels(&[
                ::telemetry::__private::LabelSchema::new(
                    "route",
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::telemetry::__private::LabelSet::Open(<dyn Metrics>::__DOMAIN_route),
                )
                .none(false, ::telemetry::__private::NONE),
                ::telemetry::__private::LabelSchema::new(
                    "cached",
                    ::core::option::Option::None,
                    <bool as ::telemetry::__private::Label>::NAME,
                    <bool as ::telemetry::__private::Label>::SET,
                )
                .none(<bool as ::telemetry::__private::Label>::OPTIONAL, ::telemetry::__private::NONE),
            ])
            .values(&[::telemetry::__private::ValueSchema::new(
                "took",
                ::telemetry::__private::representation::<Duration>(),
                true,
            )])
            .instruments(&[
                ::telemetry::__private::InstrumentSchema::new(
                    ::telemetry::__private::Kind::Counter,
                    "requests",
                    "Requests served.\n\nBy route and outcome.",
                    ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
                )
                .labels(&[
                    ::telemetry::__private::InstrumentLabel::Param(0usize),
                    ::telemetry::__private::InstrumentLabel::Param(1usize),
                ]),
                ::telemetry::__private::InstrumentSchema::new(
                    ::telemetry::__private::Kind::Histogram,
                    "request_duration",
                    "Requests served.\n\nBy route and outcome.",
                    ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
                )
                .unit(::telemetry::__private::Unit::Seconds)
                .measure(::telemetry::__private::Measure::Value(0usize))
                .labels(&[::telemetry::__private::InstrumentLabel::Param(0usize)])
                .buckets(&[0.005f64, 0.5f64]),
            ])
            .log(::telemetry::__private::LogSchema::new("requests").off());
            &EVENT
        };
        const __SITE_requests: &'static ::telemetry::__private::Site = {
            static SITE: ::telemetry::__private::Site = ::telemetry::__private::Site::new(
                <dyn Metrics>::__EVENT_requests,
                &const { ::telemetry::__private::field_names::<4usize>(<dyn Metrics>::__EVENT_requests) },
                &SITE,
            );
            &SITE
        };
        #[cfg(not(windows))]
        const __EVENT_set_depth: &'static ::telemetry::__private::EventSchema = {
            static EVENT: ::telemetry::__private::EventSchema = ::telemetry::__private::EventSchema::new(
                "set_depth",
                "Requests that wait.",
                "api",
                ::core::module_path!(),
                ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
            )
            .values(&[::telemetry::__private::ValueSchema::new(
                "depth",
                ::telemetry::__private::representation::<u64>(),
                false,
            )])
            .instruments(&[::telemetry::__private::InstrumentSchema::new(
                ::telemetry::__private::Kind::Gauge,
                "queue_depth",
                "Requests that wait.",
                ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
            )
            .measure(::telemetry::__private::Measure::Value(0usize))
            .labels(&[::telemetry::__private::InstrumentLabel::Constant { key: "queue", value: "in" }])
            .alerts(&[::telemetry::__private::AlertSchema::new(
                ::telemetry::__private::Condition::Above(100f64),
                "5m",
                "page",
                "",
            )])])
            .log(
                ::telemetry::__private::LogSchema::new("queue.depth")
                    .level(::telemetry::__private::Level::WARN)
                    .every(60)
                    .or_above(100f64)
                    .on(0usize),
            );
            &EVENT
        };
        #[cfg(not(windows))]
        const __SITE_set_depth: &'static ::telemetry::__private::Site = {
            static SITE: ::telemetry::__private::Site = ::telemetry::__private::Site::new(
                <dyn Metrics>::__EVENT_set_depth,
                &const { ::telemetry::__private::field_names::<2usize>(<dyn Metrics>::__EVENT_set_depth) },
                &SITE,
            );
            &SITE
        };
    }
    impl ::telemetry::__private::Surface for dyn Metrics {
        const SCHEMA: &'static ::telemetry::__private::Schema = {
            static SCHEMA: ::telemetry::__private::Schema = ::telemetry::__private::Schema::new(
                    "Metrics",
                    ::telemetry::__private::Source {
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
                    "One method feeds two instruments; labels, values, policies and an alert are declared where they belong.",
                )
                .namespace("api")
                .max_series(2_000);
            &SCHEMA
        };
    }
    const _: () = {
        ::telemetry::__private::check::label(<dyn Metrics>::__EVENT_requests, 0usize);
        ::telemetry::__private::check::label(<dyn Metrics>::__EVENT_requests, 1usize);
    };
    #[cfg(not(windows))]
    const _: () = {
        ::telemetry::__private::check::every(<dyn Metrics>::__EVENT_set_depth);
    };
    const _: () =
        ::telemetry::__private::check::budget(<dyn Metrics as ::telemetry::__private::Surface>::SCHEMA);
    impl Metrics for ::telemetry::__private::NoOp {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {}
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {}
    }
    impl Metrics for ::telemetry::__private::Log {
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            ::telemetry::__private::Sink::event(self, event);
        }
    }
    impl<__S: ::telemetry::__private::Sink> Metrics for ::telemetry::__private::Via<__S> {
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            ::telemetry::__private::Sink::event(&self.0, event);
        }
    }
    impl Metrics for dyn ::telemetry::__private::Sink + '_ {
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            ::telemetry::__private::Sink::event(self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for &__T {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__T as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {
            <__T as Metrics>::set_depth(&**self, depth);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for ::telemetry::__private::Box<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__T as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {
            <__T as Metrics>::set_depth(&**self, depth);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for ::telemetry::__private::Arc<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            <__T as Metrics>::requests(&**self, route, cached, took);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {
            <__T as Metrics>::set_depth(&**self, depth);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            if let ::core::option::Option::Some(__some) = self {
                <__T as Metrics>::requests(__some, route, cached, took);
            }
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {
            if let ::core::option::Option::Some(__some) = self {
                <__T as Metrics>::set_depth(__some, depth);
            }
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            if let ::core::option::Option::Some(__some) = self {
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
        fn set_depth(&self, depth: u64) {
            <__A as Metrics>::set_depth(&self.0, depth);
            <__B as Metrics>::set_depth(&self.1, depth);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
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
        fn set_depth(&self, depth: u64) {
            for __each in self {
                <__T as Metrics>::set_depth(__each, depth);
            }
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            for __each in self {
                <__T as Metrics>::event(__each, event);
            }
        }
    }
    impl<__T: Metrics> Metrics for ::telemetry::__private::Vec<__T> {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            for __each in self {
                <__T as Metrics>::requests(__each, route, cached, took);
            }
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {
            for __each in self {
                <__T as Metrics>::set_depth(__each, depth);
            }
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            for __each in self {
                <__T as Metrics>::event(__each, event);
            }
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
    impl Metrics for RecordingMetrics {
        #[inline]
        fn requests(&self, route: &str, cached: bool, took: Option<Duration>) {
            ::telemetry::__private::Journal::push(&self.0, <MetricsCall>::requests(route, cached, took).0);
        }
        #[cfg(not(windows))]
        #[inline]
        fn set_depth(&self, depth: u64) {
            ::telemetry::__private::Journal::push(&self.0, <MetricsCall>::set_depth(depth).0);
        }
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            ::telemetry::__private::Journal::push(&self.0, ::core::convert::From::from(event));
        }
    }
    impl RecordingMetrics {
        /// The names of the methods that none of these mocks, nor their clones, has seen called.
        pub(crate) fn uncovered_in<'a>(
            mocks: impl ::core::iter::IntoIterator<Item = &'a Self>,
        ) -> ::telemetry::__private::Vec<&'static ::core::primitive::str> {
            ::telemetry::__private::Journal::uncovered_in(::core::iter::Iterator::map(
                ::core::iter::IntoIterator::into_iter(mocks),
                |mock| &mock.0,
            ))
        }
        /// The recorded calls of `requests`.
        #[inline]
        pub(crate) fn requests_calls(&self) -> __Calls<__requests> {
            __Calls(::telemetry::__private::View::new(&self.0))
        }
        #[cfg(not(windows))]
        /// The recorded calls of `set_depth`.
        #[inline]
        pub(crate) fn set_depth_calls(&self) -> __Calls<__set_depth> {
            __Calls(::telemetry::__private::View::new(&self.0))
        }
    }
    impl ::core::default::Default for RecordingMetrics {
        fn default() -> Self {
            RecordingMetrics(::telemetry::__private::Journal::new(
                <dyn Metrics as ::telemetry::__private::Surface>::SCHEMA,
            ))
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
        type Target = ::telemetry::__private::Journal<MetricsCall>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
    impl MetricsCall {
        /// A call of `requests`, to compare with.
        #[inline]
        pub(crate) fn requests(route: &str, cached: bool, took: Option<Duration>) -> Self {
            Self(::telemetry::__private::Record::new(
                <dyn Metrics>::__EVENT_requests,
                &[::telemetry::__private::Open::value(&route), ::telemetry::__private::Label::value(&cached)],
                &[::telemetry::__private::optional(took)],
            ))
        }
        #[cfg(not(windows))]
        /// A call of `set_depth`, to compare with.
        #[inline]
        pub(crate) fn set_depth(depth: u64) -> Self {
            Self(::telemetry::__private::Record::new(
                <dyn Metrics>::__EVENT_set_depth,
                &[],
                &[::telemetry::__private::number(depth)],
            ))
        }
    }
    impl ::core::convert::From<::telemetry::__private::Record> for MetricsCall {
        fn from(record: ::telemetry::__private::Record) -> Self {
            MetricsCall(record)
        }
    }
    impl ::core::convert::AsRef<::telemetry::__private::Record> for MetricsCall {
        fn as_ref(&self) -> &::telemetry::__private::Record {
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
    impl ::core::fmt::Debug for MetricsCall {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Debug::fmt(&self.0, f)
        }
    }
    pub(crate) struct __Calls<__P>(::telemetry::__private::View<__P>);
    impl<__P> ::core::ops::Deref for __Calls<__P> {
        type Target = ::telemetry::__private::View<__P>;
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
    pub(crate) struct __requests {
        pub(crate) route: <&'static str as ::telemetry::__private::Open>::Owned,
        pub(crate) cached: <bool as ::telemetry::__private::Label>::Owned,
        pub(crate) took: ::core::option::Option<Duration>,
    }
    impl ::telemetry::__private::Params for __requests {
        fn event() -> &'static ::telemetry::__private::EventSchema {
            <dyn Metrics>::__EVENT_requests
        }
        fn read(record: &::telemetry::__private::Record) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(__requests {
                route: <&'static str as ::telemetry::__private::Open>::from_value(
                    &::telemetry::__private::Record::label(record, 0usize),
                )?,
                cached: <bool as ::telemetry::__private::Label>::from_value(
                    &::telemetry::__private::Record::label(record, 1usize),
                )?,
                took: ::telemetry::__private::read_optional(record, 0usize),
            })
        }
    }
    impl ::telemetry::__private::OneValue for __requests {
        type Repr = <Duration as ::telemetry::__private::Value>::Repr;
    }
    impl __Calls<__requests> {
        /// Only the calls with this `route`.
        #[inline]
        pub(crate) fn route(&self, route: &str) -> Self {
            __Calls(::telemetry::__private::View::filter(
                &self.0,
                0usize,
                &::telemetry::__private::Open::value(&route),
            ))
        }
        /// Only the calls with this `cached`.
        #[inline]
        pub(crate) fn cached(&self, cached: bool) -> Self {
            __Calls(::telemetry::__private::View::filter(
                &self.0,
                1usize,
                &::telemetry::__private::Label::value(&cached),
            ))
        }
    }
    #[cfg(not(windows))]
    /// The parameters of a call of `set_depth`.
    pub(crate) struct __set_depth {
        pub(crate) depth: u64,
    }
    #[cfg(not(windows))]
    impl ::telemetry::__private::Params for __set_depth {
        fn event() -> &'static ::telemetry::__private::EventSchema {
            <dyn Metrics>::__EVENT_set_depth
        }
        fn read(record: &::telemetry::__private::Record) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(__set_depth {
                depth: ::telemetry::__private::read_optional(record, 0usize)?,
            })
        }
    }
    #[cfg(not(windows))]
    impl ::telemetry::__private::OneValue for __set_depth {
        type Repr = <u64 as ::telemetry::__private::Value>::Repr;
    }
};
