//! The documents of several surfaces together: one page, one file of rules, one dashboard.

use super::model::Catalog;
use super::{dashboard, markdown, rules};
use crate::schema::Schema;
use crate::surface::Surface;

/// The surfaces of one service, for documents that have all of them.
///
/// A surface is called by its namespace there, or by its trait's name without one. Locks, JSON and semantic
/// conventions stay one file a surface.
///
/// # Examples
///
/// ```
/// use telemetry::catalog::Service;
/// use telemetry::metrics;
///
/// #[metrics(namespace = "mailer")]
/// pub trait Mails {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// #[metrics(namespace = "pool")]
/// pub trait Pool {
///     /// Connections that wait.
///     #[gauge]
///     fn set_idle(&self, connections: u64);
/// }
///
/// let service = Service::new("mail service").surface::<dyn Mails>().surface::<dyn Pool>();
/// let page = service.markdown();
/// assert!(page.starts_with("# Metrics of `mail service`\n"));
/// assert!(page.contains("\n## `mailer`\n") && page.contains("\n### `pool_idle`\n"));
/// assert!(service.grafana_dashboard().contains("\"title\": \"mail service\""));
/// ```
#[derive(Clone, Debug)]
pub struct Service {
    title: String,
    schemas: Vec<&'static Schema>,
    grafana: Option<String>,
}

impl Service {
    /// Creates a service without surfaces. The title stands on its page and its dashboard.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Service { title: title.into(), schemas: Vec::new(), grafana: None }
    }

    /// Links each metric of the page to its panels in the Grafana with this URL, which has
    /// [this dashboard](Self::grafana_dashboard).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::catalog::Service;
    /// use telemetry::metrics;
    ///
    /// #[metrics(namespace = "pool")]
    /// pub trait Pool {
    ///     /// Connections that wait.
    ///     #[gauge]
    ///     fn set_idle(&self, connections: u64);
    /// }
    ///
    /// let service = Service::new("pool").surface::<dyn Pool>().grafana("https://grafana.example.com");
    /// assert!(service.markdown().contains("| dashboard | [Idle](https://grafana.example.com/d/telemetry-"));
    /// ```
    #[must_use]
    pub fn grafana(mut self, url: impl Into<String>) -> Self {
        self.grafana = Some(url.into());
        self
    }

    /// Adds a surface, after those that are there. A surface that is there already is not added again.
    #[must_use]
    pub fn surface<S: Surface + ?Sized>(mut self) -> Self {
        if !self.schemas.iter().any(|schema| std::ptr::eq(*schema, S::SCHEMA)) {
            self.schemas.push(S::SCHEMA);
        }
        self
    }

    /// Renders the catalog of all surfaces as one Markdown page, with a part for each. It has links to panels
    /// if [Grafana's URL](Self::grafana) is known.
    #[must_use]
    pub fn markdown(&self) -> String {
        let catalogs: Vec<Catalog> = self.schemas.iter().map(|schema| Catalog::of_schema(schema)).collect();
        let links = self.grafana.iter().flat_map(|url| dashboard::links(&self.title, &self.schemas, url));
        markdown::page_of(&self.title, &catalogs, &links.collect::<Vec<_>>())
    }

    /// Renders the rules of all surfaces as one [rule file](super::prometheus_rules), with a group for each.
    #[must_use]
    pub fn prometheus_rules(&self) -> String {
        rules::render(&self.title, &self.schemas)
    }

    /// Renders the same rules as one [`PrometheusRule`](super::prometheus_rule_object) object.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::catalog::Service;
    /// use telemetry::metrics;
    ///
    /// #[metrics(namespace = "mailer")]
    /// pub trait Mails {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     #[alert(rate_below = 0.1)]
    ///     fn sent(&self);
    /// }
    ///
    /// #[metrics(namespace = "pool")]
    /// pub trait Pool {
    ///     /// Connections that wait.
    ///     #[gauge]
    ///     #[alert(below = 1)]
    ///     fn set_idle(&self, connections: u64);
    /// }
    ///
    /// let service = Service::new("mail service").surface::<dyn Mails>().surface::<dyn Pool>();
    /// let object = service.prometheus_rule_object("mail-service", "mail", &[("release", "prometheus")]);
    /// assert!(object.contains("kind: PrometheusRule\n"));
    /// assert!(object.contains("- alert: MailerSentRateBelow\n") && object.contains("- alert: PoolIdleBelow\n"));
    /// ```
    #[must_use]
    pub fn prometheus_rule_object(&self, name: &str, namespace: &str, labels: &[(&str, &str)]) -> String {
        rules::render_object(&self.title, &self.schemas, rules::Metadata::of(name, namespace, labels))
    }

    /// Renders one Grafana dashboard of all surfaces, as [`grafana_dashboard`](super::grafana_dashboard) does
    /// of one. Rows have the names of their surfaces.
    #[must_use]
    pub fn grafana_dashboard(&self) -> String {
        dashboard::of_service(&self.title, &self.schemas)
    }
}
