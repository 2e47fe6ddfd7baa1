// What the macros make of the `.in.rs` file of this name; a test keeps it so.

/// What a cache counts.
pub trait Metrics: ::core::marker::Send + ::core::marker::Sync {
    /// Look-ups.
    #[inline]
    fn lookups(&self, hit: bool) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_lookups,
                &[<bool as ::telemetry::__private::Label>::bounded(&hit)],
                &[],
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
        const __EVENT_lookups: &'static __p::EventSchema = {
            static EVENT: __p::EventSchema = __p::EventSchema::new(
                    "lookups",
                    "Look-ups.",
                    "cache",
                    ::core::module_path!(),
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                )
                .labels(
                    &[
                        __p::LabelSchema::typed(
                            "hit",
                            __p::None,
                            <bool as __p::Label>::OF_TYPE,
                        ),
                    ],
                )
                .instruments(
                    &[
                        __p::InstrumentSchema::new(
                                __p::Kind::Counter,
                                "lookups",
                                "Look-ups.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .labels(&[__p::InstrumentLabel::Param(0usize)])
                            .stability(__p::Stability::Stable)
                            .was(
                                __p::FormerName::new(
                                        "cache_lookups",
                                        "Deprecated, use `lookups`. Look-ups.",
                                    )
                                    .until("1.4"),
                            ),
                    ],
                );
            &EVENT
        };
        const __SITE_lookups: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                <dyn Metrics>::__EVENT_lookups,
                &const { __p::field_names::<2usize>(<dyn Metrics>::__EVENT_lookups) },
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
                    &[<dyn Metrics>::__EVENT_lookups],
                )
                .package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::option_env!("CARGO_PKG_VERSION"),
                )
                .help("What a cache counts.")
                .namespace("cache");
            &SCHEMA
        };
        const __SITES: &'static [&'static __p::Site] = &[<dyn Metrics>::__SITE_lookups];
        #[inline]
        fn __call(
            __on: &Self,
            __method: &::core::primitive::str,
            __labels: &[__p::LabelValue<'static>],
            __values: &[::core::option::Option<__p::Number>],
            __context: &[__p::ContextValue<'static>],
        ) {
            match __method {
                "lookups" => {
                    Metrics::lookups(
                        __on,
                        <bool as __p::Label>::argument(__labels, 0usize),
                    )
                }
                _ => __p::no_argument(),
            }
        }
        #[inline]
        fn __hook(__on: &Self, __event: &__p::Event<'_>) {
            <Self as Metrics>::event(__on, __event);
        }
    }
    const _: () = __p::check::budget(<dyn Metrics as __p::Surface>::SCHEMA);
    impl Metrics for __p::NoOp {
        #[inline]
        fn lookups(&self, hit: bool) {}
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
        fn lookups(&self, hit: bool) {
            <__T as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Box<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            <__T as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Arc<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            <__T as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::lookups(__some, hit);
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
        fn lookups(&self, hit: bool) {
            <__A as Metrics>::lookups(&self.0, hit);
            <__B as Metrics>::lookups(&self.1, hit);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__A as Metrics>::event(&self.0, event);
            <__B as Metrics>::event(&self.1, event);
        }
    }
    impl<__T: Metrics> Metrics for [__T] {
        #[inline]
        fn lookups(&self, hit: bool) {
            for __each in self {
                <__T as Metrics>::lookups(__each, hit);
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
        fn lookups(&self, hit: bool) {
            <[__T] as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <[__T] as Metrics>::event(&**self, event);
        }
    }
    impl __p::UnlabeledSurface for dyn Metrics {}
    impl Metrics for __p::Instruments<dyn Metrics> {
        #[inline]
        fn lookups(&self, hit: bool) {
            __p::Instruments::call::<
                __p::Cons<0usize, ()>,
                0usize,
                _,
                _,
            >(
                self,
                <dyn Metrics>::__SITE_lookups,
                &[<bool as __p::Label>::value(&hit)],
                &[],
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
/// Records every call of [`Metrics`], for tests; clones share what they record. It reads through its journal: `calls`, `take`, `assert_only`, `wait_for`, `uncovered`.
pub struct RecordingMetrics(::telemetry::__private::Journal<MetricsCall>);
/// One recorded call of [`Metrics`].
pub struct MetricsCall(::telemetry::__private::Record);
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
        fn lookups(&self, hit: bool) {
            __p::Journal::push(&self.0, <MetricsCall>::lookups(hit).0);
        }
        fn event(&self, event: &__p::Event<'_>) {
            __p::Journal::push(&self.0, ::core::convert::From::from(event));
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
        /// The recorded calls of `lookups`.
        #[inline]
        pub fn lookups_calls(&self) -> __Calls<__lookups_params> {
            __Calls(__p::View::new(&self.0, <dyn Metrics>::__EVENT_lookups))
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
        /// A call of `lookups`, to compare with.
        #[inline]
        pub fn lookups(hit: bool) -> Self {
            Self(
                __p::Record::new(
                    <dyn Metrics>::__EVENT_lookups,
                    &[<bool as __p::Label>::value(&hit)],
                    &[],
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
    /// The parameters of a call of `lookups`.
    pub struct __lookups_params {
        pub hit: <bool as __p::Label>::Owned,
        __end: (),
    }
    impl __p::Params for __lookups_params {
        #[inline]
        fn read(record: &__p::Record) -> __p::Option<__lookups_params> {
            __p::Some(__lookups_params {
                hit: match <bool as __p::Label>::from_value(
                    &__p::Record::label(record, 0usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                __end: (),
            })
        }
    }
    impl __Calls<__lookups_params> {
        /// Only the calls with this `hit`.
        #[inline]
        pub fn hit(&self, hit: bool) -> Self {
            __Calls(
                __p::View::filter(&self.0, 0usize, &<bool as __p::Label>::value(&hit)),
            )
        }
    }
};
