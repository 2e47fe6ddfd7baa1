//! Calls of all 100 metrics, and what each mock must say of them afterwards.

/// Calls every metric of a surface at least twice. Labels alternate, and policies see values on both sides of
/// their thresholds.
macro_rules! play {
    ($surface:ident) => {
        #[allow(clippy::too_many_lines, reason = "a call a line")]
        pub fn $surface(metrics: &dyn crate::$surface::Metrics) {
            use crate::$surface::labels::*;
            use std::time::Duration;

            metrics.http_requests(Method::Get, "alpha", StatusClass::Success, None);
            metrics.http_requests(
                Method::Get,
                "alpha",
                StatusClass::Success,
                Some(Duration::from_millis(750)),
            );
            metrics.http_requests(
                Method::Post,
                "beta",
                StatusClass::Redirect,
                Some(Duration::from_millis(250)),
            );
            metrics.http_requests_active(5);
            metrics.http_requests_active(-4);
            metrics.http_requests_active(1);
            metrics.http_body_size(Direction::In, 0);
            metrics.http_body_size(Direction::In, 5);
            metrics.http_body_size(Direction::Out, 1);
            metrics.http_rate_limited("beta");
            metrics.http_rate_limited("beta");
            metrics.http_rate_limited("alpha");
            metrics.http_bad_requests(Method::Delete, false);
            metrics.http_bad_requests(Method::Delete, false);
            metrics.http_bad_requests(Method::Other, true);
            metrics.http_panics();
            metrics.http_panics();
            metrics.http_timeouts(Method::Get);
            metrics.http_timeouts(Method::Get);
            metrics.http_timeouts(Method::Post);
            for n in 1..=101_u32 {
                metrics.set_http_connections(n.into());
            }
            metrics.set_http_connections(0);
            metrics.set_http_connections(3);
            metrics.set_http_connections(1);
            metrics.set_http_connections(1001);
            metrics.http_tls_handshakes(false, Duration::ZERO);
            metrics.http_tls_handshakes(false, Duration::from_secs(1));
            metrics.http_tls_handshakes(true, Duration::from_millis(250));
            for n in 1..=61_u32 {
                metrics.set_http_certificate_days(f64::from(n));
            }
            metrics.set_http_certificate_days(0.0);
            metrics.set_http_certificate_days(5.5);
            metrics.set_http_certificate_days(1.5);
            metrics.websocket_opened();
            metrics.websocket_opened();
            metrics.websocket_closed(Duration::ZERO);
            metrics.websocket_closed(Duration::from_millis(1750));
            metrics.websocket_closed(Duration::from_millis(250));
            metrics.auth_attempts(AuthMethod::Password, false);
            metrics.auth_attempts(AuthMethod::Password, false);
            metrics.auth_attempts(AuthMethod::Token, true);
            metrics.auth_sign_ins(AuthMethod::Token);
            metrics.auth_sign_ins(AuthMethod::Token);
            metrics.auth_sign_ins(AuthMethod::Oauth);
            metrics.auth_sign_outs();
            metrics.auth_sign_outs();
            metrics.auth_tokens_refreshed();
            metrics.auth_tokens_refreshed();
            metrics.auth_tokens_refused(false);
            metrics.auth_tokens_refused(false);
            metrics.auth_tokens_refused(true);
            metrics.auth_accounts_locked();
            metrics.auth_accounts_locked();
            metrics.auth_hash_duration(Duration::ZERO);
            metrics.auth_hash_duration(Duration::from_millis(1750));
            metrics.auth_hash_duration(Duration::from_millis(250));
            metrics.smtp_sessions(true);
            metrics.smtp_sessions(true);
            metrics.smtp_sessions(false);
            metrics.smtp_session_opened();
            metrics.smtp_session_opened();
            metrics.smtp_session_closed();
            metrics.smtp_session_closed();
            metrics.smtp_session_duration(Duration::ZERO);
            metrics.smtp_session_duration(Duration::from_secs(1));
            metrics.smtp_session_duration(Duration::from_millis(250));
            metrics.smtp_commands(SmtpCommand::StartTls, Reply::PermanentFailure);
            metrics.smtp_commands(SmtpCommand::StartTls, Reply::PermanentFailure);
            metrics.smtp_commands(SmtpCommand::Auth, Reply::Accepted);
            metrics.smtp_messages_accepted(Provider::Gmail, 0);
            metrics.smtp_messages_accepted(Provider::Gmail, 6);
            metrics.smtp_messages_accepted(Provider::Outlook, 1);
            metrics.smtp_messages_rejected(Reject::BadSyntax);
            metrics.smtp_messages_rejected(Reject::BadSyntax);
            metrics.smtp_messages_rejected(Reject::Spf);
            metrics.smtp_recipients(0);
            metrics.smtp_recipients(8);
            metrics.smtp_recipients(1);
            metrics.smtp_spf_checks(Verdict::SoftFail);
            metrics.smtp_spf_checks(Verdict::SoftFail);
            metrics.smtp_spf_checks(Verdict::Neutral);
            metrics.smtp_dkim_checks(Verdict::Neutral);
            metrics.smtp_dkim_checks(Verdict::Neutral);
            metrics.smtp_dkim_checks(Verdict::Missing);
            metrics.smtp_dmarc_checks(Verdict::Missing, true);
            metrics.smtp_dmarc_checks(Verdict::Missing, true);
            metrics.smtp_dmarc_checks(Verdict::Pass, false);
            metrics.smtp_spam_score(Provider::Gmail, 0.0);
            metrics.smtp_spam_score(Provider::Gmail, 5.5);
            metrics.smtp_spam_score(Provider::Outlook, 1.5);
            metrics.smtp_spam_score(Provider::Outlook, 5.5);
            metrics.smtp_virus_scans(true, None);
            metrics.smtp_virus_scans(true, Some(Duration::from_millis(1500)));
            metrics.smtp_virus_scans(false, Some(Duration::from_millis(250)));
            metrics.smtp_tarpits(Reject::RateLimit);
            metrics.smtp_tarpits(Reject::RateLimit);
            metrics.smtp_tarpits(Reject::UnknownRecipient);
            metrics.smtp_read(0);
            metrics.smtp_read(8);
            metrics.smtp_read(1);
            metrics.attachment_stored(false, 0);
            metrics.attachment_stored(false, 9);
            metrics.attachment_stored(true, 1);
            metrics.attachments_failed();
            metrics.attachments_failed();
            metrics.messages_parsed(false, Duration::ZERO);
            metrics.messages_parsed(false, Duration::from_secs(1));
            metrics.messages_parsed(true, Duration::from_millis(250));
            metrics.messages_malformed(Provider::Outlook);
            metrics.messages_malformed(Provider::Outlook);
            metrics.messages_malformed(Provider::Yahoo);
            metrics.queue_pushed(Queue::Bulk, Priority::High);
            metrics.queue_pushed(Queue::Bulk, Priority::High);
            metrics.queue_pushed(Queue::Dead, Priority::Low);
            metrics.queue_popped(Queue::Dead, Priority::Low, Duration::ZERO);
            metrics.queue_popped(Queue::Dead, Priority::Low, Duration::from_millis(1750));
            metrics.queue_popped(Queue::Inbound, Priority::Normal, Duration::from_millis(250));
            for n in 1..=61_u32 {
                metrics.set_queue_depth(Queue::Inbound, n.into());
            }
            metrics.set_queue_depth(Queue::Inbound, 0);
            metrics.set_queue_depth(Queue::Inbound, 8);
            metrics.set_queue_depth(Queue::Outbound, 1);
            metrics.set_queue_depth(Queue::Outbound, 10001);
            for n in 1..=61_u32 {
                metrics.set_queue_age(Queue::Outbound, Duration::from_secs(n.into()));
            }
            metrics.set_queue_age(Queue::Outbound, Duration::ZERO);
            metrics.set_queue_age(Queue::Outbound, Duration::from_millis(2250));
            metrics.set_queue_age(Queue::Retry, Duration::from_millis(250));
            metrics.set_queue_age(Queue::Retry, Duration::from_secs(301));
            metrics.queue_moved(Queue::Retry, Queue::Retry, 0);
            metrics.queue_moved(Queue::Retry, Queue::Retry, 3);
            metrics.queue_moved(Queue::Bulk, Queue::Bulk, 1);
            metrics.queue_dead(Priority::Normal);
            metrics.queue_dead(Priority::Normal);
            metrics.queue_dead(Priority::High);
            metrics.queue_dropped(Queue::Dead, 0);
            metrics.queue_dropped(Queue::Dead, 5);
            metrics.queue_dropped(Queue::Inbound, 1);
            metrics.set_queue_idle_workers(Queue::Inbound, 0);
            metrics.set_queue_idle_workers(Queue::Inbound, 6);
            metrics.set_queue_idle_workers(Queue::Outbound, 1);
            metrics.queue_batch(Queue::Outbound, 0);
            metrics.queue_batch(Queue::Outbound, 7);
            metrics.queue_batch(Queue::Retry, 1);
            metrics.outbox_events_published(EventType("email.sent"));
            metrics.outbox_events_published(EventType("email.sent"));
            metrics.outbox_events_published(EventType("email.received"));
            metrics.outbox_events_fan_out(EventType("email.received"), 0);
            metrics.outbox_events_fan_out(EventType("email.received"), 9);
            metrics.outbox_events_fan_out(EventType("email.sent"), 1);
            metrics.outbox_events_no_match(EventType("email.sent"));
            metrics.outbox_events_no_match(EventType("email.sent"));
            metrics.outbox_events_no_match(EventType("email.received"));
            metrics.outbox_failures(Stage::InsertDelivery);
            metrics.outbox_failures(Stage::InsertDelivery);
            metrics.outbox_failures(Stage::UpdateStatus);
            metrics.outbox_stage_duration(Stage::UpdateStatus, Duration::ZERO);
            metrics.outbox_stage_duration(Stage::UpdateStatus, Duration::from_millis(1250));
            metrics.outbox_stage_duration(Stage::Lease, Duration::from_millis(250));
            metrics.redeliver_requests(Scope::Single);
            metrics.redeliver_requests(Scope::Single);
            metrics.redeliver_requests(Scope::Since);
            metrics.redelivered(Scope::Since, 0);
            metrics.redelivered(Scope::Since, 7);
            metrics.redelivered(Scope::Single, 1);
            metrics.notify_missed();
            metrics.notify_missed();
            metrics.notify_received();
            metrics.notify_received();
            for n in 1..=61_u32 {
                metrics.set_publisher_lag(f64::from(n));
            }
            metrics.set_publisher_lag(0.0);
            metrics.set_publisher_lag(3.5);
            metrics.set_publisher_lag(1.5);
            metrics.set_publisher_lag(30.5);
            metrics.delivery_attempts(EventType("email.sent"), Outcome::Failed, None);
            metrics.delivery_attempts(EventType("email.sent"), Outcome::Failed, Some(Duration::from_secs(1)));
            metrics.delivery_attempts(
                EventType("email.received"),
                Outcome::Expired,
                Some(Duration::from_millis(250)),
            );
            metrics.delivery_failures(Failure::Tls, false);
            metrics.delivery_failures(Failure::Tls, false);
            metrics.delivery_failures(Failure::Timeout, true);
            metrics.delivery_tries(Outcome::Skipped, 0);
            metrics.delivery_tries(Outcome::Skipped, 6);
            metrics.delivery_tries(Outcome::Delivered, 1);
            metrics.delivery_latency(EventType("email.received"), Duration::ZERO);
            metrics.delivery_latency(EventType("email.received"), Duration::from_millis(1750));
            metrics.delivery_latency(EventType("email.sent"), Duration::from_millis(250));
            metrics.delivery_statuses(StatusClass::Redirect);
            metrics.delivery_statuses(StatusClass::Redirect);
            metrics.delivery_statuses(StatusClass::ClientError);
            for n in 1..=61_u32 {
                metrics.set_deliveries_pending(n.into());
            }
            metrics.set_deliveries_pending(0);
            metrics.set_deliveries_pending(9);
            metrics.set_deliveries_pending(1);
            metrics.set_deliveries_pending(5001);
            metrics.deliveries_in_flight(-4);
            metrics.deliveries_in_flight(3);
            metrics.deliveries_in_flight(1);
            metrics.delivery_payloads_cut(EventType("email.received"));
            metrics.delivery_payloads_cut(EventType("email.received"));
            metrics.delivery_payloads_cut(EventType("email.sent"));
            metrics.delivery_signatures(true);
            metrics.delivery_signatures(true);
            metrics.delivery_signatures(false);
            metrics.webhooks_added();
            metrics.webhooks_added();
            metrics.webhooks_removed();
            metrics.webhooks_removed();
            metrics.webhooks_disabled(Disabled::Failing);
            metrics.webhooks_disabled(Disabled::Failing);
            metrics.webhooks_disabled(Disabled::Gone);
            for n in 1..=11_u32 {
                metrics.set_webhooks_enabled(n.into());
            }
            metrics.set_webhooks_enabled(0);
            metrics.set_webhooks_enabled(9);
            metrics.set_webhooks_enabled(1);
            metrics.mail_sent(Provider::Proton, Reply::TemporaryFailure, None);
            metrics.mail_sent(Provider::Proton, Reply::TemporaryFailure, Some(Duration::from_millis(750)));
            metrics.mail_sent(Provider::Other, Reply::PermanentFailure, Some(Duration::from_millis(250)));
            metrics.mail_bounces(Provider::Other, true);
            metrics.mail_bounces(Provider::Other, true);
            metrics.mail_bounces(Provider::Gmail, false);
            metrics.mail_complaints(Provider::Gmail);
            metrics.mail_complaints(Provider::Gmail);
            metrics.mail_complaints(Provider::Outlook);
            for n in 1..=11_u32 {
                metrics.set_mail_suppressed(n.into());
            }
            metrics.set_mail_suppressed(0);
            metrics.set_mail_suppressed(6);
            metrics.set_mail_suppressed(1);
            for n in 1..=11_u32 {
                metrics.set_mail_inbox(Provider::Yahoo, f64::from(n));
            }
            metrics.set_mail_inbox(Provider::Yahoo, 0.0);
            metrics.set_mail_inbox(Provider::Yahoo, 7.5);
            metrics.set_mail_inbox(Provider::Icloud, 1.5);
            metrics.dns_lookups("beta", true, Duration::ZERO);
            metrics.dns_lookups("beta", true, Duration::from_secs(2));
            metrics.dns_lookups("alpha", false, Duration::from_millis(250));
            metrics.domains_verified(false);
            metrics.domains_verified(false);
            metrics.domains_verified(true);
            metrics.cache_hit(Cache::Webhooks);
            metrics.cache_hit(Cache::Webhooks);
            metrics.cache_hit(Cache::Sessions);
            metrics.cache_miss(Cache::Sessions);
            metrics.cache_miss(Cache::Sessions);
            metrics.cache_miss(Cache::Templates);
            metrics.cache_evictions(Cache::Templates, Eviction::Age, 0);
            metrics.cache_evictions(Cache::Templates, Eviction::Age, 5);
            metrics.cache_evictions(Cache::Domains, Eviction::Replaced, 1);
            metrics.set_cache_entries(Cache::Domains, 0);
            metrics.set_cache_entries(Cache::Domains, 6);
            metrics.set_cache_entries(Cache::Webhooks, 1);
            for n in 1..=61_u32 {
                metrics.set_cache_size(Cache::Webhooks, n.into());
            }
            metrics.set_cache_size(Cache::Webhooks, 0);
            metrics.set_cache_size(Cache::Webhooks, 7);
            metrics.set_cache_size(Cache::Sessions, 1);
            metrics.cache_load_duration(Cache::Sessions, Duration::ZERO);
            metrics.cache_load_duration(Cache::Sessions, Duration::from_secs(2));
            metrics.cache_load_duration(Cache::Templates, Duration::from_millis(250));
            metrics.db_statements(Pool::Jobs, Statement::Migrate, Duration::ZERO);
            metrics.db_statements(Pool::Jobs, Statement::Migrate, Duration::from_millis(2250));
            metrics.db_statements(Pool::Primary, Statement::Select, Duration::from_millis(250));
            metrics.db_failures(Pool::Primary, Statement::Select);
            metrics.db_failures(Pool::Primary, Statement::Select);
            metrics.db_failures(Pool::Replica, Statement::Insert);
            metrics.db_rollbacks(Pool::Replica);
            metrics.db_rollbacks(Pool::Replica);
            metrics.db_rollbacks(Pool::Jobs);
            metrics.set_db_connections(Pool::Jobs, false, 0);
            metrics.set_db_connections(Pool::Jobs, false, 5);
            metrics.set_db_connections(Pool::Primary, true, 1);
            metrics.db_pool_wait(Pool::Primary, Duration::ZERO);
            metrics.db_pool_wait(Pool::Primary, Duration::from_millis(1500));
            metrics.db_pool_wait(Pool::Replica, Duration::from_millis(250));
            metrics.db_pool_wait(Pool::Replica, Duration::from_secs(2));
            metrics.db_rows(Statement::Notify, 0);
            metrics.db_rows(Statement::Notify, 7);
            metrics.db_rows(Statement::Migrate, 1);
            for n in 1..=61_u32 {
                metrics.set_db_size(n.into());
            }
            metrics.set_db_size(0);
            metrics.set_db_size(8);
            metrics.set_db_size(1);
            metrics.janitor_rows_deleted(Table::WebhookEvents, 0);
            metrics.janitor_rows_deleted(Table::WebhookEvents, 9);
            metrics.janitor_rows_deleted(Table::WebhookSubscriberDeliveries, 1);
            metrics.janitor_duration(Table::WebhookSubscriberDeliveries, Duration::ZERO);
            metrics.janitor_duration(Table::WebhookSubscriberDeliveries, Duration::from_millis(750));
            metrics.janitor_duration(Table::WebhookDeliveries, Duration::from_millis(250));
            metrics.job_runs(Job::DomainCheck, false, Duration::ZERO);
            metrics.job_runs(Job::DomainCheck, false, Duration::from_secs(1));
            metrics.job_runs(Job::Reputation, true, Duration::from_millis(250));
            metrics.job_overruns(Job::Reputation);
            metrics.job_overruns(Job::Reputation);
            metrics.job_overruns(Job::Backup);
            for n in 1..=61_u32 {
                metrics.set_runtime_tasks(n.into());
            }
            metrics.set_runtime_tasks(0);
            metrics.set_runtime_tasks(6);
            metrics.set_runtime_tasks(1);
            metrics.set_runtime_tasks(100001);
            for n in 1..=61_u32 {
                metrics.set_process_memory(n.into());
            }
            metrics.set_process_memory(0);
            metrics.set_process_memory(7);
            metrics.set_process_memory(1);
            for n in 1..=61_u32 {
                metrics.set_process_open_files(n);
            }
            metrics.set_process_open_files(0);
            metrics.set_process_open_files(8);
            metrics.set_process_open_files(1);
            metrics.set_process_open_files(901);
            metrics.process_panics("beta");
            metrics.process_panics("beta");
            metrics.process_panics("alpha");
            metrics.config_reloads(false);
            metrics.config_reloads(false);
            metrics.config_reloads(true);
            metrics.shutdown_requests(Signal::Term, None);
            metrics.shutdown_requests(Signal::Term, Some(Duration::from_secs(1)));
            metrics.shutdown_requests(Signal::Int, Some(Duration::from_millis(250)));
        }
    };
}

