-- What is there before the run, relative to its :start. Every statement may run twice.

INSERT OR IGNORE INTO webhooks (id, user_id, created_at)
SELECT column1, column2, :start - 90 * 86400000 FROM (VALUES
    ('wh_01', 'user_01'), ('wh_02', 'user_01'), ('wh_03', 'user_01'), ('wh_04', 'user_02'),
    ('wh_05', 'user_02'), ('wh_06', 'user_03'), ('wh_07', 'user_04'), ('wh_08', 'user_04'),
    ('wh_09', 'user_05'), ('wh_10', 'user_06'), ('wh_11', 'user_07'), ('wh_12', 'user_07'),
    ('wh_13', 'user_08'), ('wh_14', 'user_09'), ('wh_15', 'user_10'), ('wh_16', 'user_11'),
    ('wh_17', 'user_12'), ('wh_18', 'user_12'), ('wh_19', 'user_13'), ('wh_20', 'user_14'),
    ('wh_21', 'user_15'), ('wh_22', 'user_16'), ('wh_audit', '*')
);

INSERT OR IGNORE INTO webhook_subscriptions (webhook_id, pattern, created_at)
SELECT column1, column2, :start - 90 * 86400000 FROM (VALUES
    ('wh_01', '*'), ('wh_02', 'email.*'), ('wh_03', 'email.received'), ('wh_04', 'email.received'),
    ('wh_04', 'email.sent'), ('wh_05', 'domain.*'), ('wh_06', 'email.*'), ('wh_07', '*'),
    ('wh_08', 'email.*'), ('wh_09', 'email.*'), ('wh_10', 'email.*'), ('wh_11', 'email.received'),
    ('wh_11', 'email.*'), ('wh_12', 'message.*'), ('wh_13', '*'), ('wh_14', '*'),
    ('wh_15', 'email.bounced'), ('wh_15', 'email.complained'), ('wh_16', 'email.received'),
    ('wh_17', 'email.*'), ('wh_18', 'message.approved'), ('wh_19', 'email.*'), ('wh_20', 'domain.verified'),
    ('wh_21', 'email.*'), ('wh_22', 'email.sent'), ('wh_audit', 'domain.*')
);

-- Events and their deliveries from a week ago: some expired before the start, some expire during an hour's run.
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60)
INSERT OR IGNORE INTO webhook_events (id, type, user_id, payload, created_at, status, attempts)
SELECT printf('evt_past_%02d', n), 'email.received', printf('user_%02d', n % 20 + 1), '{}',
       :start - 7 * 86400000 + (n - 20) * 90000, iif(n % 3 = 0, 'no_match', 'fanned_out'), 1
FROM n;

WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60)
INSERT OR IGNORE INTO webhook_subscriber_deliveries (event_id, webhook_id, created_at, next_attempt_at)
SELECT printf('evt_past_%02d', n), column1,
       :start - 7 * 86400000 + (n - 20) * 90000 + 1200, :start - 7 * 86400000 + (n - 20) * 90000 + 1200
FROM n, (VALUES ('wh_01'), ('wh_02'))
WHERE n % 3 > 0;

WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 150)
INSERT OR IGNORE INTO webhook_deliveries (id, url, http_status, created_at)
SELECT n, printf('https://hooks.example.com/%d', n % 7), iif(n % 10 = 0, 503, 200),
       :start - 30 * 86400000 + (n - 40) * 60000
FROM n;

WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 400)
INSERT OR IGNORE INTO messages (id, user_id, subject, created_at)
SELECT n, printf('user_%02d', n % 20 + 1), printf('Message %d', n), :start - 30 * 86400000 + (n - 120) * 20000
FROM n;

WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 80)
INSERT OR IGNORE INTO user_sessions (id, user_id, expires_at)
SELECT n, printf('user_%02d', n % 20 + 1), :start + (n - 15) * 120000
FROM n;

WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30)
INSERT OR IGNORE INTO oauth_codes (id, user_id, expires_at)
SELECT n, printf('user_%02d', n % 20 + 1), :start + n * 45000
FROM n;

WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50)
INSERT OR IGNORE INTO oauth_tokens (id, user_id, expires_at)
SELECT n, printf('user_%02d', n % 20 + 1), :start + (n - 10) * 180000
FROM n;
