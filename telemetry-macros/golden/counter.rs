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
                &[::telemetry::__private::label(&hit)],
                &[],
            ),
        );
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
        const __EVENT_lookups: &'static ::telemetry::__private::EventSchema = {
            static EVENT: ::telemetry::__private::EventSchema = ::telemetry::__private::EventSchema::new(
                "lookups",
                "Look-ups.",
                "cache",
                ::core::module_path!(),
                ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
            )
            .labels(&[::telemetry::__private::LabelSchema::new(
                "hit",
                ::core::option::Option::None,
                <bool as ::telemetry::__private::Label>::NAME,
                <bool as ::telemetry::__private::Label>::SET,
            )
            .none(<bool as ::telemetry::__private::Label>::OPTIONAL, ::telemetry::__private::NONE)])
            .instruments(&[::telemetry::__private::InstrumentSchema::new(
                ::telemetry::__private::Kind::Counter,
                "lookups",
                "Look-ups.",
                ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
            )
            .labels(&[::telemetry::__private::InstrumentLabel::Param(0usize)])]);
            &EVENT
        };
        const __SITE_lookups: &'static ::telemetry::__private::Site = {
            static SITE: ::telemetry::__private::Site = ::telemetry::__private::Site::new(
                <dyn Metrics>::__EVENT_lookups,
                &const { ::telemetry::__private::field_names::<2usize>(<dyn Metrics>::__EVENT_lookups) },
                &SITE,
            );
            &SITE
        };
    }
    impl ::telemetry::__private::Surface for dyn Metrics {
        const SCHEMA: &'static ::telemetry::__private::Schema = {
            static SCHEMA: ::telemetry::__private::Schema = ::telemetry::__private::Schema::new(
                "Metrics",
                ::telemetry::__private::Source { file: ::core::file!(), line: ::core::line!() },
                &[<dyn Metrics>::__EVENT_lookups],
            )
            .package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"))
            .help("What a cache counts.")
            .namespace("cache");
            &SCHEMA
        };
    }
    const _: () = {
        ::telemetry::__private::check::label(<dyn Metrics>::__EVENT_lookups, 0usize);
    };
    impl Metrics for ::telemetry::__private::NoOp {
        #[inline]
        fn lookups(&self, hit: bool) {}
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
        fn lookups(&self, hit: bool) {
            <__T as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for ::telemetry::__private::Box<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            <__T as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics + ?::core::marker::Sized> Metrics for ::telemetry::__private::Arc<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            <__T as Metrics>::lookups(&**self, hit);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            <__T as Metrics>::event(&**self, event);
        }
    }
    impl<__T: Metrics> Metrics for ::core::option::Option<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            if let ::core::option::Option::Some(__some) = self {
                <__T as Metrics>::lookups(__some, hit);
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
        fn lookups(&self, hit: bool) {
            <__A as Metrics>::lookups(&self.0, hit);
            <__B as Metrics>::lookups(&self.1, hit);
        }
        #[inline]
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
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
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            for __each in self {
                <__T as Metrics>::event(__each, event);
            }
        }
    }
    impl<__T: Metrics> Metrics for ::telemetry::__private::Vec<__T> {
        #[inline]
        fn lookups(&self, hit: bool) {
            for __each in self {
                <__T as Metrics>::lookups(__each, hit);
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
    impl Metrics for RecordingMetrics {
        #[inline]
        fn lookups(&self, hit: bool) {
            ::telemetry::__private::Journal::push(&self.0, <MetricsCall>::lookups(hit).0);
        }
        fn event(&self, event: &::telemetry::__private::Event<'_>) {
            ::telemetry::__private::Journal::push(&self.0, ::core::convert::From::from(event));
        }
    }
    impl RecordingMetrics {
        /// The names of the methods that none of these mocks, nor their clones, has seen called.
        pub fn uncovered_in<'a>(
            mocks: impl ::core::iter::IntoIterator<Item = &'a Self>,
        ) -> ::telemetry::__private::Vec<&'static ::core::primitive::str> {
            ::telemetry::__private::Journal::uncovered_in(::core::iter::Iterator::map(
                ::core::iter::IntoIterator::into_iter(mocks),
                |mock| &mock.0,
            ))
        }
        /// The recorded calls of `lookups`.
        #[inline]
        pub fn lookups_calls(&self) -> __Calls<__lookups> {
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
        /// A call of `lookups`, to compare with.
        #[inline]
        pub fn lookups(hit: bool) -> Self {
            Self(::telemetry::__private::Record::new(
                <dyn Metrics>::__EVENT_lookups,
                &[::telemetry::__private::Label::value(&hit)],
                &[],
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
    pub struct __Calls<__P>(::telemetry::__private::View<__P>);
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
    /// The parameters of a call of `lookups`.
    pub struct __lookups {
        pub hit: <bool as ::telemetry::__private::Label>::Owned,
    }
    impl ::telemetry::__private::Params for __lookups {
        fn event() -> &'static ::telemetry::__private::EventSchema {
            <dyn Metrics>::__EVENT_lookups
        }
        fn read(record: &::telemetry::__private::Record) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(__lookups {
                hit: <bool as ::telemetry::__private::Label>::from_value(
                    &::telemetry::__private::Record::label(record, 0usize),
                )?,
            })
        }
    }
    impl __Calls<__lookups> {
        /// Only the calls with this `hit`.
        #[inline]
        pub fn hit(&self, hit: bool) -> Self {
            __Calls(::telemetry::__private::View::filter(
                &self.0,
                0usize,
                &::telemetry::__private::Label::value(&hit),
            ))
        }
    }
};
