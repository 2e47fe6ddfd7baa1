// What the macros make of the `.in.rs` file of this name; a test keeps it so.

pub trait Metrics: ::core::marker::Send + ::core::marker::Sync {
    /// Age of the oldest job.
    #[inline]
    fn set_age(&self, queue: &str, seconds: f64) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_set_age,
                &[
                    <&str as ::telemetry::__private::Open>::bounded(
                        &queue,
                        &<dyn Metrics>::__EVENT_set_age.labels[0usize].set,
                    ),
                ],
                &[<f64 as ::telemetry::__private::Value>::number(seconds)],
            ),
        );
    }
    /// The queue was deleted.
    #[inline]
    fn queue_gone(&self, queue: &str) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_queue_gone,
                &[
                    <&str as ::telemetry::__private::Open>::bounded(
                        &queue,
                        &<dyn Metrics>::__EVENT_queue_gone.labels[0usize].set,
                    ),
                ],
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
        const __DOMAIN_0_queue: &'static __p::Domain = {
            static DOMAIN: __p::Domain = __p::Domain::new(64);
            &DOMAIN
        };
        const __EVENT_set_age: &'static __p::EventSchema = {
            static EVENT: __p::EventSchema = __p::EventSchema::new(
                    "set_age",
                    "Age of the oldest job.",
                    "queue",
                    ::core::module_path!(),
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                )
                .labels(
                    &[
                        __p::LabelSchema::new(
                            "queue",
                            __p::None,
                            __p::LabelSet::Open(<dyn Metrics>::__DOMAIN_0_queue),
                        ),
                    ],
                )
                .values(
                    &[
                        __p::ValueSchema::new(
                            "seconds",
                            <f64 as __p::Value>::RECORDED_AS,
                            false,
                        ),
                    ],
                )
                .instruments(
                    &[
                        __p::InstrumentSchema::new(
                                __p::Kind::Gauge,
                                "age",
                                "Age of the oldest job.",
                                __p::Source {
                                    file: ::core::file!(),
                                    line: ::core::line!(),
                                },
                            )
                            .unit(__p::Unit::Seconds)
                            .measure(__p::Measure::Value(0usize))
                            .labels(&[__p::InstrumentLabel::Param(0usize)]),
                    ],
                );
            &EVENT
        };
        const __SITE_set_age: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                <dyn Metrics>::__EVENT_set_age,
                &const { __p::field_names::<3usize>(<dyn Metrics>::__EVENT_set_age) },
                &SITE,
            );
            &SITE
        };
        const __EVENT_queue_gone: &'static __p::EventSchema = {
            static EVENT: __p::EventSchema = __p::EventSchema::new(
                    "queue_gone",
                    "The queue was deleted.",
                    "queue",
                    ::core::module_path!(),
                    __p::Source {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                )
                .labels(
                    &[
                        __p::LabelSchema::new(
                            "queue",
                            __p::None,
                            __p::LabelSet::Open(<dyn Metrics>::__DOMAIN_0_queue),
                        ),
                    ],
                )
                .instruments(&[])
                .log(__p::LogSchema::new("queue_gone").level(__p::Level::DEBUG))
                .removes(
                    &[
                        __p::Removal::new(
                            <dyn Metrics>::__EVENT_set_age,
                            0usize,
                            0usize,
                            &[0usize],
                        ),
                    ],
                );
            &EVENT
        };
        const __SITE_queue_gone: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                <dyn Metrics>::__EVENT_queue_gone,
                &const { __p::field_names::<2usize>(<dyn Metrics>::__EVENT_queue_gone) },
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
                    &[<dyn Metrics>::__EVENT_set_age, <dyn Metrics>::__EVENT_queue_gone],
                )
                .package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::option_env!("CARGO_PKG_VERSION"),
                )
                .help("")
                .namespace("queue");
            &SCHEMA
        };
        const __SITES: &'static [&'static __p::Site] = &[
            <dyn Metrics>::__SITE_set_age,
            <dyn Metrics>::__SITE_queue_gone,
        ];
        #[inline]
        fn __call(
            __on: &Self,
            __method: &::core::primitive::str,
            __labels: &[__p::LabelValue<'static>],
            __values: &[::core::option::Option<__p::Number>],
            __context: &[__p::ContextValue<'static>],
        ) {
            match __method {
                "set_age" => {
                    Metrics::set_age(
                        __on,
                        <&'static str as __p::Open>::argument(__labels, 0usize),
                        <f64 as __p::Value>::argument(__values, 0usize),
                    )
                }
                "queue_gone" => {
                    Metrics::queue_gone(
                        __on,
                        <&'static str as __p::Open>::argument(__labels, 0usize),
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
        fn set_age(&self, queue: &str, seconds: f64) {}
        #[inline]
        fn queue_gone(&self, queue: &str) {}
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
        fn set_age(&self, queue: &str, seconds: f64) {
            <__T as Metrics>::set_age(&**self, queue, seconds);
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            <__T as Metrics>::queue_gone(&**self, queue);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Box<__T> {
        #[inline]
        fn set_age(&self, queue: &str, seconds: f64) {
            <__T as Metrics>::set_age(&**self, queue, seconds);
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            <__T as Metrics>::queue_gone(&**self, queue);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Arc<__T> {
        #[inline]
        fn set_age(&self, queue: &str, seconds: f64) {
            <__T as Metrics>::set_age(&**self, queue, seconds);
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            <__T as Metrics>::queue_gone(&**self, queue);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn set_age(&self, queue: &str, seconds: f64) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::set_age(__some, queue, seconds);
            }
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::queue_gone(__some, queue);
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
        fn set_age(&self, queue: &str, seconds: f64) {
            <__A as Metrics>::set_age(&self.0, queue, seconds);
            <__B as Metrics>::set_age(&self.1, queue, seconds);
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            <__A as Metrics>::queue_gone(&self.0, queue);
            <__B as Metrics>::queue_gone(&self.1, queue);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__A as Metrics>::event(&self.0, event);
            <__B as Metrics>::event(&self.1, event);
        }
    }
    impl<__T: Metrics> Metrics for [__T] {
        #[inline]
        fn set_age(&self, queue: &str, seconds: f64) {
            for __each in self {
                <__T as Metrics>::set_age(__each, queue, seconds);
            }
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            for __each in self {
                <__T as Metrics>::queue_gone(__each, queue);
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
        fn set_age(&self, queue: &str, seconds: f64) {
            <[__T] as Metrics>::set_age(&**self, queue, seconds);
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            <[__T] as Metrics>::queue_gone(&**self, queue);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <[__T] as Metrics>::event(&**self, event);
        }
    }
    impl __p::UnlabeledSurface for dyn Metrics {}
    impl Metrics for __p::Instruments<dyn Metrics> {
        #[inline(always)]
        fn set_age(&self, queue: &str, seconds: f64) {
            __p::Instruments::call::<
                __p::Cons<0usize, ()>,
                0usize,
                _,
                _,
            >(
                self,
                <dyn Metrics>::__SITE_set_age,
                &[<&str as __p::Open>::value(&queue)],
                &[<f64 as __p::Value>::number(seconds)],
            );
        }
        fn queue_gone(&self, queue: &str) {
            __p::Instruments::remove(
                self,
                <dyn Metrics>::__SITE_queue_gone,
                [<&str as __p::Open>::value(&queue)],
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
        fn set_age(&self, queue: &str, seconds: f64) {
            __p::Journal::push(&self.0, <MetricsCall>::set_age(queue, seconds).0);
        }
        #[inline]
        fn queue_gone(&self, queue: &str) {
            __p::Journal::push(&self.0, <MetricsCall>::queue_gone(queue).0);
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
        /// The recorded calls of `set_age`.
        #[inline]
        pub fn set_age_calls(&self) -> __Calls<__set_age_params> {
            __Calls(__p::View::new(&self.0, <dyn Metrics>::__EVENT_set_age))
        }
        /// The recorded calls of `queue_gone`.
        #[inline]
        pub fn queue_gone_calls(&self) -> __Calls<__queue_gone_params> {
            __Calls(__p::View::new(&self.0, <dyn Metrics>::__EVENT_queue_gone))
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
        /// A call of `set_age`, to compare with.
        #[inline]
        pub fn set_age(queue: &str, seconds: f64) -> Self {
            Self(
                __p::Record::new(
                    <dyn Metrics>::__EVENT_set_age,
                    &[<&str as __p::Open>::value(&queue)],
                    &[<f64 as __p::Value>::number(seconds)],
                ),
            )
        }
        /// A call of `queue_gone`, to compare with.
        #[inline]
        pub fn queue_gone(queue: &str) -> Self {
            Self(
                __p::Record::new(
                    <dyn Metrics>::__EVENT_queue_gone,
                    &[<&str as __p::Open>::value(&queue)],
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
    /// The parameters of a call of `set_age`.
    pub struct __set_age_params {
        pub queue: <&'static str as __p::Open>::Owned,
        pub seconds: f64,
        __end: (),
    }
    impl __p::Params for __set_age_params {
        #[inline]
        fn read(record: &__p::Record) -> __p::Option<__set_age_params> {
            __p::Some(__set_age_params {
                queue: match <&'static str as __p::Open>::from_value(
                    &__p::Record::label(record, 0usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                seconds: <f64 as __p::Value>::read(__p::Record::value(record, 0usize))?,
                __end: (),
            })
        }
    }
    impl __p::OneValue for __set_age_params {
        type Repr = <f64 as __p::Value>::Repr;
    }
    impl __Calls<__set_age_params> {
        /// Only the calls with this `queue`.
        #[inline]
        pub fn queue(&self, queue: &str) -> Self {
            __Calls(
                __p::View::filter(&self.0, 0usize, &<&str as __p::Open>::value(&queue)),
            )
        }
    }
    /// The parameters of a call of `queue_gone`.
    pub struct __queue_gone_params {
        pub queue: <&'static str as __p::Open>::Owned,
        __end: (),
    }
    impl __p::Params for __queue_gone_params {
        #[inline]
        fn read(record: &__p::Record) -> __p::Option<__queue_gone_params> {
            __p::Some(__queue_gone_params {
                queue: match <&'static str as __p::Open>::from_value(
                    &__p::Record::label(record, 0usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                __end: (),
            })
        }
    }
    impl __Calls<__queue_gone_params> {
        /// Only the calls with this `queue`.
        #[inline]
        pub fn queue(&self, queue: &str) -> Self {
            __Calls(
                __p::View::filter(&self.0, 0usize, &<&str as __p::Open>::value(&queue)),
            )
        }
    }
};
