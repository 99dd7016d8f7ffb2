-- Adds verdicts to the audit trail, under their numbers.
INSERT INTO alert_feedback_events ({names}){overriding}
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (id) DO NOTHING