/// After [`play`]: the answer, the question to a declared mock, and the question to the one written by hand.
macro_rules! answers {
    ($row:ident) => {{
        $row! {
            "2" =>
                [http_requests_calls().method(Method::Get).route("alpha").status(StatusClass::Success).count()]
                [http_requests_count(Method::Get, "alpha", StatusClass::Success)];
            "2" => [http_requests_active_calls().sum()] [http_requests_active_sum()];
            "5" =>
                [http_body_size_calls().direction(Direction::In).sum()]
                [http_body_size_sum(Direction::In)];
            "2" => [http_rate_limited_calls().route("beta").count()] [http_rate_limited_count("beta")];
            "2" =>
                [http_bad_requests_calls().method(Method::Delete).json(false).count()]
                [http_bad_requests_count(Method::Delete, false)];
            "2" => [http_panics_calls().count()] [http_panics_count()];
            "2" => [http_timeouts_calls().method(Method::Get).count()] [http_timeouts_count(Method::Get)];
            "1001" => [set_http_connections_calls().last().open] [set_http_connections_last().unwrap()];
            "2" => [http_tls_handshakes_calls().resumed(false).count()] [http_tls_handshakes_count(false)];
            "1.5" =>
                [set_http_certificate_days_calls().last().days]
                [set_http_certificate_days_last().unwrap()];
            "2" => [websocket_opened_calls().count()] [websocket_opened_count()];
            "3" => [websocket_closed_calls().count()] [websocket_closed_count()];
            "2" =>
                [auth_attempts_calls().method(AuthMethod::Password).ok(false).count()]
                [auth_attempts_count(AuthMethod::Password, false)];
            "2" =>
                [auth_sign_ins_calls().method(AuthMethod::Token).count()]
                [auth_sign_ins_count(AuthMethod::Token)];
            "2" => [auth_sign_outs_calls().count()] [auth_sign_outs_count()];
            "2" => [auth_tokens_refreshed_calls().count()] [auth_tokens_refreshed_count()];
            "2" => [auth_tokens_refused_calls().expired(false).count()] [auth_tokens_refused_count(false)];
            "2" => [auth_accounts_locked_calls().count()] [auth_accounts_locked_count()];
            "3" => [auth_hash_duration_calls().count()] [auth_hash_duration_count()];
            "2" => [smtp_sessions_calls().tls(true).count()] [smtp_sessions_count(true)];
            "2" => [smtp_session_opened_calls().count()] [smtp_session_opened_count()];
            "2" => [smtp_session_closed_calls().count()] [smtp_session_closed_count()];
            "3" => [smtp_session_duration_calls().count()] [smtp_session_duration_count()];
            "2" =>
                [smtp_commands_calls().command(SmtpCommand::StartTls).reply(Reply::PermanentFailure).count()]
                [smtp_commands_count(SmtpCommand::StartTls, Reply::PermanentFailure)];
            "2" =>
                [smtp_messages_accepted_calls().provider(Provider::Gmail).count()]
                [smtp_messages_accepted_count(Provider::Gmail)];
            "2" =>
                [smtp_messages_rejected_calls().reason(Reject::BadSyntax).count()]
                [smtp_messages_rejected_count(Reject::BadSyntax)];
            "3" => [smtp_recipients_calls().count()] [smtp_recipients_count()];
            "2" =>
                [smtp_spf_checks_calls().verdict(Verdict::SoftFail).count()]
                [smtp_spf_checks_count(Verdict::SoftFail)];
            "2" =>
                [smtp_dkim_checks_calls().verdict(Verdict::Neutral).count()]
                [smtp_dkim_checks_count(Verdict::Neutral)];
            "2" =>
                [smtp_dmarc_checks_calls().verdict(Verdict::Missing).enforced(true).count()]
                [smtp_dmarc_checks_count(Verdict::Missing, true)];
            "2" =>
                [smtp_spam_score_calls().provider(Provider::Gmail).count()]
                [smtp_spam_score_count(Provider::Gmail)];
            "2" => [smtp_virus_scans_calls().infected(true).count()] [smtp_virus_scans_count(true)];
            "2" =>
                [smtp_tarpits_calls().reason(Reject::RateLimit).count()]
                [smtp_tarpits_count(Reject::RateLimit)];
            "9" => [smtp_read_calls().sum()] [smtp_read_sum()];
            "2" => [attachment_stored_calls().inline(false).count()] [attachment_stored_count(false)];
            "9" => [attachment_stored_calls().inline(false).sum()] [attachment_stored_sum(false)];
            "2" => [attachments_failed_calls().count()] [attachments_failed_count()];
            "2" => [messages_parsed_calls().multipart(false).count()] [messages_parsed_count(false)];
            "2" =>
                [messages_malformed_calls().provider(Provider::Outlook).count()]
                [messages_malformed_count(Provider::Outlook)];
            "2" =>
                [queue_pushed_calls().queue(Queue::Bulk).priority(Priority::High).count()]
                [queue_pushed_count(Queue::Bulk, Priority::High)];
            "2" =>
                [queue_popped_calls().queue(Queue::Dead).priority(Priority::Low).count()]
                [queue_popped_count(Queue::Dead, Priority::Low)];
            "8" =>
                [set_queue_depth_calls().queue(Queue::Inbound).last().messages]
                [set_queue_depth_last(Queue::Inbound).unwrap()];
            "2.25s" =>
                [set_queue_age_calls().queue(Queue::Outbound).last().age]
                [set_queue_age_last(Queue::Outbound).unwrap()];
            "3" =>
                [queue_moved_calls().from(Queue::Retry).to(Queue::Retry).sum()]
                [queue_moved_sum(Queue::Retry, Queue::Retry)];
            "2" =>
                [queue_dead_calls().priority(Priority::Normal).count()]
                [queue_dead_count(Priority::Normal)];
            "5" => [queue_dropped_calls().queue(Queue::Dead).sum()] [queue_dropped_sum(Queue::Dead)];
            "6" =>
                [set_queue_idle_workers_calls().queue(Queue::Inbound).last().workers]
                [set_queue_idle_workers_last(Queue::Inbound).unwrap()];
            "2" => [queue_batch_calls().queue(Queue::Outbound).count()] [queue_batch_count(Queue::Outbound)];
            "2" =>
                [outbox_events_published_calls().event_type(EventType("email.sent")).count()]
                [outbox_events_published_count(EventType("email.sent"))];
            "2" =>
                [outbox_events_fan_out_calls().event_type(EventType("email.received")).count()]
                [outbox_events_fan_out_count(EventType("email.received"))];
            "9" =>
                [outbox_events_fan_out_calls().event_type(EventType("email.received")).sum()]
                [outbox_events_fan_out_sum(EventType("email.received"))];
            "2" =>
                [outbox_events_no_match_calls().event_type(EventType("email.sent")).count()]
                [outbox_events_no_match_count(EventType("email.sent"))];
            "2" =>
                [outbox_failures_calls().stage(Stage::InsertDelivery).count()]
                [outbox_failures_count(Stage::InsertDelivery)];
            "2" =>
                [outbox_stage_duration_calls().stage(Stage::UpdateStatus).count()]
                [outbox_stage_duration_count(Stage::UpdateStatus)];
            "2" =>
                [redeliver_requests_calls().scope(Scope::Single).count()]
                [redeliver_requests_count(Scope::Single)];
            "7" => [redelivered_calls().scope(Scope::Since).sum()] [redelivered_sum(Scope::Since)];
            "2" => [notify_missed_calls().count()] [notify_missed_count()];
            "2" => [notify_received_calls().count()] [notify_received_count()];
            "30.5" => [set_publisher_lag_calls().last().seconds] [set_publisher_lag_last().unwrap()];
            "2" =>
                [delivery_attempts_calls().event_type(EventType("email.sent")).outcome(Outcome::Failed).count()]
                [delivery_attempts_count(EventType("email.sent"), Outcome::Failed)];
            "2" =>
                [delivery_failures_calls().failure(Failure::Tls).will_retry(false).count()]
                [delivery_failures_count(Failure::Tls, false)];
            "2" =>
                [delivery_tries_calls().outcome(Outcome::Skipped).count()]
                [delivery_tries_count(Outcome::Skipped)];
            "2" =>
                [delivery_latency_calls().event_type(EventType("email.received")).count()]
                [delivery_latency_count(EventType("email.received"))];
            "2" =>
                [delivery_statuses_calls().status(StatusClass::Redirect).count()]
                [delivery_statuses_count(StatusClass::Redirect)];
            "5001" =>
                [set_deliveries_pending_calls().last().deliveries]
                [set_deliveries_pending_last().unwrap()];
            "0" => [deliveries_in_flight_calls().sum()] [deliveries_in_flight_sum()];
            "2" =>
                [delivery_payloads_cut_calls().event_type(EventType("email.received")).count()]
                [delivery_payloads_cut_count(EventType("email.received"))];
            "2" => [delivery_signatures_calls().rotated(true).count()] [delivery_signatures_count(true)];
            "2" => [webhooks_added_calls().count()] [webhooks_added_count()];
            "2" => [webhooks_removed_calls().count()] [webhooks_removed_count()];
            "2" =>
                [webhooks_disabled_calls().reason(Disabled::Failing).count()]
                [webhooks_disabled_count(Disabled::Failing)];
            "1" => [set_webhooks_enabled_calls().last().webhooks] [set_webhooks_enabled_last().unwrap()];
            "2" =>
                [mail_sent_calls().provider(Provider::Proton).reply(Reply::TemporaryFailure).count()]
                [mail_sent_count(Provider::Proton, Reply::TemporaryFailure)];
            "2" =>
                [mail_bounces_calls().provider(Provider::Other).hard(true).count()]
                [mail_bounces_count(Provider::Other, true)];
            "2" =>
                [mail_complaints_calls().provider(Provider::Gmail).count()]
                [mail_complaints_count(Provider::Gmail)];
            "1" => [set_mail_suppressed_calls().last().recipients] [set_mail_suppressed_last().unwrap()];
            "7.5" =>
                [set_mail_inbox_calls().provider(Provider::Yahoo).last().share]
                [set_mail_inbox_last(Provider::Yahoo).unwrap()];
            "2" =>
                [dns_lookups_calls().record("beta").cached(true).count()]
                [dns_lookups_count("beta", true)];
            "2" => [domains_verified_calls().ok(false).count()] [domains_verified_count(false)];
            "2" => [cache_hit_calls().cache(Cache::Webhooks).count()] [cache_hit_count(Cache::Webhooks)];
            "2" => [cache_miss_calls().cache(Cache::Sessions).count()] [cache_miss_count(Cache::Sessions)];
            "5" =>
                [cache_evictions_calls().cache(Cache::Templates).eviction(Eviction::Age).sum()]
                [cache_evictions_sum(Cache::Templates, Eviction::Age)];
            "6" =>
                [set_cache_entries_calls().cache(Cache::Domains).last().entries]
                [set_cache_entries_last(Cache::Domains).unwrap()];
            "7" =>
                [set_cache_size_calls().cache(Cache::Webhooks).last().bytes]
                [set_cache_size_last(Cache::Webhooks).unwrap()];
            "2" =>
                [cache_load_duration_calls().cache(Cache::Sessions).count()]
                [cache_load_duration_count(Cache::Sessions)];
            "2" =>
                [db_statements_calls().pool(Pool::Jobs).statement(Statement::Migrate).count()]
                [db_statements_count(Pool::Jobs, Statement::Migrate)];
            "2" =>
                [db_failures_calls().pool(Pool::Primary).statement(Statement::Select).count()]
                [db_failures_count(Pool::Primary, Statement::Select)];
            "2" => [db_rollbacks_calls().pool(Pool::Replica).count()] [db_rollbacks_count(Pool::Replica)];
            "5" =>
                [set_db_connections_calls().pool(Pool::Jobs).idle(false).last().connections]
                [set_db_connections_last(Pool::Jobs, false).unwrap()];
            "2" => [db_pool_wait_calls().pool(Pool::Primary).count()] [db_pool_wait_count(Pool::Primary)];
            "7" => [db_rows_calls().statement(Statement::Notify).sum()] [db_rows_sum(Statement::Notify)];
            "1" => [set_db_size_calls().last().bytes] [set_db_size_last().unwrap()];
            "9" =>
                [janitor_rows_deleted_calls().table(Table::WebhookEvents).sum()]
                [janitor_rows_deleted_sum(Table::WebhookEvents)];
            "2" =>
                [janitor_duration_calls().table(Table::WebhookSubscriberDeliveries).count()]
                [janitor_duration_count(Table::WebhookSubscriberDeliveries)];
            "2" =>
                [job_runs_calls().job(Job::DomainCheck).ok(false).count()]
                [job_runs_count(Job::DomainCheck, false)];
            "2" => [job_overruns_calls().job(Job::Reputation).count()] [job_overruns_count(Job::Reputation)];
            "100001" => [set_runtime_tasks_calls().last().tasks] [set_runtime_tasks_last().unwrap()];
            "1" => [set_process_memory_calls().last().bytes] [set_process_memory_last().unwrap()];
            "901" => [set_process_open_files_calls().last().files] [set_process_open_files_last().unwrap()];
            "2" => [process_panics_calls().thread("beta").count()] [process_panics_count("beta")];
            "2" => [config_reloads_calls().ok(false).count()] [config_reloads_count(false)];
            "2" =>
                [shutdown_requests_calls().signal(Signal::Term).count()]
                [shutdown_requests_count(Signal::Term)];
        }
    }};
}

