// What the macros make of the `.in.rs` file of this name; a test keeps it so.

#[derive(Clone, Copy)]
pub struct Pool<'a>(pub &'a str);
const _: () = ::telemetry::__private::is_copy::<Pool<'static>>();
impl<'a> ::telemetry::__private::Label for Pool<'a> {
    const SET: ::telemetry::__private::LabelSet = {
        static DOMAIN: ::telemetry::__private::Domain = ::telemetry::__private::Domain::new(
            16,
        );
        ::telemetry::__private::LabelSet::Open(&DOMAIN)
    };
    type Owned = <&'static str as ::telemetry::__private::Open>::Owned;
    #[inline]
    fn value(&self) -> ::telemetry::__private::LabelValue<'_> {
        <&'a str as ::telemetry::__private::Open>::value(&self.0)
    }
    #[inline]
    fn again(&self) -> Self {
        Self(self.0)
    }
    fn from_value(
        value: &::telemetry::__private::LabelValue<'_>,
    ) -> ::core::option::Option<Self::Owned> {
        <&'a str as ::telemetry::__private::Open>::from_value(value)
    }
    fn of_static(
        value: &::telemetry::__private::LabelValue<'static>,
    ) -> ::core::option::Option<Self> {
        ::core::option::Option::map(
            <&'a str as ::telemetry::__private::Open>::of_static(value),
            Self,
        )
    }
}
impl<'a> ::telemetry::__private::Restore<'a> for Pool<'a> {
    type Kept = ::telemetry::__private::String;
    #[inline]
    fn keep(&self) -> Self::Kept {
        ::core::convert::From::from(self.0)
    }
    #[inline]
    fn restore(kept: &'a Self::Kept) -> Self {
        Self(kept)
    }
}
/// What a pool counts.
pub trait Metrics: ::core::marker::Send + ::core::marker::Sync {
    /// Checkouts.
    #[inline]
    fn checkouts(&self, reused: bool) {
        <Self as Metrics>::event(
            self,
            &::telemetry::__private::Event::new(
                <dyn Metrics>::__SITE_checkouts,
                &[<bool as ::telemetry::__private::Label>::bounded(&reused)],
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
/// The labels of one registration of [`Metrics`].
pub struct MetricsLabels<'a> {
    /// The pool's name.
    pub pool: Pool<'a>,
    /// The label `in`.
    pub r#in: Option<&'a str>,
    /// The label `shard`.
    pub shard: u8,
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
        const __DOMAIN_registration_zone: &'static __p::Domain = {
            static DOMAIN: __p::Domain = __p::Domain::new(4);
            &DOMAIN
        };
        const __LABELS: &'static [__p::LabelSchema] = {
            static LABELS: &[__p::LabelSchema] = &[
                __p::LabelSchema::typed(
                        "pool",
                        __p::None,
                        <Pool<'static> as __p::Label>::OF_TYPE,
                    )
                    .help("The pool's name."),
                __p::LabelSchema::new(
                        "in",
                        __p::Some("zone"),
                        __p::LabelSet::Open(<dyn Metrics>::__DOMAIN_registration_zone),
                    )
                    .none(true, __p::NONE),
                __p::LabelSchema::new(
                    "shard",
                    __p::None,
                    __p::LabelSet::Range {
                        start: 0i64,
                        end: 15i64,
                    },
                ),
            ];
            LABELS
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
                .registration_labels(<dyn Metrics>::__LABELS)
                .labels(
                    &[
                        __p::LabelSchema::typed(
                            "reused",
                            __p::None,
                            <bool as __p::Label>::OF_TYPE,
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
                                    __p::InstrumentLabel::Registration(0usize),
                                    __p::InstrumentLabel::Registration(1usize),
                                    __p::InstrumentLabel::Registration(2usize),
                                    __p::InstrumentLabel::Param(0usize),
                                ],
                            )
                            .alerts(
                                &[
                                    __p::AlertSchema::new(
                                            "PoolCheckoutsRateAbove",
                                            __p::Condition::Above(100f64),
                                        )
                                        .quantity(__p::Quantity::Rate)
                                        .matching(&[__p::Matcher::new(0usize, &["orders"])])
                                        .by(&[2usize])
                                        .over("5m"),
                                ],
                            ),
                    ],
                );
            &EVENT
        };
        const __SITE_checkouts: &'static __p::Site = {
            static SITE: __p::Site = __p::Site::new(
                <dyn Metrics>::__EVENT_checkouts,
                &const { __p::field_names::<5usize>(<dyn Metrics>::__EVENT_checkouts) },
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
                .help("What a pool counts.")
                .labels(<dyn Metrics>::__LABELS)
                .namespace("pool");
            &SCHEMA
        };
        const __SITES: &'static [&'static __p::Site] = &[
            <dyn Metrics>::__SITE_checkouts,
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
                "checkouts" => {
                    Metrics::checkouts(
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
    const _: () = {
        __p::check::alert_value(
            <dyn Metrics as __p::Surface>::SCHEMA,
            <dyn Metrics>::__EVENT_checkouts,
            0usize,
            0usize,
            0usize,
            0usize,
        );
    };
    const _: () = {
        __p::check::registration(<dyn Metrics as __p::Surface>::SCHEMA, 0usize);
        __p::check::registration(<dyn Metrics as __p::Surface>::SCHEMA, 1usize);
        __p::check::registration(<dyn Metrics as __p::Surface>::SCHEMA, 2usize);
    };
    const _: () = __p::check::budget(<dyn Metrics as __p::Surface>::SCHEMA);
    impl Metrics for __p::NoOp {
        #[inline]
        fn checkouts(&self, reused: bool) {}
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
        fn checkouts(&self, reused: bool) {
            <__T as Metrics>::checkouts(&**self, reused);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Box<__T> {
        #[inline]
        fn checkouts(&self, reused: bool) {
            <__T as Metrics>::checkouts(&**self, reused);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for __p::Arc<__T> {
        #[inline]
        fn checkouts(&self, reused: bool) {
            <__T as Metrics>::checkouts(&**self, reused);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn checkouts(&self, reused: bool) {
            if let __p::Some(__some) = self {
                <__T as Metrics>::checkouts(__some, reused);
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
        fn checkouts(&self, reused: bool) {
            <__A as Metrics>::checkouts(&self.0, reused);
            <__B as Metrics>::checkouts(&self.1, reused);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <__A as Metrics>::event(&self.0, event);
            <__B as Metrics>::event(&self.1, event);
        }
    }
    impl<__T: Metrics> Metrics for [__T] {
        #[inline]
        fn checkouts(&self, reused: bool) {
            for __each in self {
                <__T as Metrics>::checkouts(__each, reused);
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
        fn checkouts(&self, reused: bool) {
            <[__T] as Metrics>::checkouts(&**self, reused);
        }
        #[inline]
        fn event(&self, event: &__p::Event<'_>) {
            <[__T] as Metrics>::event(&**self, event);
        }
    }
    impl __p::LabeledSurface for dyn Metrics {
        type Labels<'a> = MetricsLabels<'a>;
    }
    impl __p::RegistrationLabels for MetricsLabels<'_> {
        const __SCHEMA: &'static __p::Schema = <dyn Metrics as __p::Surface>::SCHEMA;
        fn __with<__R>(
            self,
            __f: impl ::core::ops::FnOnce(&[__p::LabelValue<'_>]) -> __R,
        ) -> __R {
            let Self { pool, r#in, shard } = self;
            __f(
                &[
                    <Pool<'_> as __p::Label>::bounded(&pool),
                    <Option<
                        &str,
                    > as __p::Open>::bounded(
                        &r#in,
                        &<dyn Metrics>::__LABELS[1usize].set,
                    ),
                    <u8 as __p::Open>::bounded(
                        &shard,
                        &<dyn Metrics>::__LABELS[2usize].set,
                    ),
                ],
            )
        }
    }
    impl ::core::clone::Clone for MetricsLabels<'_> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl ::core::marker::Copy for MetricsLabels<'_> {}
    impl ::core::fmt::Debug for MetricsLabels<'_> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __p::RegistrationLabels::__fmt(*self, f)
        }
    }
    impl Metrics for __p::Instruments<dyn Metrics> {
        #[inline]
        fn checkouts(&self, reused: bool) {
            __p::Instruments::call::<
                __p::Cons<0usize, ()>,
                0usize,
                _,
                _,
            >(
                self,
                <dyn Metrics>::__SITE_checkouts,
                &[<bool as __p::Label>::value(&reused)],
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
        fn checkouts(&self, reused: bool) {
            __p::Journal::push(&self.0, <MetricsCall>::checkouts(reused).0);
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
        /// Creates a mock of the registration with these labels, which its calls show.
        #[must_use]
        pub fn with(labels: MetricsLabels<'_>) -> Self {
            Self(__p::Journal::with(labels))
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
        pub fn checkouts_calls(&self) -> __Calls<__checkouts_params> {
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
        pub fn checkouts(reused: bool) -> Self {
            Self(
                __p::Record::new(
                    <dyn Metrics>::__EVENT_checkouts,
                    &[<bool as __p::Label>::value(&reused)],
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
    /// The parameters of a call of `checkouts`.
    pub struct __checkouts_params {
        pub reused: <bool as __p::Label>::Owned,
        __end: (),
    }
    impl __p::Params for __checkouts_params {
        #[inline]
        fn read(record: &__p::Record) -> __p::Option<__checkouts_params> {
            __p::Some(__checkouts_params {
                reused: match <bool as __p::Label>::from_value(
                    &__p::Record::label(record, 0usize),
                ) {
                    __p::Some(__found) => __found,
                    _ => return __p::None,
                },
                __end: (),
            })
        }
    }
    impl __Calls<__checkouts_params> {
        /// Only the calls with this `reused`.
        #[inline]
        pub fn reused(&self, reused: bool) -> Self {
            __Calls(
                __p::View::filter(&self.0, 0usize, &<bool as __p::Label>::value(&reused)),
            )
        }
    }
};
