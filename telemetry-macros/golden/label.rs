// What the macros make of the `.in.rs` file of this name; a test keeps it so.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Put,
    Else,
}
const _: () = ::telemetry::__private::is_copy::<Method>();
impl ::telemetry::__private::Label for Method {
    const NAME: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::Some(
        "verb",
    );
    const SET: ::telemetry::__private::LabelSet = ::telemetry::__private::LabelSet::Closed(
        &["get", "PUT", "else"],
    );
    type Owned = Self;
    #[inline]
    fn value(&self) -> ::telemetry::__private::LabelValue<'_> {
        ::telemetry::__private::LabelValue::Closed(
            match self {
                Self::Get => 0u32,
                Self::Put => 1u32,
                Self::Else => 2u32,
            },
        )
    }
    #[inline]
    fn again(&self) -> Self {
        match self {
            Self::Get => Self::Get,
            Self::Put => Self::Put,
            Self::Else => Self::Else,
        }
    }
    fn from_value(
        value: &::telemetry::__private::LabelValue<'_>,
    ) -> ::core::option::Option<Self> {
        match value {
            ::telemetry::__private::LabelValue::Closed(0u32) => {
                ::core::option::Option::Some(Self::Get)
            }
            ::telemetry::__private::LabelValue::Closed(1u32) => {
                ::core::option::Option::Some(Self::Put)
            }
            ::telemetry::__private::LabelValue::Closed(2u32) => {
                ::core::option::Option::Some(Self::Else)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn of_owned(owned: Self) -> ::core::option::Option<Self> {
        ::core::option::Option::Some(owned)
    }
}
impl ::telemetry::__private::Closed for Method {
    const __OTHER: ::core::option::Option<::core::primitive::usize> = ::core::option::Option::Some(
        2usize,
    );
}
impl Method {
    /// Returns the value with exactly this text, upper and lower case included, or [`Else`](Self::Else) if no value has it.
    #[allow(dead_code)]
    #[must_use]
    pub fn from_str_lossy(text: &::core::primitive::str) -> Self {
        ::core::option::Option::unwrap_or(
            <Self as ::telemetry::__private::Closed>::from_text(text),
            Self::Else,
        )
    }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType<'a>(pub &'a str);
const _: () = ::telemetry::__private::is_copy::<EventType<'static>>();
impl<'a> ::telemetry::__private::Label for EventType<'a> {
    const NAME: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::Some(
        "type",
    );
    const SET: ::telemetry::__private::LabelSet = {
        static DOMAIN: ::telemetry::__private::Domain = ::telemetry::__private::Domain::new(
                64,
            )
            .known(&["email.received"]);
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
impl<'a> ::telemetry::__private::Restore<'a> for EventType<'a> {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt(pub u8);
const _: () = ::telemetry::__private::is_copy::<Attempt>();
impl ::telemetry::__private::Label for Attempt {
    const SET: ::telemetry::__private::LabelSet = ::telemetry::__private::LabelSet::Range {
        start: 0i64,
        end: 9i64,
    };
    type Owned = <u8 as ::telemetry::__private::Open>::Owned;
    #[inline]
    fn value(&self) -> ::telemetry::__private::LabelValue<'_> {
        <u8 as ::telemetry::__private::Open>::value(&self.0)
    }
    #[inline]
    fn again(&self) -> Self {
        Self(self.0)
    }
    fn from_value(
        value: &::telemetry::__private::LabelValue<'_>,
    ) -> ::core::option::Option<Self::Owned> {
        <u8 as ::telemetry::__private::Open>::from_value(value)
    }
    fn of_static(
        value: &::telemetry::__private::LabelValue<'static>,
    ) -> ::core::option::Option<Self> {
        ::core::option::Option::map(
            <u8 as ::telemetry::__private::Open>::of_static(value),
            Self,
        )
    }
}
