//! Guides for tasks that go beyond one module.
//!
//! | guide | question |
//! |---|---|
//! | [`several_surfaces`] | How do several crates of a service share a registry and a log? |
//! | [`statics`] | How do I reach metrics from everywhere, without passing a handle? |
//! | [`migrating`] | How do I come from `prometheus`, `prometheus-client`, `metrics` or OpenTelemetry? |
//! | [`untrusted_text`] | How do I label by text that clients send? |
//! | [`recipes`] | How do I time an operation, and count what is in flight? |
//! | [`fakes`] | How do I test what my code records, without a fake written by hand? |
//! | [`identity`] | How do I count pools, peers and tenants, which have a name and go away? |
//! | [`sinks`] | How do I record into the `metrics` facade, or into OpenTelemetry's SDK? |
//! | [`exemplars`] | How do I get from a spike on a graph to the trace behind it? |
//! | [`batch`] | How does a job that ends deliver its metrics? |

#[doc = include_str!("guide/batch.md")]
pub mod batch {}
#[doc = include_str!("guide/exemplars.md")]
pub mod exemplars {}
#[doc = include_str!("guide/fakes.md")]
pub mod fakes {}
#[doc = include_str!("guide/identity.md")]
pub mod identity {}
#[doc = include_str!("guide/migrating.md")]
pub mod migrating {}
#[doc = include_str!("guide/recipes.md")]
pub mod recipes {}
#[doc = include_str!("guide/several_surfaces.md")]
pub mod several_surfaces {}
#[doc = include_str!("guide/sinks.md")]
pub mod sinks {}
#[doc = include_str!("guide/statics.md")]
pub mod statics {}
#[doc = include_str!("guide/untrusted_text.md")]
pub mod untrusted_text {}