/// Every value of every closed label.
macro_rules! label_values {
    ($each:ident) => {
        $each! {
            Method: Get Post Put Patch Delete Other;
            StatusClass: Success Redirect ClientError ServerError;
            Direction: In Out;
            AuthMethod: Password Token Oauth MagicLink;
            SmtpCommand: Helo Ehlo MailFrom RcptTo Data Bdat Rset Noop Quit StartTls Auth Vrfy Help Other;
            Reply: Accepted TemporaryFailure PermanentFailure;
            Reject: Blocklist Greylist RateLimit UnknownRecipient TooLarge BadSyntax Spf Dkim Dmarc Virus;
            Verdict: Pass Fail SoftFail Neutral Missing;
            Provider: Gmail Outlook Yahoo Icloud Proton Other;
            Queue: Inbound Outbound Retry Bulk Dead;
            Priority: Low Normal High;
            Stage: Lease ListWebhooks InsertDelivery UpdateStatus;
            Scope: Single Since;
            Outcome: Delivered Retried Failed Expired Skipped;
            Failure: Dns Connect Tls Timeout Reset Status Body;
            Disabled: Failing Gone User Abuse;
            Table: WebhookEvents WebhookSubscriberDeliveries WebhookDeliveries Messages UserSessions Oauth;
            Cache: Domains Webhooks Sessions Templates;
            Eviction: Size Age Replaced;
            Pool: Primary Replica Jobs;
            Statement: Select Insert Update Delete Notify Migrate;
            Job: Janitor Retry Digest Billing DomainCheck Reputation Backup Rollup;
            Signal: Term Int Hup;
        }
    };
}

pub(crate) use {answers, label_values, play};
